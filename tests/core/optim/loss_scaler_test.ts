/** Tests of the scale of float16's losses, with the numbers of torch.amp.GradScaler. */
import assert from "node:assert/strict";
import { LossScaler } from "../../../core/optim/loss_scaler.ts";

Deno.test("the scale halves when gradients overflow and doubles after 2000 good steps", () => {
  const scaler = new LossScaler();
  assert.equal(scaler.scale, 65536);
  scaler.update(false);
  assert.deepEqual([scaler.scale, scaler.skipped], [32768, 1]);
  for (let i = 0; i < 1999; i++) scaler.update(true);
  assert.equal(scaler.scale, 32768);
  scaler.update(true);
  assert.equal(scaler.scale, 65536);
});

Deno.test("a state that is loaded goes on where it was saved", () => {
  const scaler = new LossScaler(), other = new LossScaler();
  scaler.update(false);
  for (let i = 0; i < 1500; i++) scaler.update(true);
  other.load(JSON.parse(JSON.stringify(scaler.state())));
  assert.deepEqual(other.state(), { scale: 32768, steady: 1500, skipped: 1 });
  for (let i = 0; i < 500; i++) other.update(true);
  assert.equal(other.scale, 65536);
});

Deno.test("a scale that has become tiny is given up", () => {
  const scaler = new LossScaler();
  for (let i = 0; i < 30; i++) scaler.update(false);
  assert.ok(!scaler.hasGivenUp);
  scaler.update(false);
  assert.ok(scaler.hasGivenUp);
});

import assert from "node:assert/strict";
import { RowWindow } from "../../../core/restore/rows.ts";
import { banded, picture } from "./_fakes.ts";

Deno.test("RowWindow gives rows that were reached and not let go", async () => {
  const image = picture(3, 10, 2);
  const source = banded(image, 3, 2);
  {
    await using view = new RowWindow(source);
    await view.reach(4);
    assert.deepEqual(view.row(3), image.data.subarray(18, 24));
    assert.throws(() => view.row(5), /row 5 is not in the window/);
    view.release(3);
    assert.throws(() => view.row(2), /row 2 is not in the window/);
    await view.reach(100);
    assert.deepEqual(view.row(9), image.data.subarray(54, 60));
    assert.equal(source.closed, false);
  }
  assert.ok(source.closed);
});

Deno.test("RowWindow says when a picture ends too early or a band does not fit", async () => {
  const image = picture(3, 4, 1);
  await using short = new RowWindow({ ...banded(image, 2), height: 9 });
  await assert.rejects(short.reach(6), /ends after 4 of 9 rows/);
  await using wide = new RowWindow({ ...banded(image, 2), width: 4 });
  await assert.rejects(wide.reach(1), /a band of 2 rows has 6 samples/);
});

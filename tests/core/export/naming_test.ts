import assert from "node:assert/strict";
import { exportName } from "../../../core/export/naming.ts";

Deno.test("models are named by their weights, in letters that all systems take", () => {
  for (
    const [source, name] of [
      ["/a/b/RealESRGAN_x4plus.pth", "RealESRGAN_x4plus"],
      ["zoo:realesr-animevideov3", "realesr-animevideov3"],
      ["C:\\w\\my net (2).safetensors", "my_net_2_"],
      ["../ünder.bin", "nder"],
      ["-.pth", "model"],
      ["v1.2.onnx", "v1.2.onnx"],
    ] as const
  ) assert.equal(exportName(undefined, source), name);
  assert.equal(exportName("doors.x4-2", "a.pth"), "doors.x4-2");
  for (const name of ["", "../a", "a b", ".a", "-a", "a/b", "x".repeat(101)]) {
    assert.throws(() => exportName(name, "a.pth"), /is no name for files: take letters/);
  }
});

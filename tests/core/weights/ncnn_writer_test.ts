import assert from "node:assert/strict";
import { join } from "node:path";
import { readNcnn } from "../../../core/weights/ncnn.ts";
import { parseNcnnParam } from "../../../core/weights/ncnn_param.ts";
import {
  type EncodedNcnn,
  encodeNcnn,
  type NcnnSource,
} from "../../../core/weights/ncnn_writer.ts";
import { readPth } from "../../../core/weights/pth.ts";
import { selectParams } from "../../../core/weights/select.ts";
import type { StateDict } from "../../../core/weights/state_dict.ts";
import { bytesOf, fixture, fixturePath } from "./_build.ts";

function torch(name: string): StateDict {
  return selectParams(readPth(fixture(`ncnn/${name}.pth`)).root, "params");
}

const COMPACT: NcnnSource = {
  type: "SRVGGNetCompact",
  options: { upscale: 2, act_type: "prelu" },
  weights: torch("compact"),
};
const LEAKY: NcnnSource = {
  type: "SRVGGNetCompact",
  options: { upscale: 2, act_type: "leakyrelu" },
  weights: torch("compact_leaky"),
};
const RRDB2: NcnnSource = {
  type: "RRDBNet",
  options: { scale: 2, use_pixel_unshuffle: true },
  weights: torch("rrdb2"),
};

function bin({ bin }: EncodedNcnn): Uint8Array {
  return bytesOf(...bin);
}

Deno.test("encodeNcnn() writes the graph of Real-ESRGAN's own models", () => {
  assert.equal(
    encodeNcnn(COMPACT).param,
    `7767517
12 13
Input data 0 1 data
Split split0 1 2 data data_split0 data_split1
Convolution body.0 1 1 data_split0 body.0 0=4 1=3 4=1 5=1 6=108
PReLU body.1 1 1 body.0 body.1 0=4
Convolution body.2 1 1 body.1 body.2 0=4 1=3 4=1 5=1 6=144
PReLU body.3 1 1 body.2 body.3 0=4
Convolution body.4 1 1 body.3 body.4 0=4 1=3 4=1 5=1 6=144
PReLU body.5 1 1 body.4 body.5 0=4
Convolution body.6 1 1 body.5 body.6 0=12 1=3 4=1 5=1 6=432
PixelShuffle upsampler 1 1 body.6 upsampler 0=2
Interp base 1 1 data_split1 base 0=1 1=2.000000e+0 2=2.000000e+0
BinaryOp add 2 1 upsampler base output 0=0
`,
  );
  assert.match(encodeNcnn(LEAKY).param, /^Convolution body\.0 .* 9=2 -23310=1,1\.000000e-1$/m);
  const relu = encodeNcnn({ ...LEAKY, options: { upscale: 2, act_type: "relu" } });
  assert.match(relu.param, /^Convolution body\.4 .* 9=1$/m);
});

Deno.test("encodeNcnn() in half precision writes the bytes that pnnx writes", () => {
  for (
    const [name, source] of Object.entries({ compact: COMPACT, compact_leaky: LEAKY, rrdb2: RRDB2 })
  ) {
    // pnnx makes zeros of what float16 has no normal numbers for, ncnn's own tools and ours do not.
    for (const [key, { data }] of source.weights) {
      if (data.length < 36) continue; // biases and slopes are float32
      data.forEach((x, i) =>
        data[i] = Math.abs(Number(x)) < 2 ** -14 ? Math.sign(Number(x)) * 0 : x
      );
      assert.ok(key.endsWith("weight"));
    }
    assert.deepEqual(
      bin(encodeNcnn(source, { storage: "half" })),
      fixture(`ncnn/${name}.ncnn.bin`),
      name,
    );
  }
});

Deno.test("encodeNcnn() of RRDBNet has the kinds of layers that its scale asks for", () => {
  const kinds = (source: NcnnSource) => {
    const counts: Record<string, number> = {};
    for (const { type } of parseNcnnParam(bytesOf(encodeNcnn(source).param))) {
      counts[type] = (counts[type] ?? 0) + 1;
    }
    return counts;
  };
  assert.deepEqual(kinds(RRDB2), {
    ...{ Input: 1, Reorg: 1, Convolution: 21, Split: 12, Concat: 12, Eltwise: 4 },
    ...{ BinaryOp: 1, Interp: 2 },
  });
  assert.match(encodeNcnn(RRDB2).param, /^Reorg unshuffle 1 1 data unshuffle 0=2 1=0$/m);
  // A network that enlarges twice without moving pixels into channels: one doubling.
  const weights = new Map(RRDB2.weights);
  for (const part of ["weight", "bias"]) weights.delete(`conv_up2.${part}`);
  const plain = { ...RRDB2, options: { scale: 2, use_pixel_unshuffle: false }, weights };
  const { Reorg = 0, Interp } = kinds(plain);
  assert.deepEqual([Reorg, Interp], [0, 1]);
});

Deno.test("readNcnn() reads what encodeNcnn() writes, names and float32 exactly", () => {
  for (const source of [COMPACT, LEAKY, RRDB2]) {
    const encoded = encodeNcnn(source);
    const { weights, recognised } = readNcnn(bytesOf(encoded.param), bin(encoded));
    assert.ok(recognised);
    assert.deepEqual([...weights.keys()], [...source.weights.keys()]);
    for (const [name, { shape, data }] of source.weights) {
      assert.deepEqual(weights.get(name), { shape, dtype: "F32", data }, name);
    }
  }
});

Deno.test("encodeNcnn() refuses other networks and weights that float16 cannot hold", () => {
  assert.throws(
    () => encodeNcnn({ ...COMPACT, type: "EDSR" }),
    /EDSR cannot be written as an ncnn model, only RRDBNet and SRVGGNetCompact can/,
  );
  const weights = torch("compact");
  weights.get("body.2.weight")!.data[5] = 70000;
  assert.throws(
    () => encodeNcnn({ ...COMPACT, weights }, { storage: "half" }),
    /weight of body\.2 is beyond 65504/,
  );
  assert.equal(encodeNcnn({ ...COMPACT, weights }).bin.length, 11);
});

const python = Deno.env.get("DENOSR_TORCH");

// Measured with ncnn 1.0.20261020 on 8 x 12 pixels: 0 in float32 arithmetic for compact, 1e-6 for rrdb2.
Deno.test({
  name: python
    ? "ncnn makes the same pictures of encodeNcnn()'s models as of pnnx's"
    : "ncnn runs encodeNcnn()'s models (skipped: set DENOSR_TORCH to a Python with ncnn)",
  ignore: !python,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const pairs: string[] = [];
      for (
        const [name, source] of Object.entries({
          compact: COMPACT,
          compact_leaky: LEAKY,
          rrdb2: RRDB2,
        })
      ) {
        const encoded = encodeNcnn(source, { storage: "half" });
        await Deno.writeTextFile(join(folder, `${name}.param`), encoded.param);
        await Deno.writeFile(join(folder, `${name}.bin`), bin(encoded));
        pairs.push(join(folder, name), fixturePath(`ncnn/${name}.ncnn`));
      }
      const script = `
import sys, numpy as np, ncnn
x = np.random.default_rng(0).random((3, 8, 12), dtype=np.float32)
def run(stem, first, last):
    net = ncnn.Net()
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
    net.opt.use_bf16_storage = False
    assert net.load_param(stem + ".param") == 0 and net.load_model(stem + ".bin") == 0
    mat = ncnn.Mat(x); ex = net.create_extractor(); ex.input(first, mat)
    return np.array(ex.extract(last)[1])
for ours, theirs in zip(sys.argv[1::2], sys.argv[2::2]):
    a, b = run(ours, "data", "output"), run(theirs, "in0", "out0")
    assert a.shape == b.shape == (3, 16, 24), (a.shape, b.shape)
    print(float(np.abs(a - b).max()), float(np.abs(b).max()))`;
      const { stdout, stderr } = await new Deno.Command(python!, { args: ["-c", script, ...pairs] })
        .output();
      const lines = new TextDecoder().decode(stdout).trim().split("\n");
      assert.equal(lines.length, 3, new TextDecoder().decode(stderr));
      for (const line of lines) {
        const [difference, largest] = line.split(" ").map(Number);
        assert.ok(largest! > 0.1 && difference! < 1e-5, line);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

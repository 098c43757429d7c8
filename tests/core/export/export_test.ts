import assert from "node:assert/strict";
import { join } from "node:path";
import { ExitCode, UserError } from "../../../core/errors.ts";
import { exportModel, type ExportOptions } from "../../../core/export/export.ts";
import type { Target, TargetName, TargetOptions } from "../../../core/export/target.ts";
import type { ImageTensor } from "../../../core/runtimes/types.ts";
import { encodePng } from "../../../core/data/png.ts";
import { engineTest } from "./_recorded.ts";
import { putWeights } from "./_weights.ts";

interface Fake {
  /** What the model computes; by default what the network does. */
  readonly run?: (images: ImageTensor) => ImageTensor;
  readonly write?: (folder: string, options: TargetOptions) => void | Promise<void>;
  readonly missing?: string;
  readonly int8?: boolean;
  /** What a further program finds; with it the first one lets everything pass. */
  readonly further?: Target["further"];
}

/** Targets that write a text, and "compute" it by a function. */
function targets(fakes: { readonly [name in TargetName]?: Fake }) {
  const load = (name: TargetName): Promise<Target> => {
    const { run, write, missing, int8 = false, further } = fakes[name] ?? {};
    return Promise.resolve({
      name,
      title: `Fake ${name}`,
      precisions: int8 ? ["fp32", "int8"] : ["fp32"],
      options: [],
      async write(graph, folder, options) {
        await Deno.writeTextFile(join(folder, `${graph.name}.x`), "model");
        await Deno.writeTextFile(join(folder, "README.md"), "# Read me\n");
        await write?.(folder, options);
        return {
          model: `${graph.name}.x`,
          files: [`${graph.name}.x`, "README.md"],
          notes: ["a note"],
          ...(further ? { tolerance: Infinity } : {}),
        };
      },
      further,
      runtime() {
        if (missing !== undefined) {
          return Promise.reject(new UserError(missing, ExitCode.ENVIRONMENT));
        }
        return Promise.resolve({
          title: "Fake",
          version: "1",
          open: (path) => {
            assert.equal(Deno.readTextFileSync(path), "model");
            return Promise.resolve({
              run: (images) => Promise.resolve((run ?? zeros)(images)),
              [Symbol.asyncDispose]: () => Promise.resolve(),
            });
          },
        });
      },
    });
  };
  return { load };
}

/** What the network of these tests is not. */
const zeros = ({ shape: [n, h, w] }: ImageTensor): ImageTensor => ({
  shape: [n, 2 * h, 2 * w, 3],
  data: new Float32Array(n * 4 * h * w * 3),
});

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

/** A folder with weights, and a function that exports them. */
async function inFolder(
  use: (
    root: string,
    run: (
      options: Partial<ExportOptions>,
      fakes: Parameters<typeof targets>[0],
    ) => ReturnType<typeof exportModel>,
  ) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    const weights = join(root, "doors.safetensors");
    await putWeights(weights);
    await use(root, (options, fakes) =>
      exportModel(weights, {
        targets: Object.keys(fakes) as TargetName[],
        folder: join(root, "out"),
        ...options,
      }, targets(fakes)));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

engineTest(
  "a target that computes something else leaves nothing, and the others go on",
  () =>
    inFolder(async (root, run) => {
      const refusal = new UserError("EDSR cannot be exported to tfjs", ExitCode.DATA);
      const said: string[] = [];
      const say = (line: string) => said.push(line);
      const { results } = await run({ targets: ["onnx", "frozen", "tfjs"], noise: 5, say }, {
        onnx: {},
        frozen: {
          write: () => {
            throw Object.assign(new Error("No space left"), { code: "ENOSPC" });
          },
        },
        tfjs: {
          write: () => {
            throw refusal;
          },
        },
      });
      const [onnx, frozen, tfjs] = results;
      assert.match(onnx!.error!.message, /^verification failed in Fake 1: largest difference/);
      assert.equal(onnx!.error!.exitCode, ExitCode.SOME_FAILED);
      assert.equal(tfjs!.error, refusal);
      assert.match(frozen!.error!.message, /out.frozen: cannot be written, the disk is full/);
      assert.equal(frozen!.error!.exitCode, ExitCode.STORAGE);
      assert.ok(said.includes("EDSR takes no level of noise: that of 5 has no effect"));
      assert.throws(() => names(join(root, "out")), Deno.errors.NotFound, "the folder went, too");
    }),
);

engineTest(
  "a further program that computes something else leaves nothing; what it says is handed on",
  () =>
    inFolder(async (root, run) => {
      const { results } = await run({ targets: ["ncnn", "web"] }, {
        ncnn: { further: () => Promise.resolve({ lines: [], problem: "another picture" }) },
        web: {
          further: ({ folder, model }) => {
            assert.equal(Deno.readTextFileSync(join(folder, model)), "model");
            return Promise.resolve({ lines: ["verified there, too"] });
          },
        },
      });
      assert.equal(results[0]!.error!.message, "another picture");
      assert.equal(results[0]!.error!.exitCode, ExitCode.SOME_FAILED);
      assert.deepEqual(names(join(root, "out")), ["web"]);
      assert.deepEqual(results[1]!.notes, ["verified there, too", "a note"]);
      const text = Deno.readTextFileSync(join(root, "out/web/README.md"));
      assert.match(text, /\nVerified there, too\.\n$/);
    }),
);

engineTest(
  "--no-verify writes without asking for the runtime, and says so",
  () =>
    inFolder(async (root, run) => {
      const { results: [result] } = await run({ verify: false }, { onnx: { missing: "none" } });
      assert.equal(result!.error, undefined);
      assert.equal(result!.verification, undefined);
      assert.deepEqual(result!.files, [
        { path: "doors.x", bytes: 5 },
        { path: "README.md", bytes: Deno.statSync(join(root, "out/onnx/README.md")).size },
      ]);
      assert.match(
        Deno.readTextFileSync(join(root, "out/onnx/README.md")),
        /^# Read me\n\n## Verification\n\nNot verified/,
      );
      await assert.rejects(
        run({ folder: join(root, "other") }, { onnx: { missing: "no runtime here" }, web: {} }),
        /onnx cannot be verified: no runtime here\n {2}--no-verify writes it/,
      );
      assert.deepEqual(names(root), ["doors.safetensors", "out"]);
    }),
);

engineTest(
  "exports that are there are refused before anything is done, or replaced whole",
  () =>
    inFolder(async (root, run) => {
      const fakes = { onnx: {} };
      await run({ verify: false, name: "first" }, fakes);
      await assert.rejects(run({ verify: false }, fakes), /onnx is there already: .*--overwrite/);
      // A new one that fails leaves the old one.
      const { results: [failed] } = await run({ overwrite: true }, fakes);
      assert.ok(failed!.error !== undefined);
      assert.deepEqual(names(join(root, "out/onnx")), ["README.md", "first.x"]);
      await run({ verify: false, overwrite: true }, fakes);
      assert.deepEqual(names(join(root, "out/onnx")), ["README.md", "doors.x"]);
      assert.deepEqual(names(join(root, "out")), ["onnx"]);
    }),
);

engineTest(
  "a stop between two targets leaves what is finished, and nothing else",
  () =>
    inFolder(async (root, run) => {
      const abort = new AbortController();
      await assert.rejects(
        run({ verify: false, targets: ["onnx", "web"], signal: abort.signal }, {
          onnx: {},
          web: { write: () => abort.abort(new DOMException("stopped", "AbortError")) },
        }),
        /stopped/,
      );
      assert.deepEqual(names(join(root, "out")), ["onnx"]);
      // Ctrl-C ends the program that computes as well, which is not what went wrong.
      const other = new AbortController();
      const ended = () => {
        other.abort(new DOMException("stopped", "AbortError"));
        throw new UserError("the program ended", ExitCode.DATA);
      };
      await assert.rejects(
        run({ targets: ["web"], signal: other.signal }, { web: { run: ended } }),
        /stopped/,
      );
    }),
);

engineTest(
  "int8 gets the pictures that were named, in the network's channels",
  () =>
    inFolder(async (root, run) => {
      let given: TargetOptions["calibration"];
      const fakes = {
        tflite: {
          int8: true,
          write: (_: string, o: TargetOptions) => void (given = o.calibration),
        },
      };
      const options = { verify: false, precision: "int8" } as const;
      await assert.rejects(run(options, fakes), /int8 needs pictures .* with --calibrate/);
      const picture = join(root, "p.png");
      const data = new Uint8Array(300 * 10).map((_, i) => i % 300 % 256);
      await Deno.writeFile(picture, encodePng({ width: 300, height: 10, channels: 1, data }));
      await assert.rejects(
        run({ verify: false, calibrate: [picture] }, fakes),
        /--calibrate is for int8: add --precision int8/,
      );
      await run({ ...options, calibrate: [picture] }, fakes);
      const [image, ...more] = given!;
      assert.deepEqual(more, []);
      assert.deepEqual(image!.shape, [1, 10, 256, 3]);
      // The middle of 300 pixels begins at the 22nd.
      assert.deepEqual(
        [...image!.data.subarray(0, 6)],
        [22, 22, 22, 23, 23, 23].map((v) => Math.fround(v / 255)),
      );
    }),
);

engineTest(
  "a frozen graph is written, computed by TensorFlow at two sizes, and found the same",
  () =>
    inFolder(async (root, run) => {
      const { results: [result], graph } = await exportModel(join(root, "doors.safetensors"), {
        targets: ["frozen"],
        folder: join(root, "real"),
      });
      assert.equal(result!.error, undefined);
      assert.deepEqual([graph.arch, graph.scale, graph.name], ["EDSR", 2, "doors"]);
      assert.ok(result!.verification!.measure.worst < 1e-4);
      assert.match(
        Deno.readTextFileSync(join(root, "real/frozen/README.md")),
        /\n## Verification\n\nVerified in TensorFlow 2\.\d+\.\d+ at an image of 48x32 pixels and 2 images of 43x29/,
      );
      await assert.rejects(run({ targets: [] }, {}), /no target to export to/);
    }),
);

import assert from "node:assert/strict";
import { UserError } from "../../../core/errors.ts";
import { crc32c, maskedCrc32c } from "../../../core/log/_crc32c.ts";
import { Message } from "../../../core/protobuf/writer.ts";
import { EventWriter } from "../../../core/log/tfevents.ts";
import { events, fields } from "./_events.ts";

/** A PNG of one red pixel. */
const PNG = Uint8Array.from(
  atob(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC",
  ),
  (c) => c.charCodeAt(0),
);

function withFolder<T>(use: (folder: string) => T): T {
  const folder = Deno.makeTempDirSync();
  try {
    return use(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("crc32c() gives the values of RFC 3720, B.4", () => {
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(255)), 0x62a8ab43);
  assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
  assert.equal(crc32c(new TextEncoder().encode("123456789")), 0xe3069283);
});

Deno.test("maskedCrc32c() gives TensorBoard's checksum of a length of 24", () => {
  // tensorboard 2.21: masked_crc32c(b"\x18" + 7 * b"\0") in tensorboard.summary.writer.record_writer
  assert.equal(maskedCrc32c(Uint8Array.of(24, 0, 0, 0, 0, 0, 0, 0)), 0x224b7fa3);
});

Deno.test("Message encodes negative and large integers as protocol buffers do", () => {
  const message = new Message().int(1, -1).int(2, 2 ** 53).int(3, 300).encode();
  const found = fields(message);
  assert.deepEqual(found.get(1), [(1n << 64n) - 1n]);
  assert.deepEqual(found.get(2), [1n << 53n]);
  assert.deepEqual([...new Message().int(1, 150).encode()], [0x08, 0x96, 0x01]); // from the protobuf guide
});

Deno.test("EventWriter writes a version, then scalars with tag, step and float32 value", () => {
  withFolder((folder) => {
    using writer = new EventWriter(`${folder}/a/b`);
    assert.match(writer.path, /\/events\.out\.tfevents\.\d{10}\.[\w.-]+$/);
    writer.scalar("losses/l_pix", 0.1, 7);
    writer.scalar("損失", NaN, 5_000_000_000);
    writer.flush();
    assert.deepEqual(events(Deno.readFileSync(writer.path)), [
      { step: 0, version: "brain.Event:2" },
      { step: 7, tag: "losses/l_pix", scalar: Math.fround(0.1) },
      { step: 5_000_000_000, tag: "損失", scalar: NaN },
    ]);
  });
});

Deno.test("EventWriter makes a new, later file for each start and marks a restart", () => {
  withFolder((folder) => {
    const future = `${folder}/events.out.tfevents.9000000000.elsewhere`;
    Deno.writeTextFileSync(future, "");
    using first = new EventWriter(folder, { resumedAt: 100 });
    using second = new EventWriter(folder, { resumedAt: 200 });
    assert.ok(future < first.path && first.path < second.path, `${first.path} ${second.path}`);
    assert.deepEqual(events(Deno.readFileSync(second.path)), [
      { step: 0, version: "brain.Event:2" },
      { step: 201, restart: true },
    ]);
  });
});

Deno.test("EventWriter keeps events in memory between flushes and loses none when disposed of", () => {
  withFolder((folder) => {
    const writer = new EventWriter(folder, { flushSeconds: 1000 });
    const before = Deno.statSync(writer.path).size;
    for (let iter = 1; iter <= 100; iter++) writer.scalar("x", iter, iter);
    assert.equal(Deno.statSync(writer.path).size, before);
    writer[Symbol.dispose]();
    writer[Symbol.dispose]();
    assert.equal(events(Deno.readFileSync(writer.path)).length, 101);
  });
});

Deno.test({
  name: "EventWriter says once that the disk is full, and leaves no torn record",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const folder = Deno.makeTempDirSync();
    try {
      // RLIMIT_FSIZE stands for the full disk: writes beyond 4 blocks of 1 KiB fail with EFBIG once SIGXFSZ is ignored.
      const script = `${folder}/w.ts`;
      const module = new URL("../../../core/log/tfevents.ts", import.meta.url).href;
      Deno.writeTextFileSync(
        script,
        `import { EventWriter } from "${module}";
        const w = new EventWriter("${folder}/tb", { warn: (line) => console.log(line) });
        for (let i = 1; i <= 300; i++) { w.scalar("tag", i, i); if (i % 10 === 0) w.flush(); }
        w[Symbol.dispose]();
        console.log("went on");`,
      );
      const run = await new Deno.Command("bash", {
        args: [
          "-c",
          `trap '' XFSZ; ulimit -f 4; exec "$0" run -A --no-lock --no-config --no-check "$1"`,
          Deno.execPath(),
          script,
        ],
        stdin: "null",
      }).output();
      const out = new TextDecoder().decode(run.stdout);
      assert.equal(run.code, 0, new TextDecoder().decode(run.stderr));
      assert.equal(out.match(/cannot be written/g)?.length, 1, out);
      assert.match(out, /went on/);
      const [file] = Deno.readDirSync(`${folder}/tb`);
      const bytes = Deno.readFileSync(`${folder}/tb/${file!.name}`);
      const read = events(bytes);
      assert.ok(read.length > 50 && read.length < 301, `${read.length}`);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
});

Deno.test("EventWriter refuses a folder that cannot be made and names the option", () => {
  withFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/file`, "");
    assert.throws(
      () => new EventWriter(`${folder}/file/tb`),
      (error) => error instanceof UserError && /use_tb_logger/.test(error.message),
    );
  });
});

const PYTHON = Deno.env.get("DENOSR_PYTHON") ?? "python3";

async function python(code: string, ...args: string[]): Promise<{ code: number; out: string }> {
  try {
    const { code: status, stdout, stderr } = await new Deno.Command(PYTHON, {
      args: ["-c", code, ...args],
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    return { code: status, out: decoder.decode(stdout) + (status ? decoder.decode(stderr) : "") };
  } catch (error) {
    return { code: -1, out: String(error) };
  }
}

const READER = `
import sys, json
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.util import tensor_util
a = EventAccumulator(sys.argv[1], size_guidance=dict(scalars=0, tensors=0, images=0)); a.Reload()
h = plugin_data_pb2.HParamsPluginData.FromString(
    a.SummaryMetadata("_hparams_/session_start_info").plugin_data.content)
i = a.Images("val/baby")[0]
print(json.dumps(dict(
  scalars=[[e.step, round(e.value, 6)] for e in a.Scalars("losses/l_pix")],
  image=[i.step, i.width, i.height, len(i.encoded_image_string)],
  text=tensor_util.make_ndarray(a.Tensors("options/text_summary")[0].tensor_proto).tolist()[0].decode(),
  text_plugin=a.SummaryMetadata("options/text_summary").plugin_data.plugin_name,
  hparams={k: (v.string_value or v.number_value or v.bool_value)
           for k, v in h.session_start_info.hparams.items()},
)))
`;

Deno.test("TensorBoard's own reader reads what EventWriter writes, also after a resume", async (t) => {
  const probe = await python("import tensorboard");
  if (probe.code !== 0) {
    console.log(`skipped: ${PYTHON} has no tensorboard (set DENOSR_PYTHON to one that has)`);
    await t.step({ name: "needs tensorboard", ignore: true, fn: () => {} });
    return;
  }
  const folder = Deno.makeTempDirSync();
  try {
    {
      using first = new EventWriter(folder);
      first.hparams({ arch: "EDSR", num_feat: 64, ema: true }, "x2");
      first.text("options", "**x2**", 0);
      first.image("val/baby", PNG, { width: 1, height: 1 }, 10);
      for (const iter of [10, 20, 30]) first.scalar("losses/l_pix", iter / 100, iter);
    }
    {
      using second = new EventWriter(folder, { resumedAt: 20 });
      second.scalar("losses/l_pix", 0.5, 30);
      second.scalar("losses/l_pix", 0.4, 40);
    }
    const { code, out } = await python(READER, folder);
    assert.equal(code, 0, out);
    assert.deepEqual(JSON.parse(out), {
      scalars: [[10, 0.1], [20, 0.2], [30, 0.5], [40, 0.4]],
      image: [10, 1, 1, PNG.length],
      text: "**x2**",
      text_plugin: "text",
      hparams: { arch: "EDSR", num_feat: 64, ema: true },
    });
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

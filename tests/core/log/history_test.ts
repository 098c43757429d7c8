import assert from "node:assert/strict";
import { onFullDisk } from "./_full_disk.ts";
import { UserError } from "../../../core/errors.ts";
import { RunHistory } from "../../../core/log/history.ts";

function withFile(use: (path: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    use(`${folder}/history.jsonl`);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const noWarning = (line: string) => assert.fail(line);

Deno.test("RunHistory gives back what was added, NaN and infinity included", () => {
  withFile((path) => {
    {
      using history = RunHistory.open(path, 0, noWarning);
      history.add(100, { "losses/l_pix": 0.5, lr: 1e-4 });
      history.add(200, { "losses/l_pix": NaN, "metrics/Set5/psnr": Infinity });
    }
    const curves = RunHistory.read(path);
    assert.deepEqual(curves.get("losses/l_pix"), [{ iter: 100, value: 0.5 }, {
      iter: 200,
      value: NaN,
    }]);
    assert.deepEqual(curves.get("lr"), [{ iter: 100, value: 1e-4 }]);
    assert.deepEqual(curves.get("metrics/Set5/psnr"), [{ iter: 200, value: Infinity }]);
  });
});

Deno.test("RunHistory.under() strips the prefix", () => {
  withFile((path) => {
    using history = RunHistory.open(path, 0, noWarning);
    history.add(1, { "losses/l_pix": 1, "losses/l_g": 2, lr: 3 });
    assert.deepEqual([...history.under("losses/").keys()], ["l_pix", "l_g"]);
  });
});

Deno.test("a resume drops the points after the iteration resumed from, now and when read again", () => {
  withFile((path) => {
    {
      using history = RunHistory.open(path, 0, noWarning);
      for (const iter of [10, 20, 30]) history.add(iter, { x: iter });
    }
    {
      using history = RunHistory.open(path, 20, noWarning);
      assert.deepEqual(history.curves.get("x")!.map(({ iter }) => iter), [10, 20]);
      history.add(30, { x: -30 });
    }
    const points = RunHistory.read(path).get("x")!;
    assert.deepEqual(points.map(({ value }) => value), [10, 20, -30]);
  });
});

Deno.test("a torn line costs its own point only", () => {
  withFile((path) => {
    {
      using history = RunHistory.open(path, 0, noWarning);
      for (const iter of [1, 2, 3]) history.add(iter, { x: iter });
    }
    const text = Deno.readTextFileSync(path);
    Deno.writeTextFileSync(path, text.slice(0, -9)); // as a crash leaves it
    assert.deepEqual(RunHistory.read(path).get("x")!.map(({ iter }) => iter), [1, 2]);
    {
      using history = RunHistory.open(path, 2, noWarning);
      history.add(3, { x: 33 });
    }
    assert.deepEqual(RunHistory.read(path).get("x")!.map(({ value }) => value), [1, 2, 33]);
  });
});

Deno.test("a history that is no history is skipped line by line, not trusted", () => {
  withFile((path) => {
    Deno.writeTextFileSync(
      path,
      'null\n[1]\n"x"\n{"iter":"1","values":{"a":1}}\n{"iter":1,"values":{"a":"no","b":2}}\n',
    );
    assert.deepEqual([...RunHistory.read(path)], [["b", [{ iter: 1, value: 2 }]]]);
  });
});

Deno.test("reading no file gives no curve, an unreadable one is refused", () => {
  withFile((path) => {
    assert.equal(RunHistory.read(path).size, 0);
    Deno.mkdirSync(path);
    assert.throws(
      () => RunHistory.read(path),
      (error) => error instanceof UserError && error.message.includes(path),
    );
  });
});

Deno.test("RunHistory warns once when the disk is full and keeps the points in memory", () => {
  withFile((path) => {
    const warnings: string[] = [];
    using history = onFullDisk(() => RunHistory.open(path, 0, (line) => warnings.push(line)));
    history.add(1, { x: 1 });
    history.add(2, { x: 2 });
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /history\.jsonl/);
    assert.equal(history.curves.get("x")!.length, 2);
  });
});

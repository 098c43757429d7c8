import { Rng } from "../../core/random.ts";
import assert from "node:assert/strict";

/** The generator once more, in 32-bit arithmetic on BigInt, written from the papers and not from `core/random.ts`. */
function reference(...key: (number | string)[]): () => bigint {
  const mask = 0xffffffffn;
  const rotl = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & mask;
  let hash = 2166136261n; // FNV-1a, offset basis and prime of 32 bits
  for (const part of key.join("\0")) {
    hash = ((hash ^ BigInt(part.codePointAt(0)!)) * 16777619n) & mask;
  }
  const splitmix = () => {
    hash = (hash + 0x9e3779b9n) & mask;
    let z = hash;
    z = ((z ^ (z >> 16n)) * 0x21f0aaadn) & mask;
    z = ((z ^ (z >> 15n)) * 0x735a2d97n) & mask;
    return z ^ (z >> 15n);
  };
  const s = [splitmix(), splitmix(), splitmix(), splitmix() | 1n];
  // xoshiro128** 1.1
  return () => {
    const result = (rotl((s[1]! * 5n) & mask, 7n) * 9n) & mask;
    const t = (s[1]! << 9n) & mask;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= t;
    s[3] = rotl(s[3]!, 11n);
    return result;
  };
}

const KEYS: (number | string)[][] = [
  [0],
  [10, "sample", 3, 17],
  [10, "sampler", 0],
  ["größe 😀", -1.5],
  [],
];

Deno.test("uint32() is xoshiro128** seeded by splitmix32 over FNV-1a of the key", () => {
  for (const key of KEYS) {
    const rng = new Rng(...key), expected = reference(...key);
    for (let n = 0; n < 500; n++) assert.equal(BigInt(rng.uint32()), expected(), `${key} #${n}`);
  }
});

Deno.test("float() is made of 53 bits of two draws", () => {
  const rng = new Rng(1, "float"), expected = reference(1, "float");
  for (let n = 0; n < 200; n++) {
    const value = ((expected() >> 5n) << 26n) | (expected() >> 6n);
    assert.equal(rng.float(), Number(value) / 2 ** 53);
  }
});

const GOLDEN = [880525186, 3233024532, 3939239023];

Deno.test("streams never change: golden values that resuming relies on", () => {
  // From the reference above; a change here would make old checkpoints resume differently.
  const rng = new Rng(10, "sample", 0, 0);
  const expected = reference(10, "sample", 0, 0);
  const first = [rng.uint32(), rng.uint32(), rng.uint32()];
  assert.deepEqual(first, GOLDEN);
  assert.deepEqual([expected(), expected(), expected()].map(Number), GOLDEN);
});

Deno.test("the same key gives the same stream, another one an unrelated one", () => {
  const draw = (...key: (number | string)[]) => {
    const rng = new Rng(...key);
    return Array.from({ length: 4000 }, () => rng.float());
  };
  const base = draw(10, "sample", 1, 5);
  assert.deepEqual(base, draw(10, "sample", 1, 5));
  const neighbours = [
    draw(11, "sample", 1, 5),
    draw(10, "sample", 2, 5),
    draw(10, "sample", 1, 6),
    draw(10, "samples", 1, 5),
    draw(10, "sample", 15, ""),
  ];
  for (const other of neighbours) {
    // The correlation of 4000 independent pairs has a deviation of 1/√4000 = 0.016.
    const mean = base.reduce((sum, x, i) => sum + (x - 0.5) * (other[i]! - 0.5), 0) / base.length;
    assert.ok(Math.abs(mean * 12) < 0.07, `correlation ${mean * 12}`);
  }
});

Deno.test("the first draws of neighbouring keys are spread evenly", () => {
  const cells = new Uint32Array(16);
  for (let i = 0; i < 16000; i++) cells[Math.floor(new Rng(0, "sample", 0, i).float() * 16)]!++;
  const chi2 = cells.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
  assert.ok(chi2 < 38, `chi² ${chi2} with 15 degrees of freedom (p = 0.001)`);
});

function moments(draw: () => number, n = 40000): { mean: number; std: number } {
  let sum = 0, squares = 0;
  for (let i = 0; i < n; i++) {
    const x = draw();
    sum += x;
    squares += x * x;
  }
  const mean = sum / n;
  return { mean, std: Math.sqrt(squares / n - mean * mean) };
}

function near(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) < tolerance, `${actual} is not ${expected} ± ${tolerance}`);
}

Deno.test("float() is uniform on [0, 1)", () => {
  const rng = new Rng(3, "moments");
  const { mean, std } = moments(() => {
    const x = rng.float();
    assert.ok(x >= 0 && x < 1);
    return x;
  });
  near(mean, 0.5, 0.006);
  near(std, Math.sqrt(1 / 12), 0.004);
});

Deno.test("normal() has the mean and deviation asked for, and the share outside 2 sigma", () => {
  const rng = new Rng(4, "normal");
  let outside = 0;
  const { mean, std } = moments(() => {
    const x = rng.normal(5, 2);
    assert.ok(Number.isFinite(x));
    if (Math.abs(x - 5) > 4) outside++;
    return x;
  });
  near(mean, 5, 0.04);
  near(std, 2, 0.03);
  near(outside / 40000, 0.0455, 0.004);
});

Deno.test("uniform(), int() and chance() keep within their bounds and reach them evenly", () => {
  const rng = new Rng(5, "bounds");
  for (let i = 0; i < 1000; i++) {
    const x = rng.uniform(-3, 7);
    assert.ok(x >= -3 && x < 7);
  }
  const counts = new Uint32Array(6);
  for (let i = 0; i < 12000; i++) counts[rng.int(6)]!++;
  for (const n of counts) near(n, 2000, 170);
  assert.equal(rng.int(1), 0);
  near(moments(() => rng.chance(0.3) ? 1 : 0).mean, 0.3, 0.01);
  assert.equal(rng.chance(0), false);
  assert.equal(rng.chance(1), true);
});

Deno.test("permutation() holds every number once, and every place equally often", () => {
  const rng = new Rng(6, "permutation");
  assert.deepEqual([...rng.permutation(100)].sort((a, b) => a - b), [...Array(100).keys()]);
  assert.equal(rng.permutation(0).length, 0);
  const counts = Array.from({ length: 4 }, () => new Uint32Array(4));
  for (let i = 0; i < 8000; i++) rng.permutation(4).forEach((value, at) => counts[at]![value]!++);
  for (const n of counts.flatMap((row) => [...row])) near(n, 2000, 160);
});

Deno.test("a stream goes on from its state", () => {
  const rng = new Rng(7, "state");
  rng.float();
  const state = rng.state;
  const next = [rng.uint32(), rng.normal(), rng.float()];
  const other = new Rng("another");
  other.state = JSON.parse(JSON.stringify(state));
  assert.deepEqual([other.uint32(), other.normal(), other.float()], next);
  assert.notEqual(rng.state, state, "the state is a copy");
});

Deno.test("fillUniform() gives the numbers of uniform(), and the stream goes on behind them", () => {
  const a = new Rng(10, "fill"), b = new Rng(10, "fill");
  a.uint32();
  b.uint32();
  const filled = new Float32Array(1001);
  a.fillUniform(filled, -0.25, 3);
  assert.deepEqual(filled, Float32Array.from(filled, () => b.uniform(-0.25, 3)));
  assert.equal(a.uint32(), b.uint32());
  assert.deepEqual(a.state, b.state);
});

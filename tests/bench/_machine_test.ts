import {
  hasBfloat16,
  loadBetween,
  parseCpuTimes,
  parsePeakMemory,
  parseProcessor,
  shownFlags,
} from "./_machine.ts";
import assert from "node:assert/strict";

/** Two hardware threads of one core in each of two sockets, cut down to the lines that matter. */
const CPUINFO = [[0, 0, 0], [1, 0, 0], [2, 1, 0], [3, 1, 0]].map(([thread, socket, core]) =>
  `processor\t: ${thread}\nmodel name\t: Test CPU @ 2 GHz\nphysical id\t: ${socket}\n` +
  `core id\t\t: ${core}\nflags\t\t: fpu avx2 avx512_bf16\n`
).join("\n");

function processStat(utime: number, stime: number, cutime: number, cstime: number): string {
  return `7 (a (strange) name) S 1 1 1 0 -1 4194304 1 1 0 0 ${utime} ${stime} ${cutime} ${cstime} 20 0\n`;
}

Deno.test("parseProcessor() counts cores, not hardware threads", () => {
  const processor = parseProcessor(CPUINFO)!;
  assert.equal(processor.model, "Test CPU @ 2 GHz");
  assert.equal(processor.cores, 2);
  assert.equal(processor.threads, 4);
  assert.equal(parseProcessor(""), undefined);
});

Deno.test("hasBfloat16() goes by the processor's own instructions", () => {
  assert.equal(hasBfloat16(parseProcessor(CPUINFO)!), true);
  assert.equal(hasBfloat16(parseProcessor(CPUINFO.replaceAll("avx512_bf16", "avx512f"))!), false);
  assert.equal(hasBfloat16(parseProcessor(CPUINFO.replaceAll("avx512_bf16", "amx_bf16"))!), true);
});

Deno.test("shownFlags() keeps the order of the list and leaves the rest out", () => {
  assert.deepEqual(shownFlags(parseProcessor(CPUINFO)!), ["avx2", "avx512_bf16"]);
});

Deno.test("loadBetween() tells others' work from our own and from what the host took", () => {
  // user nice system idle iowait irq softirq steal guest guest_nice; the guests are part of user.
  const before = parseCpuTimes(
    "cpu  100 0 50 800 40 0 10 0 7 0\ncpu0 1 1\n",
    processStat(5, 0, 5, 0),
  );
  const after = parseCpuTimes("cpu  130 0 60 850 50 0 10 0 9 0\n", processStat(10, 5, 10, 5));
  assert.deepEqual(loadBetween(before!, after!), { others: 0.2, stolen: 0 });
  const robbed = parseCpuTimes("cpu  100 0 50 840 40 0 10 60 7 0\n", processStat(5, 0, 5, 0));
  assert.deepEqual(loadBetween(before!, robbed!), { others: 0, stolen: 0.6 });
});

Deno.test("parseCpuTimes() knows nothing where there is no /proc", () => {
  assert.equal(parseCpuTimes("", ""), undefined);
});

Deno.test("parsePeakMemory() gives bytes", () => {
  assert.equal(parsePeakMemory("Name:\tdeno\nVmPeak:\t 9 kB\nVmHWM:\t  2048 kB\n"), 2048 * 1024);
  assert.equal(parsePeakMemory("Name:\tdeno\n"), undefined);
});

import assert from "node:assert/strict";
import { freeMemory, type MemorySources } from "../../../core/restore/memory.ts";

const GIB = 2 ** 30;

function machine(
  available: number | undefined,
  files: Record<string, string> = {},
  constrained?: number,
): MemorySources {
  return { available: () => available, constrained: () => constrained, read: (p) => files[p] };
}

const native = { name: "native" } as const;

Deno.test("freeMemory() is what the system has where nothing limits it", () => {
  assert.deepEqual(freeMemory(native, machine(5 * GIB)), { bytes: 5 * GIB, source: "system" });
});

Deno.test("freeMemory() takes the tightest control group of version 2, and counts what caches can give back", () => {
  const files = {
    "/proc/self/cgroup": "0::/work/job\n",
    "/sys/fs/cgroup/work/job/memory.max": "max\n",
    "/sys/fs/cgroup/work/job/memory.current": `${GIB}\n`,
    "/sys/fs/cgroup/work/memory.max": `${4 * GIB}\n`,
    "/sys/fs/cgroup/work/memory.current": `${3 * GIB}\n`,
    "/sys/fs/cgroup/work/memory.stat": `anon 5\ninactive_file ${GIB / 2}\nfile 7\n`,
  };
  assert.deepEqual(freeMemory(native, machine(20 * GIB, files)), {
    bytes: 1.5 * GIB,
    source: "control group",
  });
});

Deno.test("freeMemory() knows control groups of version 1, and a container's root", () => {
  const limit = (bytes: string) => ({
    "/sys/fs/cgroup/memory/memory.limit_in_bytes": bytes,
    "/sys/fs/cgroup/memory/memory.usage_in_bytes": `${GIB}\n`,
  });
  const path = { "/proc/self/cgroup": "5:cpu,cpuacct:/x\n4:memory:/docker/1f\n" };
  const found = freeMemory(native, machine(20 * GIB, { ...path, ...limit(`${3 * GIB}\n`) }));
  assert.deepEqual(found, { bytes: 2 * GIB, source: "control group" });
  // A path that may not be read is taken for the root.
  assert.equal(freeMemory(native, machine(20 * GIB, limit(`${3 * GIB}\n`))).bytes, 2 * GIB);
  // What version 1 says where there is no limit.
  assert.equal(
    freeMemory(native, machine(20 * GIB, limit("9223372036854771712\n"))).source,
    "system",
  );
});

Deno.test("freeMemory() never goes below nothing, and is cautious where it may not ask", () => {
  const full = {
    "/sys/fs/cgroup/memory.max": "100\n",
    "/sys/fs/cgroup/memory.current": "200\n",
  };
  assert.equal(freeMemory(native, machine(GIB, full)).bytes, 0);
  assert.deepEqual(freeMemory(native, machine(undefined)), { bytes: 2 * GIB, source: "unknown" });
});

Deno.test("freeMemory() of WebAssembly stays below what it can address", () => {
  assert.deepEqual(freeMemory({ name: "wasm" }, machine(20 * GIB)), {
    bytes: 1.5 * GIB,
    source: "engine",
  });
});

Deno.test("freeMemory() asks Deno for the limit where it may not read files", () => {
  assert.deepEqual(freeMemory(native, machine(20 * GIB, {}, 3 * GIB)), {
    bytes: 3 * GIB,
    source: "control group",
  });
  assert.equal(freeMemory(native, machine(20 * GIB, {}, 2 ** 63)).source, "system");
});

Deno.test("freeMemory() of a GPU is what even small ones have", () => {
  assert.equal(freeMemory({ name: "native", isGpu: true }, machine(20 * GIB)).bytes, 4 * GIB);
});

Deno.test("freeMemory() of this machine is something", () => {
  assert(freeMemory(native).bytes > 2 ** 20);
});

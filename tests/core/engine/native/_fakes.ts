/**
 * Stand-ins for the installer's tests: libraries that look whole, a wheel that holds them, and a pip that "downloads" it.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { LIBRARY_FILES } from "../../../../core/engine/native/mod.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** An ELF library of `size` bytes for this machine: a header, one segment that fills the file, zeros. */
export function fakeLibrary(size: number = 4096): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(18, Deno.build.arch === "aarch64" ? 183 : 62, true); // e_machine
  view.setBigUint64(32, 64n, true); // e_phoff
  view.setUint16(54, 56, true); // e_phentsize
  view.setUint16(56, 1, true); // e_phnum
  view.setBigUint64(64 + 32, BigInt(size), true); // p_filesz
  return bytes;
}

/** Writes both library files to `folder`. */
export function writeLibraries(folder: string): void {
  Deno.mkdirSync(folder, { recursive: true });
  for (const name of LIBRARY_FILES) Deno.writeFileSync(join(folder, name), fakeLibrary());
}

/** A zip archive of `files`, packed. */
export function zip(files: ReadonlyMap<string, Uint8Array>): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [], directory: Uint8Array[] = [];
  let offset = 0, directorySize = 0;
  for (const [name, data] of files) {
    const packed = deflateRawSync(data), label = encode(name);
    const sizes = (view: DataView, at: number) => {
      view.setUint16(at, 8, true); // deflate
      view.setUint32(at + 10, packed.length, true);
      view.setUint32(at + 14, data.length, true);
      view.setUint16(at + 18, label.length, true);
    };
    const local = new Uint8Array(30), central = new Uint8Array(46);
    new DataView(local.buffer).setUint32(0, 0x04034b50, true);
    sizes(new DataView(local.buffer), 8);
    const view = new DataView(central.buffer);
    view.setUint32(0, 0x02014b50, true);
    sizes(view, 10);
    view.setUint32(42, offset, true);
    parts.push(local, label, packed);
    directory.push(central, label);
    offset += local.length + label.length + packed.length;
    directorySize += central.length + label.length;
  }
  const end = new Uint8Array(22);
  const view = new DataView(end.buffer);
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(10, files.size, true);
  view.setUint32(12, directorySize, true);
  view.setUint32(16, offset, true);
  return new Uint8Array(Buffer.concat([...parts, ...directory, end]));
}

/** Hash of a file as RECORD has it. */
export function recordHash(data: Uint8Array): string {
  return createHash("sha256").update(data).digest("base64url");
}

/** A wheel with the two libraries; `record` can replace their line in RECORD. */
export function fakeWheel(
  library: Uint8Array = fakeLibrary(),
  record: (name: string) => string = (name) =>
    `${name},sha256=${recordHash(library)},${library.length}`,
): Uint8Array<ArrayBuffer> {
  const names = LIBRARY_FILES.map((name) => `tensorflow/${name}`);
  return zip(
    new Map([
      ["tensorflow/__init__.py", encode("print('never run')\n")],
      ...names.map((name) => [name, library] as const),
      ["tensorflow_cpu-2.21.0.dist-info/RECORD", encode(names.map(record).join("\n") + "\n")],
    ]),
  );
}

/** A folder with a cache, and a folder for programs as the only one on PATH. */
export class Machine implements AsyncDisposable {
  private constructor(readonly root: string) {}

  /** Creates the folders. */
  static async create(): Promise<Machine> {
    const machine = new Machine(await Deno.makeTempDir({ prefix: "denosr_install_" }));
    await Deno.mkdir(join(machine.root, "bin"));
    return machine;
  }

  /** The cache folder, which does not exist yet. */
  get cache(): string {
    return join(this.root, "cache");
  }

  /** Its environment. */
  readonly env = (name: string): string | undefined =>
    ({ PATH: join(this.root, "bin"), HOME: this.root, DENOSR_CACHE: this.cache } as Record<
      string,
      string
    >)[name];

  /** Installs a program: a shell script. */
  async program(name: string, script: string): Promise<void> {
    const path = join(this.root, "bin", name);
    await Deno.writeTextFile(path, `#!/bin/sh\n${script}\n`);
    await Deno.chmod(path, 0o755);
  }

  /**
   * Installs a `python3` whose pip notes its arguments in `arguments` and copies `wheel` to the folder after `--dest`;
   * `before` are shell commands that run first.
   */
  async pip(wheel: Uint8Array, before: string = ""): Promise<void> {
    await Deno.writeFile(join(this.root, "wheel"), wheel);
    await this.program(
      "python3",
      `if [ "$3" = --version ]; then echo pip 1; exit 0; fi
echo "$@" >> ${this.root}/arguments
${before}
while [ "$1" != --dest ]; do shift; done
/bin/cp ${this.root}/wheel "$2/tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl"`,
    );
  }

  /** What pip was called with, call by call. */
  async calls(): Promise<string[]> {
    const text = await Deno.readTextFile(join(this.root, "arguments")).catch(() => "");
    return text.split("\n").filter((line) => line !== "");
  }

  /** Names in the cache. */
  files(): string[] {
    return [...Deno.readDirSync(this.cache)].map((entry) => entry.name).sort();
  }

  /** Removes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.root, { recursive: true });
  }
}

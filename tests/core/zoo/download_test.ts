import { ExitCode, type ExitCodeValue, UserError } from "../../../core/errors.ts";
import { lockFolder } from "../../../core/storage/mod.ts";
import { download, type DownloadOptions } from "../../../core/zoo/download.ts";
import { type Answer, type Asked, Server } from "./_server.ts";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";

const FILE = Uint8Array.from({ length: 5000 }, (_, i) => (i * 7) % 251);
const SHA256 = createHash("sha256").update(FILE).digest("hex");
const URL_A = "https://a.test/models/net.pth";

/** A server and an empty folder. */
async function withServer(
  answer: (request: Asked) => Answer,
  act: (server: Server, path: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "denosr zoo (é) " });
  try {
    await using server = new Server(answer);
    await act(server, join(folder, "zoo", "net.pth"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Fetches; one attempt unless told otherwise. */
function get(
  server: Pick<Server, "fetch">,
  path: string,
  facts: { sha256?: string; sha256_prefix?: string; size?: number; redirects?: string[] } = {
    sha256: SHA256,
  },
  options: DownloadOptions = {},
  urls = [URL_A],
) {
  return download(urls, { path, ...facts }, { attempts: 1, fetch: server.fetch, ...options });
}

/** The message of a failure; nothing must be at `path` then. */
async function failure(
  act: Promise<unknown>,
  path: string,
  code: ExitCodeValue,
): Promise<string> {
  let message = "";
  await assert.rejects(act, (error) => {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.exitCode, code, error.message);
    message = error.message;
    return true;
  });
  assert.equal(await exists(path), false, "a failed download must leave no file");
  assert.ok(message.includes(`save it as ${path}`), "the message must say how to do it by hand");
  return message;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}

/** Answers ranges as good servers do. */
function withRanges({ headers }: Asked, etag = '"one"'): Answer {
  const start = Number(/^bytes=(\d+)-$/.exec(headers["range"] ?? "")?.[1]);
  if (!start || headers["if-range"] !== etag) return { body: FILE, headers: { etag } };
  return {
    status: 206,
    body: FILE.subarray(start),
    headers: { etag, "content-range": `bytes ${start}-${FILE.length - 1}/${FILE.length}` },
  };
}

Deno.test("a file comes whole, is checked, and is not fetched a second time", async () => {
  await withServer(withRanges, async (server, path) => {
    const seen: number[] = [];
    const first = await get(server, path, { sha256: SHA256, size: FILE.length }, {
      progress: (done, total) => {
        assert.equal(total, FILE.length);
        seen.push(done);
      },
    });
    assert.deepEqual(first, { sha256: SHA256, size: FILE.length, fetched: true });
    assert.deepEqual(await Deno.readFile(path), FILE);
    assert.equal(seen[0], 0);
    assert.equal(seen.at(-1), FILE.length);
    assert.equal(await exists(`${path}.part`), false);
    assert.equal(await exists(`${path}.part.json`), false);
    assert.equal((await get(server, path)).fetched, false);
    assert.equal(server.asked.length, 1);
    assert.equal(server.asked[0]!.headers["accept-encoding"], "identity");
  });
});

Deno.test("a file that is there but damaged is fetched anew", async () => {
  await withServer(withRanges, async (server, path) => {
    await Deno.mkdir(join(path, ".."), { recursive: true });
    await Deno.writeFile(path, FILE.subarray(0, 4999));
    const said: string[] = [];
    const { fetched } = await get(server, path, undefined, { say: (line) => said.push(line) });
    assert.equal(fetched, true);
    assert.match(said.join("\n"), /has SHA-256 [0-9a-f]{64}, not [0-9a-f]{64}: it is fetched anew/);
    assert.deepEqual(await Deno.readFile(path), FILE);
  });
});

Deno.test("without a published hash the hash is told; a prefix is compared as far as it goes", async () => {
  await withServer(withRanges, async (server, path) => {
    assert.equal((await get(server, path, {})).sha256, SHA256);
    await Deno.remove(path);
    await get(server, path, { sha256_prefix: SHA256.slice(0, 8) });
    await Deno.remove(path);
    const message = await failure(
      get(server, path, { sha256_prefix: "00000000" }),
      path,
      ExitCode.DATA,
    );
    assert.ok(message.includes(`has SHA-256 ${SHA256}, not 00000000…`), message);
  });
});

Deno.test("a wrong hash is refused, told beside the right one, and what came is thrown away", async () => {
  const other = "0".repeat(64);
  await withServer(withRanges, async (server, path) => {
    const message = await failure(get(server, path, { sha256: other }), path, ExitCode.DATA);
    assert.ok(message.includes(SHA256) && message.includes(other), message);
    assert.ok(message.includes(URL_A));
    assert.equal(await exists(`${path}.part`), false);
  });
});

Deno.test("answers without the file are told apart", async () => {
  const cases: [Answer, RegExp, ExitCodeValue][] = [
    [{ status: 404 }, /there is no such file \(404\)/, ExitCode.DATA],
    [{ status: 403 }, /does not give it to everybody \(403\)/, ExitCode.DATA],
    [{ status: 503 }, /trouble of its own \(503\): try again later/, ExitCode.ENVIRONMENT],
    [{ body: FILE, headers: { "content-type": "text/html" } }, /a web page/, ExitCode.DATA],
    [{ body: FILE.subarray(1) }, /4999 bytes, not 5000: it is another one/, ExitCode.DATA],
    [{ body: FILE, length: null, headers: {} }, /more than 4.9 kB came/, ExitCode.DATA],
  ];
  for (const [answer, says, code] of cases) {
    await withServer(() => answer, async (server, path) => {
      const size = answer.length === null ? 4900 : 5000;
      const message = await failure(get(server, path, { sha256: SHA256, size }), path, code);
      assert.match(message, says);
    });
  }
});

Deno.test("the next address is tried when one fails; all are told when all do", async () => {
  const urls = [URL_A, "https://b.test/net.pth"];
  const answer = ({ path }: Asked): Answer =>
    path.startsWith("/b.test/") ? { body: FILE } : { status: 404 };
  await withServer(answer, async (server, path) => {
    assert.equal((await get(server, path, undefined, {}, urls)).fetched, true);
  });
  await withServer(() => ({ status: 404 }), async (server, path) => {
    const message = await failure(get(server, path, undefined, {}, urls), path, ExitCode.DATA);
    for (const url of urls) assert.ok(message.includes(`${url}: there is no such file`), message);
  });
});

Deno.test("redirects are followed to the host itself and to hosts that are expected, five at most", async () => {
  const to = (location: string): Answer => ({ status: 302, headers: { location } });
  const answer = ({ path }: Asked): Answer => {
    const hop = Number(/\/hop(\d+)$/.exec(path)?.[1]);
    if (path === "/a.test/models/net.pth") return to("../hop1");
    if (hop < 4) return to(`/hop${hop + 1}`);
    if (hop === 4) return to("https://cdn.test/file");
    return { body: FILE };
  };
  await withServer(answer, async (server, path) => {
    await get(server, path, { sha256: SHA256, redirects: ["cdn.test"] });
    assert.equal(server.asked.length, 6);
    await Deno.remove(path);
    const message = await failure(get(server, path), path, ExitCode.ENVIRONMENT);
    assert.match(message, /a\.test redirects to cdn\.test, which is not among the hosts expected/);
  });
  await withServer(() => to("/again"), async (server, path) => {
    const message = await failure(get(server, path), path, ExitCode.ENVIRONMENT);
    assert.match(message, /redirects more than 5 times/);
    assert.equal(server.asked.length, 6);
  });
  await withServer(() => ({ status: 302 }), async (server, path) => {
    assert.match(await failure(get(server, path), path, ExitCode.DATA), /redirects to nowhere/);
  });
});

Deno.test("GitHub's redirect to its storage is expected, one elsewhere is not", async () => {
  const urls = ["https://github.com/o/r/releases/download/v1/net.pth"];
  for (const host of ["release-assets.githubusercontent.com", "evil.test"]) {
    const answer = ({ path }: Asked): Answer =>
      path.startsWith("/github.com/")
        ? { status: 302, headers: { location: `https://${host}/net.pth` } }
        : { body: FILE };
    await withServer(answer, async (server, path) => {
      const act = get(server, path, undefined, {}, urls);
      if (host !== "evil.test") assert.equal((await act).fetched, true);
      else assert.match(await failure(act, path, ExitCode.ENVIRONMENT), /redirects to evil\.test/);
      assert.equal(server.asked.length, host === "evil.test" ? 1 : 2);
    });
  }
});

Deno.test("a redirect from https to http is refused, even on the same host", async () => {
  for (const location of ["http://a.test/models/net.pth", "ftp://a.test/net.pth"]) {
    await withServer(() => ({ status: 301, headers: { location } }), async (server, path) => {
      const message = await failure(get(server, path), path, ExitCode.ENVIRONMENT);
      assert.match(
        message,
        /a\.test redirects to \w+:\/\/a\.test, which is not encrypted: refused/,
      );
      assert.equal(server.asked.length, 1);
    });
  }
});

/** A server that cuts its first answer after 2000 bytes and then behaves as `then`. */
function cutOnce(then: (request: Asked) => Answer): (request: Asked) => Answer {
  let cut = false;
  return (request) => {
    if (cut) return then(request);
    cut = true;
    return { body: FILE.subarray(0, 2000), length: FILE.length, headers: { etag: '"one"' } };
  };
}

Deno.test("a cut is told, what came is kept, and the next run goes on from there", async () => {
  await withServer(cutOnce(withRanges), async (server, path) => {
    const message = await failure(get(server, path), path, ExitCode.ENVIRONMENT);
    assert.match(message, /broke after 2\.0 kB of 5\.0 kB|broke off after 2\.0 kB of 5\.0 kB/);
    assert.equal((await Deno.stat(`${path}.part`)).size, 2000);
    const seen: number[] = [];
    await get(server, path, undefined, { progress: (done) => seen.push(done) });
    assert.equal(seen[0], 2000, "progress starts with what is there");
    assert.equal(server.asked[1]!.headers["range"], "bytes=2000-");
    assert.equal(server.asked[1]!.headers["if-range"], '"one"');
    assert.deepEqual(await Deno.readFile(path), FILE);
  });
});

Deno.test("within one run a cut is gone on from by itself", async () => {
  await withServer(cutOnce(withRanges), async (server, path) => {
    const said: string[] = [];
    await get(server, path, undefined, { attempts: 2, say: (line) => said.push(line) });
    assert.match(said.join("\n"), /after 2\.0 kB of 5\.0 kB.*; going on/);
    assert.equal(server.asked.length, 2);
    assert.deepEqual(await Deno.readFile(path), FILE);
  });
});

Deno.test("a server without ranges, or with another file by now, sends it from the start", async () => {
  const others: [string, (request: Asked) => Answer, number][] = [
    ["no ranges", () => ({ body: FILE }), 2],
    ["another ETag", (request) => withRanges(request, '"two"'), 2],
    ["not satisfiable", ({ headers }) => headers["range"] ? { status: 416 } : { body: FILE }, 3],
    [
      "the wrong range",
      ({ headers }) =>
        headers["range"]
          ? {
            status: 206,
            body: FILE.subarray(1),
            headers: { "content-range": `bytes 1-4999/5000` },
          }
          : { body: FILE },
      3,
    ],
  ];
  for (const [what, then, requests] of others) {
    await withServer(cutOnce(then), async (server, path) => {
      await get(server, path, undefined, { attempts: 3 });
      assert.deepEqual(await Deno.readFile(path), FILE, what);
      assert.equal(server.asked.length, requests, what);
    });
  }
});

Deno.test("a part whose origin is unknown or elsewhere is not gone on with", async () => {
  for (
    const origin of [undefined, "{", JSON.stringify({ url: "https://b.test/x", validator: "v" })]
  ) {
    await withServer(withRanges, async (server, path) => {
      await Deno.mkdir(join(path, ".."), { recursive: true });
      await Deno.writeFile(`${path}.part`, new Uint8Array(2000));
      if (origin !== undefined) await Deno.writeTextFile(`${path}.part.json`, origin);
      await get(server, path);
      assert.equal(server.asked[0]!.headers["range"], undefined);
      assert.deepEqual(await Deno.readFile(path), FILE);
    });
  }
});

Deno.test("a connection on which nothing comes any more is given up", async () => {
  const stalled: Answer = { body: FILE.subarray(0, 1000), length: FILE.length, hang: true };
  await withServer(() => stalled, async (server, path) => {
    const act = get(server, path, undefined, { stallMs: 150 });
    const message = await failure(act, path, ExitCode.ENVIRONMENT);
    assert.match(message, /nothing came for 0\.15 s after 1\.0 kB of 5\.0 kB/);
  });
});

Deno.test("a server that is not there is told with what to check", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const folder = await Deno.makeTempDir();
  const path = join(folder, "net.pth");
  const act = get(
    { fetch: (_url, init) => fetch(`http://127.0.0.1:${port}/`, init) },
    path,
    undefined,
    { attempts: 3 },
  );
  const message = await failure(act, path, ExitCode.ENVIRONMENT);
  assert.match(message, /cannot be reached \(.+\): check the network and the proxy/);
  assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), [".locks"]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("two downloads of one file take turns: the second finds it there", async () => {
  await withServer(withRanges, async (server, path) => {
    const both = await Promise.all([get(server, path), get(server, path)]);
    assert.deepEqual(both.map(({ fetched }) => fetched).sort(), [false, true]);
    assert.equal(server.asked.length, 1);
  });
});

Deno.test("while another process has the lock, the wait is said", async () => {
  await withServer(withRanges, async (server, path) => {
    const lock = await lockFolder(join(path, "..", ".locks", "net.pth"));
    const said: string[] = [];
    const pending = get(server, path, undefined, { say: (line) => said.push(line) });
    await new Promise((done) => setTimeout(done, 100));
    assert.deepEqual(said, ["another process is fetching net.pth, waiting"]);
    assert.equal(server.asked.length, 0);
    lock[Symbol.dispose]();
    assert.equal((await pending).fetched, true);
  });
});

Deno.test("a full disk is told by name", async () => {
  await withServer(withRanges, async (server, path) => {
    const { write } = Deno.FsFile.prototype;
    // The lock's own line is shorter.
    Deno.FsFile.prototype.write = function (bytes) {
      if (bytes.length < 200) return write.call(this, bytes);
      const error = new Error("No space left on device (os error 28)");
      return Promise.reject(Object.assign(error, { code: "ENOSPC" }));
    };
    try {
      await assert.rejects(get(server, path), (error) => {
        assert.ok(error instanceof UserError, String(error));
        assert.equal(error.exitCode, ExitCode.STORAGE);
        assert.match(error.message, /net\.pth\.part: cannot be written, the disk is full/);
        return true;
      });
    } finally {
      Deno.FsFile.prototype.write = write;
    }
  });
});

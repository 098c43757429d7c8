import assert from "node:assert/strict";
import { WeightsFileError } from "../../../core/weights/errors.ts";
import { type PickleHost, unpickle } from "../../../core/weights/pickle.ts";
import { bytesOf, little, op, pickle } from "./_build.ts";

// Origin: pickle.dumps(VALUE, protocol) of Python 3.11.7, where VALUE is
// {"a": [1, -2, 300, 70000, 2**40, 2**70, -1.5], "b": (None, True, False, "é"), "c": b"xy"}.
const PROTOCOL_2 =
  "80027d71002858010000006171015d7102284b014afeffffff4d2c014a701101008a060000000000018a" +
  "0900000000000000004047bff8000000000000655801000000627103284e88895802000000c3a9710474" +
  "71055801000000637106635f636f646563730a656e636f64650a71075802000000787971085806000000" +
  "6c6174696e31710986710a52710b752e";
const PROTOCOL_3 =
  "80037d71002858010000006171015d7102284b014afeffffff4d2c014a701101008a060000000000018a" +
  "0900000000000000004047bff8000000000000655801000000627103284e88895802000000c3a9710474" +
  "71055801000000637106430278797107752e";
const PROTOCOL_4 =
  "80049550000000000000007d94288c0161945d94284b014afeffffff4d2c014a701101008a0600000000" +
  "00018a0900000000000000004047bff8000000000000658c016294284e88898c02c3a99474948c016394" +
  "4302787994752e";

const host: PickleHost = {
  findGlobal: (module, name) =>
    module === "ok" ? { name: `ok.${name}`, call: (args) => args.length } : undefined,
  persistentLoad: (id) => ({ id }),
  build: () => false,
};

function read(...body: readonly Uint8Array[]): unknown {
  return unpickle(pickle(...body), host).value;
}

function fails(kind: string, message: RegExp, ...body: readonly Uint8Array[]): void {
  assert.throws(
    () => read(...body),
    (error) =>
      error instanceof WeightsFileError && error.kind === kind && message.test(error.message),
  );
}

Deno.test("unpickle() reads what Python's pickle writes, protocols 2 to 4", () => {
  const dumps = { 2: PROTOCOL_2, 3: PROTOCOL_3, 4: PROTOCOL_4 };
  for (const [protocol, hex] of Object.entries(dumps)) {
    const latin1: PickleHost = {
      ...host,
      findGlobal: (_module, name) => ({
        name,
        call: ([text]) => Uint8Array.from(String(text), (c) => c.charCodeAt(0)),
      }),
    };
    const bytes = Uint8Array.fromHex(hex);
    const { value: got, end } = unpickle(bytes, latin1);
    assert.deepEqual(
      got,
      new Map<string, unknown>([
        ["a", [1, -2, 300, 70000, 2 ** 40, 2n ** 70n, -1.5]],
        ["b", [null, true, false, "é"]],
        ["c", Uint8Array.of(120, 121)],
      ]),
      `protocol ${protocol}`,
    );
    assert.equal(end, bytes.length);
  }
});

Deno.test("unpickle() begins and ends where it is told", () => {
  const bytes = bytesOf("junk", pickle(op.int(5)), "rest");
  assert.deepEqual(unpickle(bytes, host, 4), { value: 5, end: 4 + 8 });
});

Deno.test("unpickle() shares what the pickle shares, cycles included", () => {
  const list = read(bytesOf("]q\x00h\x00a")) as unknown[];
  assert.equal(list[0], list);
});

Deno.test("unpickle() refuses names outside the table and says them", () => {
  fails("refused", /Python name os\.system/, op.call(op.global("os", "system"), op.text("id")));
  const stackGlobal = bytesOf(op.text("builtins"), op.text("eval"), "\x93");
  fails("refused", /Python name builtins\.eval/, stackGlobal);
});

Deno.test("unpickle() refuses opcodes that data do not need and says them", () => {
  for (
    const [byte, name] of [["i", "INST"], ["o", "OBJ"], ["\x82", "EXT1"], ["\x92", "NEWOBJ_EX"]]
  ) {
    fails("refused", new RegExp(`opcode ${name} `), bytesOf(byte!));
  }
  fails("damaged", /byte 0xff where an opcode should be/, bytesOf("\xff"));
});

Deno.test("unpickle() calls nothing but globals, and builds only what the host allows", () => {
  assert.equal(read(op.call(op.global("ok", "f"), op.int(1), op.int(2))), 2);
  fails("refused", /calls a value of type string/, op.call(op.text("f")));
  fails("refused", /sets the state of a dict/, bytesOf("}", op.dict({}), "b"));
});

Deno.test("unpickle() refuses dict keys that are containers", () => {
  fails("refused", /uses a tuple as a key/, bytesOf("}", op.ints([1]), "Ns"));
});

Deno.test("unpickle() of damaged pickles throws a WeightsFileError", () => {
  fails("damaged", /too few values/, bytesOf("}s"));
  fails("damaged", /too few values/, bytesOf("}((s"));
  fails("damaged", /missing mark/, bytesOf("t"));
  fails("damaged", /never stored/, bytesOf("h\x05"));
  fails("damaged", /not UTF-8/, bytesOf("X", little(1, 4), "\xff"));
  fails("damaged", /cut off/, bytesOf("X", little(0xffffffff, 4), "a"));
  fails("damaged", /appends to a tuple/, bytesOf(")Na"));
  fails("damaged", /protocol above 5/, bytesOf("\x80\x09"));
  assert.throws(() => unpickle(new Uint8Array(), host), /cut off/);
  assert.throws(() => unpickle(bytesOf("cos\nsys"), host), /cut off/);
});

Deno.test("unpickle() of a memo bomb takes as little as its bytes", () => {
  // x = [x, x] two hundred times over: 2^200 leaves if anybody walked it.
  const body = bytesOf("]q\x00", ...Array.from({ length: 200 }, () => "](h\x00h\x00eq\x00"));
  const before = performance.now();
  let value = read(body) as unknown[];
  for (let depth = 0; depth < 200; depth++) value = value[0] as unknown[];
  assert.deepEqual(value, []);
  assert.ok(performance.now() - before < 1000);
});

Deno.test("unpickle() nests as deep as the pickle without running out of stack", () => {
  const depth = 200_000;
  assert.ok(Array.isArray(read(bytesOf("]".repeat(depth), "a".repeat(depth - 1)))));
});

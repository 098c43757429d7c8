/** Tests of the binding: values, attributes, errors, handles. */
import assert from "node:assert/strict";
import {
  AttrType,
  DType,
  EagerContext,
  NativeBinding,
  type NativeLibrary,
  type OpAttribute,
  type OpTarget,
  type TensorData,
  TensorMetadata,
} from "../../../../core/engine/native/mod.ts";
import { nativeTest, residentMegabytes } from "./_native.ts";

const open = (library: NativeLibrary) => new NativeBinding(new EagerContext(library, { gpus: 0 }));
const type = (value: number, name = "T"): OpAttribute => ({ name, type: AttrType.TYPE, value });
const FLOAT = [type(DType.FLOAT)];
const text = (value: string) => new TextEncoder().encode(value);
const values = (binding: NativeBinding, id: number): unknown => binding.tensorDataSync(id);

nativeTest("executeOp() gives id, shape, type and values of the result", (library) => {
  using binding = open(library);
  const x = binding.createTensor([2, 2], DType.FLOAT, new Float32Array([1, 2, 3, 4]));
  const [sum] = binding.executeOp("MatMul", FLOAT, [x, x], 1);
  assert.deepEqual(sum!.shape, [2, 2]);
  assert.equal(sum!.dtype, DType.FLOAT);
  assert.deepEqual(values(binding, sum!.id), new Float32Array([7, 10, 15, 22]));
});

nativeTest("executeOp() gives every result of an op with several", (library) => {
  using binding = open(library);
  const x = binding.createTensor([4], DType.INT32, new Int32Array([5, 7, 5, 9]));
  const [unique, indices] = binding.executeOp(
    "Unique",
    [type(DType.INT32), type(DType.INT32, "out_idx")],
    [x],
    2,
  );
  assert.deepEqual(values(binding, unique!.id), new Int32Array([5, 7, 9]));
  assert.deepEqual(values(binding, indices!.id), new Int32Array([0, 1, 0, 2]));
});

nativeTest("tensors of every type come back as they were written", (library) => {
  using binding = open(library);
  const cases: [number, TensorData][] = [
    [DType.FLOAT, new Float32Array([0, -1.5, Infinity])],
    [DType.DOUBLE, new Float64Array([0, -1.5, 1e300])],
    [DType.INT32, new Int32Array([0, -7, 2 ** 31 - 1])],
    [DType.UINT32, new Uint32Array([0, 7, 2 ** 32 - 1])],
    [DType.INT16, new Int16Array([0, -7, 32767])],
    [DType.UINT16, new Uint16Array([0, 7, 65535])],
    [DType.INT8, new Int8Array([0, -7, 127])],
    [DType.UINT8, new Uint8Array([0, 7, 255])],
    [DType.BOOL, new Uint8Array([0, 1, 1])],
    [DType.HALF, new Uint16Array([0, 0x3c00, 0xfc00])],
    [DType.BFLOAT16, new Uint16Array([0, 0x3f80, 0xff80])],
    [DType.INT64, new BigInt64Array([0n, -7n, 2n ** 62n])],
    [DType.UINT64, new BigUint64Array([0n, 7n, 2n ** 63n])],
    [DType.STRING, [text(""), text("short"), text("täglich ".repeat(1000))]],
  ];
  for (const [dtype, data] of cases) {
    const id = binding.createTensor([3], dtype, data);
    assert.deepEqual(values(binding, id), data, `type ${dtype}`);
  }
  const complex = binding.createTensor([1], DType.COMPLEX64, new Float32Array([1, -2]));
  assert.deepEqual(values(binding, complex), new Float32Array([1, -2]));
});

nativeTest("int64 tensors take pairs of halves, as tfjs-node writes them", (library) => {
  using binding = open(library);
  const id = binding.createTensor([2], DType.INT64, new Int32Array([5, 0, -1, -1]));
  assert.deepEqual(values(binding, id), new BigInt64Array([5n, -1n]));
});

nativeTest("tensors may have no elements, no axes, or lie in shared memory", (library) => {
  using binding = open(library);
  const empty = binding.createTensor([0, 3], DType.FLOAT, new Float32Array(0));
  assert.deepEqual(values(binding, empty), new Float32Array(0));
  const scalar = binding.createTensor([], DType.FLOAT, new Float32Array([4]));
  assert.deepEqual(binding.executeOp("Neg", FLOAT, [scalar], 1)[0]!.shape, []);
  const shared = new Float32Array(new SharedArrayBuffer(8));
  shared.set([1, 2]);
  const id = binding.createTensor([2], DType.FLOAT, shared);
  assert.deepEqual(values(binding, id), new Float32Array([1, 2]));
});

nativeTest("createTensor() refuses values that do not fill the shape", (library) => {
  using binding = open(library);
  assert.throws(
    () => binding.createTensor([3], DType.FLOAT, new Float32Array(2)),
    /shape \[3\] .* takes 12 bytes, received 8 \(Float32Array of 2\)/,
  );
  assert.throws(() => binding.createTensor([2], DType.STRING, [text("one")]), /takes 2 strings/);
  assert.equal(binding.getNumOfTensors(), 0);
});

nativeTest("attributes of every kind reach the op", (library) => {
  using binding = open(library);
  const list = (data: number[]) =>
    binding.createTensor([data.length], DType.INT32, new Int32Array(data));
  const image = binding.createTensor([1, 2, 2, 1], DType.FLOAT, new Float32Array([1, 2, 3, 4]));
  // list(int), string, type
  const [pooled] = binding.executeOp(
    "MaxPool",
    [
      ...FLOAT,
      { name: "ksize", type: AttrType.INT, value: [1, 2, 2, 1] },
      { name: "strides", type: AttrType.INT, value: [1, 2, 2, 1] },
      { name: "padding", type: AttrType.STRING, value: "VALID" },
      { name: "data_format", type: AttrType.STRING, value: "NHWC" },
    ],
    [image],
    1,
  );
  assert.deepEqual(values(binding, pooled!.id), new Float32Array([4]));
  // float
  const [leaky] = binding.executeOp(
    "LeakyRelu",
    [
      ...FLOAT,
      { name: "alpha", type: AttrType.FLOAT, value: 0.5 },
    ],
    [binding.createTensor([1], DType.FLOAT, new Float32Array([-3]))],
    1,
  );
  assert.deepEqual(values(binding, leaky!.id), new Float32Array([-1.5]));
  // bool
  const [sum] = binding.executeOp(
    "Sum",
    [
      ...FLOAT,
      type(DType.INT32, "Tidx"),
      { name: "keep_dims", type: AttrType.BOOL, value: true },
    ],
    [image, list([1, 2])],
    1,
  );
  assert.deepEqual(sum!.shape, [1, 1, 1, 1]);
  // int
  const [blocks] = binding.executeOp(
    "SpaceToDepth",
    [
      ...FLOAT,
      { name: "block_size", type: AttrType.INT, value: 2 },
    ],
    [image],
    1,
  );
  assert.deepEqual(blocks!.shape, [1, 1, 1, 4]);
  // list(float)
  const [bucket] = binding.executeOp(
    "Bucketize",
    [
      ...FLOAT,
      { name: "boundaries", type: AttrType.FLOAT, value: [1.5, 3.5] },
    ],
    [image],
    1,
  );
  assert.deepEqual(values(binding, bucket!.id), new Int32Array([0, 1, 1, 2]));
  // shape
  const [variable] = binding.executeOp(
    "VarHandleOp",
    [
      type(DType.FLOAT, "dtype"),
      { name: "shape", type: AttrType.SHAPE, value: [2, 3] },
    ],
    [],
    1,
  );
  const [shape] = binding.executeOp("VariableShape", [type(DType.INT32, "out_type")], [
    (binding.executeOp("AssignVariableOp", [type(DType.FLOAT, "dtype")], [
      variable!.id,
      binding.createTensor([2, 3], DType.FLOAT, new Float32Array(6)),
    ], 0),
      variable!.id),
  ], 1);
  assert.deepEqual(values(binding, shape!.id), new Int32Array([2, 3]));
  assert.ok((values(binding, variable!.id) as Uint8Array).length > 0); // a resource reads as bytes
  // list(type), list(shape)
  const [queue] = binding.executeOp(
    "FIFOQueueV2",
    [
      { name: "component_types", type: AttrType.TYPE, value: [DType.FLOAT, DType.INT32] },
      { name: "shapes", type: AttrType.SHAPE, value: [[2], []] },
    ],
    [],
    1,
  );
  assert.throws(
    () =>
      binding.executeOp("QueueEnqueueV2", [
        { name: "Tcomponents", type: AttrType.TYPE, value: [DType.FLOAT, DType.INT32] },
      ], [
        queue!.id,
        binding.createTensor([3], DType.FLOAT, new Float32Array(3)),
        binding.createTensor([], DType.INT32, new Int32Array(1)),
      ], 0),
    /\[3\].*\[2\]|\[2\].*\[3\]/,
  );
  // list(string)
  const [ragged] = binding.executeOp("RaggedTensorToTensor", [
    ...FLOAT,
    type(DType.INT32, "Tindex"),
    type(DType.INT32, "Tshape"),
    { name: "num_row_partition_tensors", type: AttrType.INT, value: 1 },
    { name: "row_partition_types", type: AttrType.STRING, value: ["ROW_SPLITS"] },
  ], [
    list([2, 2]),
    binding.createTensor([3], DType.FLOAT, new Float32Array([1, 2, 3])),
    binding.createTensor([], DType.FLOAT, new Float32Array([9])),
    list([0, 2, 3]),
  ], 1);
  assert.deepEqual(values(binding, ragged!.id), new Float32Array([1, 2, 3, 9]));
});

nativeTest("an attribute of the wrong kind is named", (library) => {
  using binding = open(library);
  const x = binding.createTensor([1], DType.FLOAT, new Float32Array(1));
  const attempt = (attribute: OpAttribute) => () =>
    binding.executeOp("LeakyRelu", [...FLOAT, attribute], [x], 1);
  assert.throws(
    attempt({ name: "alpha", type: AttrType.FLOAT, value: "much" }),
    /attribute alpha must be a number, received string/,
  );
  assert.throws(attempt({ name: "alpha", type: 77, value: 1 }), /alpha has the unknown kind 77/);
});

nativeTest("errors carry the op's name and TensorFlow's message", (library) => {
  using binding = open(library);
  const a = binding.createTensor([2], DType.FLOAT, new Float32Array(2));
  const b = binding.createTensor([3], DType.FLOAT, new Float32Array(3));
  assert.throws(() => binding.executeOp("AddV2", FLOAT, [a, b], 1), {
    name: "NativeError",
    message: /^AddV2: .*Incompatible shapes: \[2\] vs\. \[3\]/,
    code: 3,
  });
  assert.throws(() => binding.executeOp("NoSuchOp", FLOAT, [a], 1), /^NativeError: NoSuchOp: /);
  assert.throws(() => binding.executeOp("Neg", FLOAT, [99], 1), /tensor 99 does not exist/);
  assert.throws(() => binding.deleteTensor(99), /tensor 99 does not exist/);
  assert.throws(() => binding.loadSavedModel(), /loadSavedModel\(\) is not supported/);
  assert.equal(binding.getNumOfTensors(), 2);
  // and the binding goes on working
  assert.deepEqual(binding.executeOp("Neg", FLOAT, [a], 1)[0]!.shape, [2]);
});

nativeTest("2000 ops leave neither handles nor memory behind", (library) => {
  using binding = open(library);
  const x = binding.createTensor([512, 512], DType.FLOAT, new Float32Array(512 * 512));
  const once = () => {
    const [y] = binding.executeOp("Neg", FLOAT, [x], 1);
    binding.deleteTensor(y!.id);
  };
  for (let i = 0; i < 20; i++) once();
  const before = residentMegabytes();
  for (let i = 0; i < 2000; i++) once();
  assert.equal(binding.getNumOfTensors(), 1);
  // Every result has 1 MB: a leak would hold 2000 MB.
  assert.ok(residentMegabytes() - before < 100, `${residentMegabytes() - before} MB more`);
});

nativeTest("string tensors, reads and failed ops leave no memory behind", (library) => {
  using binding = open(library);
  const long = new Uint8Array(1 << 20).fill(65);
  const a = binding.createTensor([256, 1024], DType.FLOAT, new Float32Array(1 << 18));
  const once = () => {
    const id = binding.createTensor([1], DType.STRING, [long]);
    binding.tensorDataSync(id);
    binding.deleteTensor(id);
    assert.throws(() => binding.executeOp("MatMul", FLOAT, [a, a], 1));
    binding.tensorDataSync(a);
  };
  for (let i = 0; i < 20; i++) once();
  const before = residentMegabytes();
  for (let i = 0; i < 400; i++) once();
  assert.equal(binding.getNumOfTensors(), 1);
  assert.ok(residentMegabytes() - before < 150, `${residentMegabytes() - before} MB more`);
});

nativeTest("a copy of a string tensor outlives the original", (library) => {
  using binding = open(library);
  const long = text("long enough to lie on the heap ".repeat(10));
  const id = binding.createTensor([1], DType.STRING, [long]);
  const [copy] = binding.executeOp("Identity", [type(DType.STRING)], [id], 1);
  binding.deleteTensor(id);
  assert.deepEqual(values(binding, copy!.id), [long]);
});

nativeTest("executeOpAsync() lets the event loop go on, and inputs be deleted", async (library) => {
  using binding = open(library);
  const n = 1500;
  const x = binding.createTensor([n, n], DType.FLOAT, new Float32Array(n * n).fill(1));
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const pending = binding.executeOpAsync("MatMul", FLOAT, [x, x], 1);
  binding.deleteTensor(x);
  const [product] = await pending;
  clearInterval(timer);
  assert.ok(ticks > 0, "no timer ran while the op was computed");
  assert.equal((await binding.tensorData(product!.id) as Float32Array)[5], n);
  await assert.rejects(
    binding.executeOpAsync("MatMul", FLOAT, [
      product!.id,
      binding.createTensor([1, 1], DType.FLOAT, new Float32Array(1)),
    ], 1),
    /^NativeError: MatMul: /,
  );
});

nativeTest("tensorData() reads a tensor that is deleted meanwhile", async (library) => {
  using binding = open(library);
  const id = binding.createTensor([2], DType.FLOAT, new Float32Array([1, 2]));
  const pending = binding.tensorData(id);
  binding.deleteTensor(id);
  assert.deepEqual(await pending, new Float32Array([1, 2]));
});

nativeTest("redirect() sends ops, tensors and reads to the target, and ends", (library) => {
  using binding = open(library);
  const seen: string[] = [];
  const target: OpTarget = {
    executeOp(name) {
      seen.push(name);
      return [new TensorMetadata(1000, [2], DType.FLOAT)];
    },
    createTensor: () => (seen.push("create"), 1001),
    deleteTensor: (id) => void seen.push(`delete ${id}`),
    tensorDataSync: () => (seen.push("read"), new Float32Array([3])),
  };
  assert.equal(binding.redirect(target), undefined);
  const x = binding.createTensor([1], DType.FLOAT, new Float32Array(1));
  const [y] = binding.executeOp("Neg", FLOAT, [x], 1);
  binding.tensorDataSync(y!.id);
  binding.deleteTensor(y!.id);
  assert.deepEqual(seen, ["create", "Neg", "read", "delete 1000"]);
  assert.equal(binding.getNumOfTensors(), 0);
  assert.equal(binding.redirect(undefined), target);
  binding.createTensor([1], DType.FLOAT, new Float32Array(1));
  assert.equal(binding.getNumOfTensors(), 1);
});

nativeTest("a disposed binding holds nothing and says so", (library) => {
  const binding = open(library);
  const id = binding.createTensor([1], DType.FLOAT, new Float32Array(1));
  binding[Symbol.dispose]();
  binding[Symbol.dispose]();
  assert.equal(binding.getNumOfTensors(), 0);
  binding.deleteTensor(id); // gone already
  assert.throws(() => binding.tensorDataSync(id), /used after the engine was disposed/);
});

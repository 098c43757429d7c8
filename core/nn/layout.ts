/**
 * How a parameter lies in files (PyTorch) and on the device (TensorFlow).
 *
 * Every difference between the two is of one kind: view the PyTorch array with some shape, permute its axes, view it with
 * the device's shape. TensorFlow's axes are HWIO for convolutions and (in, out) for linear layers.
 *
 * @module
 */

/** A layout: a view of the PyTorch array, a permutation, and the resulting shape on the device. */
export interface Layout {
  /** Shape that the PyTorch array is viewed with before its axes are permuted. */
  readonly view: readonly number[];
  /** Axis `i` on the device is axis `order[i]` of the view. */
  readonly order: readonly number[];
  /** Shape on the device; the same number of elements. */
  readonly shape: readonly number[];
}

/** The same in files and on the device. */
export function plain(shape: readonly number[]): Layout {
  return { view: shape, order: shape.map((_, i) => i), shape };
}

/** Transposed convolution: (in, out, kh, kw) to `[kh, kw, out, in]`. */
export function conv2dTransposeLayout(shape: readonly number[]): Layout {
  return permuted(shape, [2, 3, 1, 0]);
}

/** Depthwise convolution: (channels · multiplier, 1, kh, kw) to `[kh, kw, channels, multiplier]`. */
export function depthwiseLayout(shape: readonly number[], channels: number): Layout {
  const [out, , kh, kw] = shape as [number, number, number, number];
  return permuted([channels, out / channels, kh, kw], [2, 3, 0, 1]);
}

/** Linear layer: (out, in) to `[in, out]`. */
export function linearLayout(shape: readonly number[]): Layout {
  return permuted(shape, [1, 0]);
}

/**
 * Convolution: (out, in, kh, kw) to `[kh, kw, in, out]`, where a pixel shuffle by `scale` follows (1: none). PyTorch's shuffle takes channel c·s·s + i·s + j to
 * pixel (i, j), TensorFlow's `depthToSpace` takes (i·s + j)·C + c; with the output channels in the latter order on the
 * device, the shuffle is one operation.
 */
export function conv2dLayout(shape: readonly number[], scale = 1): Layout {
  const [out, inner, kh, kw] = shape as [number, number, number, number];
  const view = [out / scale ** 2, scale, scale, inner, kh, kw];
  return { ...permuted(view, [4, 5, 3, 1, 2, 0]), shape: [kh, kw, inner, out] };
}

/** Bias of a convolution that a pixel shuffle by `scale` follows. */
export function conv2dBiasLayout(shape: readonly number[], scale = 1): Layout {
  const view = [shape[0]! / scale ** 2, scale, scale];
  return { ...permuted(view, [1, 2, 0]), shape };
}

/** Copies an array from PyTorch's order to the device's. */
export function toDevice<T extends Float32Array | Int32Array>(data: T, layout: Layout): T {
  return permute(data, layout.view, layout.order);
}

/** Copies an array from the device's order to PyTorch's. */
export function toTorch<T extends Float32Array | Int32Array>(data: T, layout: Layout): T {
  const inverse = layout.order.map((_, axis) => layout.order.indexOf(axis));
  return permute(data, layout.order.map((axis) => layout.view[axis]!), inverse);
}

function permuted(view: readonly number[], order: readonly number[]): Layout {
  return { view, order, shape: order.map((axis) => view[axis]!) };
}

/**
 * Row-major transpose: walks the result in order, row by row, and keeps the index of a row's first element in the source up
 * to date like an odometer.
 */
function permute<T extends Float32Array | Int32Array>(
  source: T,
  shape: readonly number[],
  order: readonly number[],
): T {
  const result = source.slice() as T;
  const axes = order.filter((axis) => shape[axis] !== 1);
  const rank = axes.length;
  if (axes.every((axis, i) => i === 0 || axis > axes[i - 1]!)) return result;
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  const sizes = axes.map((axis) => shape[axis]!);
  const steps = axes.map((axis) => strides[axis]!);
  const at = new Array<number>(rank).fill(0);
  const length = sizes[rank - 1]!, step = steps[rank - 1]!;
  let row = 0;
  for (let i = 0; i < result.length;) {
    for (let n = 0, from = row; n < length; n++, from += step) result[i++] = source[from]!;
    for (let axis = rank - 2; axis >= 0; axis--) {
      row += steps[axis]!;
      if (++at[axis]! < sizes[axis]!) break;
      row -= steps[axis]! * sizes[axis]!;
      at[axis] = 0;
    }
  }
  return result;
}

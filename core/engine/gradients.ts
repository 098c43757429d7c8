/**
 * Gradients that TensorFlow.js lacks, for every engine.
 *
 * @module
 */
import type * as tfc from "@tensorflow/tfjs-core";
import { registerConvSecondGradients } from "./kernels/conv_second_gradients.ts";
import { type Tensor, type Tensor4D, tf } from "./tf.ts";

let registered = false;

/** Registers them with TensorFlow.js, once; engines call this after they have loaded it. */
export function registerGradients(): void {
  if (registered) return;
  registered = true;
  orderTape();
  registerConvSecondGradients();
  tf.registerGradient({
    kernelName: "DepthToSpace",
    gradFunc: (dy, _saved, attributes) => {
      const { blockSize, dataFormat } = attributes as unknown as tfc.DepthToSpaceAttrs;
      if (dataFormat !== "NHWC") {
        throw new RangeError(`the gradient of DepthToSpace takes NHWC, received ${dataFormat}`);
      }
      return { x: () => spaceToDepth(dy as Tensor4D, blockSize) };
    },
  });
  tf.registerGradient({
    kernelName: "SpaceToDepth",
    gradFunc: (dy, _saved, { blockSize }) => ({
      x: () => tf.depthToSpace(dy as Tensor4D, Number(blockSize), "NHWC"),
    }),
  });
}

/** What of TensorFlow.js's engine is changed here. */
interface TapeEngine {
  readonly state: {
    readonly activeTape: {
      readonly inputs: Readonly<Record<string, Tensor>>;
      readonly outputs: readonly Tensor[];
    }[];
  };
  addTapeNode(...args: unknown[]): void;
}

/**
 * Puts every op on the tape before the copies of its results. TensorFlow.js records a result that an op keeps for its
 * gradient first and then the op, so that a gradient of a gradient does not see that it depends on the op's input: those
 * of tanh, sigmoid, exp, softmax and others came out wrong.
 */
function orderTape(): void {
  const engine = tf.engine() as unknown as TapeEngine;
  const { addTapeNode } = engine;
  engine.addTapeNode = (...args) => {
    addTapeNode.apply(engine, args);
    const { activeTape } = engine.state;
    const node = activeTape.at(-1)!;
    const copiesResult = (index: number): boolean =>
      Object.values(activeTape[index]!.inputs).some((input) => node.outputs.includes(input));
    let at = activeTape.length - 1;
    while (at > 0 && copiesResult(at - 1)) at--;
    activeTape.splice(at, 0, activeTape.pop()!);
  };
}

/**
 * Moves blocks of pixels into channels, `[n, h * b, w * b, c]` to `[n, h, w, b * b * c]`: the inverse of
 * `tf.depthToSpace`.
 *
 * @throws {RangeError} If height or width are no multiples of `blockSize`.
 */
export function spaceToDepth(x: Tensor4D, blockSize: number): Tensor4D {
  const [, height, width] = x.shape;
  if (height % blockSize !== 0 || width % blockSize !== 0) {
    throw new RangeError(`spaceToDepth: ${height}x${width} is no multiple of ${blockSize}`);
  }
  if (blockSize === 1) return tf.clone(x);
  return tf.getKernel("SpaceToDepth", tf.getBackend())
    ? tf.engine().runKernel("SpaceToDepth", { x }, { blockSize }) as Tensor as Tensor4D
    : transposeBlocks(x, blockSize);
}

/** {@linkcode spaceToDepth} as a transposition. Rank 4 throughout, so that every engine can do it. */
export function transposeBlocks(x: Tensor4D, blockSize: number): Tensor4D {
  const [n, height, width, channels] = x.shape;
  const h = height / blockSize, w = width / blockSize;
  return tf.tidy(() => {
    // [n, h, (i), w, (j, c)] with n and h, j and c kept together.
    const rows = tf.reshape(x, [n * h, blockSize, w, blockSize * channels]);
    const blocks = tf.transpose(rows, [0, 2, 1, 3]);
    return tf.reshape(blocks, [n, h, w, blockSize * blockSize * channels]) as Tensor4D;
  });
}

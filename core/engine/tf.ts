/**
 * The one door to TensorFlow.js: a live binding that {@linkcode useTf} sets when an engine starts.
 *
 * Nothing imports TensorFlow.js statically, so that `--help`, option checks, data workers and checkpoint tools start
 * without it. Code that works on tensors writes `import { tf } from ".../core/engine/tf.ts"` and touches `tf` inside
 * functions only.
 *
 * @module
 */
import type * as tfjs from "@tensorflow/tfjs";

/** The namespace type of TensorFlow.js. */
export type TensorFlow = typeof tfjs;
/** A tensor of any rank. */
export type Tensor = tfjs.Tensor;
/** A matrix. */
export type Tensor2D = tfjs.Tensor2D;
/** A batch of matrices. */
export type Tensor3D = tfjs.Tensor3D;
/** A batch of feature maps or images, `[n, h, w, c]`. */
export type Tensor4D = tfjs.Tensor4D;
/** A tensor that training changes in place. */
export type Variable = tfjs.Variable;
/** A single number on the device. */
export type Scalar = tfjs.Scalar;
/** Anything that holds tensors: a tensor, an array or a record of them. */
export type TensorContainer = tfjs.TensorContainer;
/** Element types of tensors. */
export type DataType = tfjs.DataType;

const notStarted: TensorFlow = new Proxy({} as TensorFlow, {
  get(_target, key): never {
    throw new Error(
      `tf.${
        String(key)
      } was used before an engine was started: call startEngine() first, and touch tf inside functions only`,
    );
  },
});

/** TensorFlow.js, once an engine has started; until then every access throws. */
export let tf: TensorFlow = notStarted;

/** Loads TensorFlow.js (once) and sets {@linkcode tf}. Engines call this; nobody else needs to. */
export async function useTf(): Promise<TensorFlow> {
  if (tf === notStarted) {
    const loaded = await import("@tensorflow/tfjs");
    loaded.enableProdMode();
    tf = loaded;
  }
  return tf;
}

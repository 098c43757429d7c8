/**
 * Tests of penalties on gradients: WGAN-GP's, whose gradient goes through the gradient of a discriminator, against one
 * worked out in float64. The single ops are in the table of `conformance_test.ts`.
 */
import assert from "node:assert/strict";
import { compile } from "../../../../core/engine/compile.ts";
import { type Scalar, type Tensor, type Tensor4D, tf } from "../../../../core/engine/tf.ts";
import {
  Conv2d,
  type Image,
  leakyRelu,
  Linear,
  Module,
  PReLU,
  relu,
} from "../../../../core/nn/mod.ts";
import type { StateDict } from "../../../../core/weights/state_dict.ts";
import { nhwc } from "../../nn/_parity.ts";
import * as reference from "../../nn/_reference.ts";
import { forEachEngine } from "../_engines.ts";

/** Convolutions with stride and padding, with dilation, and with neither, each activation, a mean, a dense layer. */
class Discriminator extends Module<Tensor> {
  readonly conv1 = new Conv2d(2, 4, 4, { stride: 2, padding: 1 });
  readonly slopes = new PReLU(4);
  readonly conv2 = new Conv2d(4, 4, 3, { dilation: 2 });
  readonly conv3 = new Conv2d(4, 3, 3, { padding: 0, bias: false });
  readonly linear = new Linear(3, 1);

  override forward(x: Image): Tensor {
    const first = leakyRelu(this.conv1.forward(x), 0.2);
    const second = this.slopes.forward(this.conv2.forward(first)) as Image;
    return this.linear.forward(tf.mean(relu(this.conv3.forward(second)), [1, 2]));
  }

  /** mean((|dD(x)/dx| - 1)²) and its gradients with regard to all parameters that it depends on, by their keys. */
  readonly penalty = (x: Tensor4D): { value: Scalar; grads: Record<string, Tensor> } => {
    const parameters = [...this.namedParameters()];
    const { value, grads } = tf.variableGrads(() => {
      const slope = tf.grad((x) => tf.sum(this.forward(x as Image)) as Scalar)(x);
      const norm = tf.sqrt(tf.sum(tf.square(slope), [1, 2, 3]));
      return tf.mean(tf.square(tf.sub(norm, 1))) as Scalar;
    }, parameters.map(([, parameter]) => parameter.value));
    const reached = parameters.filter(([, { value }]) => grads[value.name]);
    return {
      value,
      grads: Object.fromEntries(reached.map(([key, { value }]) => [key, grads[value.name]!])),
    };
  };
}

/** The same penalty in float64. D is linear between its kinks, so that differences give its slope exactly. */
function penalty(weights: StateDict, x: reference.Plain): number {
  const at = (key: string): { shape: readonly number[]; data: Float64Array } => {
    const { shape, data } = weights.get(key)!;
    return { shape, data: Float64Array.from(data as Float64Array) };
  };
  const discriminate = (image: Float64Array): number => {
    const input = { shape: [1, ...x.shape.slice(1)], data: image };
    let y = reference.conv2d(input, at("conv1.weight"), at("conv1.bias").data, {
      stride: 2,
      padding: 1,
    });
    y = reference.map(y, (v) => v > 0 ? v : 0.2 * v);
    y = reference.conv2d(y, at("conv2.weight"), at("conv2.bias").data, { padding: 2, dilation: 2 });
    const slopes = at("slopes.weight").data, area = y.shape[2]! * y.shape[3]!;
    y = { ...y, data: y.data.map((v, i) => v > 0 ? v : slopes[Math.floor(i / area)]! * v) };
    y = reference.map(reference.conv2d(y, at("conv3.weight"), undefined), (v) => Math.max(v, 0));
    const last = y.shape[2]! * y.shape[3]!, dense = at("linear.weight").data;
    return y.data.reduce((sum, v, i) => sum + v / last * dense[Math.floor(i / last)]!, 0);
  };
  const count = x.shape[0]!, size = x.data.length / count, h = 1e-3;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const image = x.data.slice(i * size, (i + 1) * size);
    let squares = 0;
    for (let j = 0; j < size; j++) {
      const moved = (step: number): number => discriminate(image.with(j, image[j]! + step));
      squares += ((moved(h) - moved(-h)) / (2 * h)) ** 2;
    }
    sum += (Math.sqrt(squares) - 1) ** 2;
  }
  return sum / count;
}

/** (p(w + h v) - p(w - h v)) / 2h for the weights of one key. */
function difference(weights: StateDict, x: reference.Plain, key: string, v: Float32Array): number {
  const h = 1e-4, { shape, data } = weights.get(key)!;
  const moved = (step: number): number => {
    const sum = Float64Array.from(v, (d, i) => Number(data[i]) + step * d);
    return penalty(new Map(weights).set(key, { shape, dtype: "F64", data: sum }), x);
  };
  return (moved(h) - moved(-h)) / (2 * h);
}

await forEachEngine(
  "the gradient of WGAN-GP's penalty is that of float64",
  async (_engine, test) => {
    const net = new Discriminator();
    for (const [i, parameter] of net.parameters().entries()) {
      parameter.write(reference.random(parameter.shape, 10 + i).data);
    }
    const dict = await net.stateDict();
    const image = reference.random([2, 2, 8, 8], 1);
    const plain = { shape: image.shape, data: Float64Array.from(image.data) };
    const wanted = penalty(dict, plain);
    const x = nhwc(image);
    const compiled = compile(net.penalty, { name: "penalty" });
    for (const [how, run] of [["eager", net.penalty], ["compiled", compiled]] as const) {
      await test.step(how, async () => {
        const { value, grads } = await run(x);
        const [got] = await value.data();
        assert(Math.abs(got! - wanted) < 1e-5 * wanted, `${got} instead of ${wanted}`);
        for (const [i, [key, parameter]] of [...net.namedParameters()].entries()) {
          const v = reference.random(parameter.shape, 20 + i).data;
          const numeric = difference(dict, plain, key, v);
          // Between its kinks D(x) has the same slope whatever the biases are.
          assert.equal(grads[key] === undefined, key.endsWith("bias"), key);
          if (grads[key] === undefined) {
            assert(Math.abs(numeric) < 1e-7, `${key}: ${numeric}`);
            continue;
          }
          // Writing the gradient into the parameter and reading it back undoes the device's layout.
          parameter.value.assign(grads[key]);
          const gradient = (await parameter.read()).data;
          parameter.write(dict.get(key)!.data as Float32Array);
          let analytic = 0, size = 0;
          for (const [j, d] of v.entries()) {
            analytic += Number(gradient[j]) * d;
            size += Math.abs(Number(gradient[j]) * d);
          }
          assert(size > 0.01, key);
          assert(Math.abs(analytic - numeric) < 1e-5 * size, `${key}: ${analytic} not ${numeric}`);
        }
      });
    }
    compiled.dispose();
  },
);

/**
 * The blocks of OmniSR.
 *
 * Origin: Omni-SR (https://github.com/Francis0625/Omni-SR, Apache-2.0): keys and arithmetic.
 *
 * @module
 */
import { addSame, scaleChannels } from "../../core/engine/ops.ts";
import { type Tensor3D, type Tensor4D, tf } from "../../core/engine/tf.ts";
import {
  channelAttention,
  constant,
  Conv2d,
  fromHeads,
  GELU,
  gelu,
  globalAvgPool,
  HeadsAttention,
  type Image,
  interpolate,
  LayerNorm,
  Linear,
  maxPool2d,
  Module,
  normal,
  Parameter,
  positionBias,
  relativePositionIndex,
  Sequential,
  sigmoid,
  toHeads,
  type WindowSize,
} from "../../core/nn/mod.ts";

/** Heads of all attention. */
const HEADS = 4;

/** A group: blocks, a convolution, a skip around them, and a gate for each pixel and channel. */
export class OSAG extends Module<Image> {
  private readonly residual_layer: Sequential;
  private readonly esa: ESA;

  /** Creates it for `dim` channels with `blocks` blocks. */
  constructor(dim: number, blocks: number, window: number, pe: boolean, bias: boolean) {
    super();
    this.residual_layer = new Sequential(
      ...Array.from({ length: blocks }, () => new OSABlock(dim, window, pe)),
      new Conv2d(dim, dim, 1, { bias }),
    );
    this.esa = new ESA(dim, Math.max(Math.floor(dim / 4), 16));
  }

  /** `[n, h, w, dim]` to the same. */
  override forward(x: Image): Image {
    return this.esa.forward(addSame(this.residual_layer.forward(x), x));
  }
}

/** Enhanced spatial attention: gates made at a lower resolution. Needs 15 pixels each way. */
class ESA extends Module<Image> {
  readonly conv1: Conv2d;
  readonly conv_f: Conv2d;
  readonly conv2: Conv2d;
  readonly conv3: Conv2d;
  readonly conv4: Conv2d;

  constructor(dim: number, inner: number) {
    super();
    this.conv1 = new Conv2d(dim, inner, 1);
    this.conv_f = new Conv2d(inner, inner, 1);
    this.conv2 = new Conv2d(inner, inner, 3, { stride: 2, padding: 0 });
    this.conv3 = new Conv2d(inner, inner, 3);
    this.conv4 = new Conv2d(inner, dim, 1);
  }

  override forward(x: Image): Image {
    const [, h, w] = x.shape;
    const c1 = this.conv1.forward(x);
    const coarse = this.conv3.forward(maxPool2d(this.conv2.forward(c1), 7, 3));
    const fine = interpolate(coarse, [h, w], { mode: "bilinear" });
    return tf.mul(x, sigmoid(this.conv4.forward(addSame(fine, this.conv_f.forward(c1)))));
  }
}

/** Convolutions, then attention among pixels and among channels, of blocks and of grids, each followed by a perceptron. */
class OSABlock extends Module<Image> {
  readonly layer: Sequential;

  constructor(dim: number, window: number, pe: boolean) {
    super();
    const gated = () => new PreNorm(dim, 1e-6, new GatedFeedForward(dim));
    // PyTorch's numbers: 1, 3, 7 and 9 move pixels there.
    this.layer = new Sequential(
      new MBConv(dim),
      undefined,
      new PreNorm(dim, 1e-5, new PixelAttention(dim, window, pe, false)),
      undefined,
      gated(),
      new PreNorm(dim, 1e-6, new ChannelAttention(dim, window, false)),
      gated(),
      undefined,
      new PreNorm(dim, 1e-5, new PixelAttention(dim, window, pe, true)),
      undefined,
      gated(),
      new PreNorm(dim, 1e-6, new ChannelAttention(dim, window, true)),
      gated(),
    );
  }

  override forward(x: Image): Image {
    return this.layer.forward(x);
  }
}

/** A norm, something else, and a skip around both. */
class PreNorm extends Module<Image> {
  readonly norm: LayerNorm;
  readonly fn: Module<Image>;

  constructor(dim: number, eps: number, fn: Module<Image>) {
    super();
    this.norm = new LayerNorm(dim, { eps });
    this.fn = fn;
  }

  override forward(x: Image): Image {
    return addSame(this.fn.forward(this.norm.forward(x)), x);
  }
}

/** Inverted residual of the mobile kind, with gates for channels. */
class MBConv extends Module<Image> {
  readonly fn: Sequential;

  constructor(dim: number) {
    super();
    this.fn = new Sequential(
      new Conv2d(dim, dim, 1),
      new GELU(),
      new Conv2d(dim, dim, 3, { groups: dim }),
      new GELU(),
      new SqueezeExcitation(dim),
      new Conv2d(dim, dim, 1),
    );
  }

  override forward(x: Image): Image {
    return addSame(this.fn.forward(x), x);
  }
}

/** Scales each channel by a factor in (0, 1) that depends on the means of all channels. Keys `gate.1`, `gate.3`. */
class SqueezeExcitation extends Module<Image> {
  readonly gate: Sequential;

  constructor(dim: number) {
    super();
    const hidden = Math.floor(dim / 4);
    this.gate = new Sequential(
      undefined,
      new Linear(dim, hidden, { bias: false }),
      undefined,
      new Linear(hidden, dim, { bias: false }),
    );
  }

  override forward(x: Image): Image {
    const [squeeze, excite] = [...this.gate] as [Linear, Linear];
    const hidden = squeeze.forward(globalAvgPool(x));
    const gates = excite.forward(tf.mul(hidden, sigmoid(hidden))) as Image;
    return scaleChannels(x, sigmoid(gates));
  }
}

/** Perceptron of which one half of the hidden channels is the factor of the other. */
class GatedFeedForward extends Module<Image> {
  readonly project_in: Conv2d;
  readonly dwconv: Conv2d;
  readonly project_out: Conv2d;

  constructor(dim: number) {
    super();
    this.project_in = new Conv2d(dim, 2 * dim, 1, { bias: false });
    this.dwconv = new Conv2d(2 * dim, 2 * dim, 3, { groups: 2 * dim, bias: false });
    this.project_out = new Conv2d(dim, dim, 1, { bias: false });
  }

  override forward(x: Image): Image {
    const [a, b] = tf.split(this.dwconv.forward(this.project_in.forward(x)), 2, 3) as [
      Image,
      Image,
    ];
    return this.project_out.forward(tf.mul(gelu(a), b));
  }
}

/** A table with a row for each relative position. Key `weight`. */
class Embedding extends Module<Tensor4D> {
  readonly weight: Parameter;
  readonly #index: Int32Array;

  constructor(window: number) {
    super();
    this.weight = new Parameter([(2 * window - 1) ** 2, HEADS], normal(1));
    this.#index = relativePositionIndex([window, window]);
  }

  override forward(): Tensor4D {
    return positionBias(this.weight.value, tf.tensor1d(this.#index, "int32"));
  }
}

/** Attention among the pixels of a block, or of a grid that spans the image. */
class PixelAttention extends Module<Image> {
  readonly to_qkv: Linear;
  readonly to_out: Sequential;
  readonly rel_pos_bias: Embedding | undefined;
  readonly heads: HeadsAttention;
  readonly #window: number;
  readonly #grid: boolean;

  constructor(dim: number, window: number, pe: boolean, grid: boolean) {
    super();
    this.to_qkv = new Linear(dim, 3 * dim, { bias: false });
    this.to_out = new Sequential(new Linear(dim, dim, { bias: false }));
    this.rel_pos_bias = pe ? new Embedding(window) : undefined;
    this.heads = new HeadsAttention(Math.sqrt(HEADS / dim));
    this.#window = window;
    this.#grid = grid;
  }

  override forward(x: Image): Image {
    const [n, h, w] = x.shape;
    const size = this.#window, window = [size, size] as const;
    const bias = this.rel_pos_bias?.forward() ?? tf.zeros([HEADS, 1, 1, size ** 4]) as Tensor4D;
    const arranged = this.#grid ? regroup(x, window) : x;
    const qkv = this.to_qkv.forward(arranged) as Image;
    const [q, k, v] = toHeads(qkv, window, HEADS, 3) as [Tensor3D, Tensor3D, Tensor3D];
    const y = fromHeads(this.heads.forward(q, k, v, bias), window, HEADS, [n, h, w]);
    const out = this.to_out.forward(y);
    return this.#grid ? regroup(out, [h / size, w / size]) : out;
  }
}

/** Attention among the channels of a block, or of a grid that spans the image. */
class ChannelAttention extends Module<Image> {
  readonly temperature: Parameter;
  readonly qkv: Conv2d;
  readonly qkv_dwconv: Conv2d;
  readonly project_out: Conv2d;
  readonly #window: number;
  readonly #grid: boolean;

  constructor(dim: number, window: number, grid: boolean) {
    super();
    this.temperature = new Parameter([HEADS, 1, 1], constant(1));
    this.qkv = new Conv2d(dim, 3 * dim, 1, { bias: false });
    this.qkv_dwconv = new Conv2d(3 * dim, 3 * dim, 3, { groups: 3 * dim, bias: false });
    this.project_out = new Conv2d(dim, dim, 1, { bias: false });
    this.#window = window;
    this.#grid = grid;
  }

  override forward(x: Image): Image {
    const [, h, w] = x.shape;
    const window = [this.#window, this.#window] as const;
    const qkv = this.qkv_dwconv.forward(this.qkv.forward(x));
    if (!this.#grid) {
      return this.project_out.forward(channelAttention(qkv, window, this.temperature));
    }
    const counts = [h / this.#window, w / this.#window] as const;
    const mixed = channelAttention(regroup(qkv, counts), counts, this.temperature);
    return this.project_out.forward(regroup(mixed, window));
  }
}

/** Rows a·m + b to b·k + a where there are k times m of them, and columns likewise, with `[k, …]` given. */
function regroup(x: Image, [tall, wide]: WindowSize): Image {
  const [n, h, w, c] = x.shape;
  const rows = tf.transpose(tf.reshape(x, [n, tall, h / tall, w * c]), [0, 2, 1, 3]);
  const columns = tf.reshape(rows, [n * h, wide, w / wide, c]);
  return tf.reshape(tf.transpose(columns, [0, 2, 1, 3]), x.shape);
}

/**
 * The images of a batch on the device, and those of the next one that are put there ahead of their turn.
 *
 * @module
 */
import type { Batch } from "../data/dataset.ts";
import type { FloatImage } from "../data/image.ts";
import { type Tensor4D, tf } from "../engine/tf.ts";
import { ExitCode, UserError } from "../errors.ts";

/** Owns the tensors of the batch in use and of the staged one. */
export class DeviceBatch {
  readonly #images = new Map<string, Tensor4D>();
  #batch: Batch | undefined;
  #staged: { readonly batch: Batch; readonly images: ReadonlyMap<string, Tensor4D> } | undefined;

  /** Makes `batch` the one in use; what is there of the one before is released. */
  feed(batch: Batch): void {
    this.#release();
    if (this.#staged?.batch === batch) {
      for (const [name, image] of this.#staged.images) this.#images.set(name, image);
      this.#staged = undefined;
    } else {
      for (const [name, image] of imagesOf(batch)) this.#images.set(name, image);
    }
    this.#batch = batch;
  }

  /** Puts the images of a batch on the device ahead of {@linkcode DeviceBatch.feed}. */
  stage(batch: Batch): void {
    this.#releaseStaged();
    this.#staged = { batch, images: new Map(imagesOf(batch)) };
  }

  /** Whether the batch in use has images of this name. */
  has(name: string): boolean {
    return this.#images.has(name);
  }

  /**
   * Images of the batch in use, `[n, h, w, c]`; borrowed.
   *
   * @throws {UserError} DATA, if the data set does not give them.
   */
  get(name: string): Tensor4D {
    const tensor = this.#images.get(name);
    if (tensor !== undefined) return tensor;
    const from = Object.values(this.#batch?.paths ?? {})[0]?.[0];
    throw new UserError(
      `the data set gives no ${name} images${from ? ` (with ${from})` : ""}, this model needs them`,
      ExitCode.DATA,
    );
  }

  /** Keeps `image` under `name` until the next batch, in place of what was there; takes it over. */
  set(name: string, image: Tensor4D): void {
    this.#images.get(name)?.dispose();
    this.#images.set(name, image);
  }

  /** The first image of the batch as it was fed, `[h, w, c]`. */
  first(name: string): FloatImage | undefined {
    const image = this.#batch?.images[name];
    if (image === undefined) return undefined;
    const [, height, width, channels] = image.shape;
    return { width, height, channels, data: image.data.subarray(0, height * width * channels) };
  }

  /** Releases everything. */
  dispose(): void {
    this.#release();
    this.#releaseStaged();
  }

  #releaseStaged(): void {
    if (this.#staged) tf.dispose([...this.#staged.images.values()]);
    this.#staged = undefined;
  }

  #release(): void {
    tf.dispose([...this.#images.values()]);
    this.#images.clear();
    this.#batch = undefined;
  }
}

/** The images of a batch, on the device. */
function* imagesOf(batch: Batch): Generator<[string, Tensor4D]> {
  for (const [name, { shape, data }] of Object.entries(batch.images)) {
    yield [name, tf.tensor4d(data, [...shape])];
  }
}

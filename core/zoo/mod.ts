/**
 * The zoo: a catalogue of pretrained models, and how they are fetched.
 *
 * @module
 */
export { Catalogue, readCatalogue } from "./catalogue.ts";
export {
  byHand,
  download,
  type Downloaded,
  type DownloadOptions,
  type DownloadTarget,
  type Fetch,
} from "./download.ts";
export { type ResolveOptions, resolveWeights } from "./resolve.ts";
export type { ZooEntry, ZooNetwork, ZooScore } from "./schema.ts";
export { zooName } from "./spec.ts";
export { type Fetched, fetchModel, isHere, placeOf, zooFolder } from "./store.ts";

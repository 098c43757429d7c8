/**
 * SwinIRModel: SRModel for networks that compute in windows.
 *
 * Origin: BasicSR `basicsr/models/swinir_model.py`, which mirrors pictures to multiples of `network_g.window_size` when it
 * tests, and cuts the result. Networks do so themselves here, in training too, so that this is SRModel under the name that
 * options files have.
 *
 * @module
 */
import { MODEL_REGISTRY } from "../../core/registry.ts";
import { SRModel } from "./sr_model.ts";

/** See the module, and SRModel. */
@MODEL_REGISTRY.register()
export class SwinIRModel extends SRModel {}

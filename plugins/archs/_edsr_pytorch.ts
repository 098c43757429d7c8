/**
 * Names in the files of EDSR-PyTorch (https://github.com/sanghyun-son/EDSR-PyTorch, MIT) and of networks that grew there, RCAN's
 * among them, which BasicSR converts by `scripts/model_conversion/convert_models.py`.
 *
 * @module
 */
import { DIV2K_RGB_MEAN } from "../../core/nn/mod.ts";
import { hasAll, renamed } from "../../core/weights/signature.ts";
import type { StateDict } from "../../core/weights/state_dict.ts";

/**
 * The tensors under BasicSR's names: `head`, `tail` and what `inBody` says of names after `body.`. The shifts by the mean are
 * left out, as they are what the archs do by themselves; if a file has others, or is of another kind, it is returned as it is.
 *
 * @param inBody Gets the number after `body.` and the rest, and whether it is the last number.
 */
export function fromEdsrPytorch(
  dict: StateDict,
  inBody: (block: number, rest: string, isLast: boolean) => string | undefined,
): StateDict {
  if (!hasAll(dict, "head.0.weight", "tail.1.weight", "sub_mean.bias")) return dict;
  if (!isUsualShift(dict, "sub_mean", -255) || !isUsualShift(dict, "add_mean", 255)) return dict;
  const numbers = [...dict.keys()].map((key) => /^body\.(\d+)\./.exec(key)?.[1]);
  const last = Math.max(-1, ...numbers.map((number) => Number(number ?? -1)));
  return renamed(dict, (key) => {
    if (/^(sub|add)_mean\./.test(key)) return undefined;
    const [, block, rest] = /^body\.(\d+)\.(.+)$/.exec(key) ?? [];
    if (rest !== undefined) {
      return inBody(Number(block), rest, Number(block) === last) ?? key;
    }
    return key.replace(/^head\.0\./, "conv_first.").replace(/^tail\.1\./, "conv_last.")
      .replace(/^tail\.0\./, "upsample.");
  });
}

/** Whether the layer adds `range` times the mean of DIV2K to each colour and does nothing else. */
function isUsualShift(dict: StateDict, name: string, range: number): boolean {
  const [weight, bias] = ["weight", "bias"].map((kind) => dict.get(`${name}.${kind}`)?.data);
  return weight?.length === 9 && bias?.length === 3 &&
    [...weight].every((value, i) => Number(value) === (i % 4 === 0 ? 1 : 0)) &&
    // Files of half precision are within a tenth.
    [...bias].every((value, i) => Math.abs(Number(value) - range * DIV2K_RGB_MEAN[i]!) < 0.1);
}

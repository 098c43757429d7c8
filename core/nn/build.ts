/**
 * From an option block (`network_g`) to a network.
 *
 * @module
 */
import type { Tensor4D, TensorContainer } from "../engine/tf.ts";
import { ExitCode, UserError } from "../errors.ts";
import type { TypedOptions } from "../options/types.ts";
import { ARCH_REGISTRY } from "../registry.ts";
import { withInitSeed } from "./init.ts";
import type { Module } from "./module.ts";

/**
 * Builds the network that `options.type` names, with initial values drawn from `seed`, and puts it on the device. The
 * other keys are checked against the schema of the arch, which fills in its defaults; that a block has been through it
 * before does no harm. The network belongs to the caller.
 *
 * @param where Option key for messages, for example `network_g`.
 * @throws {UserError} If the type is unknown or an option is wrong.
 *
 * @example
 * ```ts ignore
 * const net = buildNetwork({ type: "EDSR", num_in_ch: 3, num_out_ch: 3, upscale: 2 }, 10);
 * ```
 */
export function buildNetwork<Out extends TensorContainer = Tensor4D>(
  options: TypedOptions,
  seed: number,
  where = "network",
): Module<Out> {
  const { type, ...block } = options;
  const entry = ARCH_REGISTRY.get(type, `${where}.type`);
  const checked = entry.options?.safeParse(block);
  if (checked?.success === false) {
    const lines = checked.error.issues.map((issue) =>
      `${[where, ...issue.path].join(".")}: ${issue.message}`
    );
    throw new UserError(lines.join("\n"), ExitCode.USAGE, { cause: checked.error });
  }
  const net = withInitSeed(seed, () => {
    try {
      return new entry.value(checked?.data ?? block);
    } catch (error) {
      // Constructors refuse what a schema cannot say; their messages start with the key.
      if (!(error instanceof RangeError)) throw error;
      throw new UserError(`${where}.${error.message}`, ExitCode.USAGE, { cause: error });
    }
  });
  // What `forward` returns is known to whoever names the type, as with any plugin.
  return net.materialize() as Module<Out>;
}

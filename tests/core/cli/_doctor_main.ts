/**
 * `doctor` as a program: the arguments are `--json`, and folders of plugins.
 *
 * @module
 */
import { runDoctor } from "../../../core/cli/doctor.ts";

const plugins = Deno.args.filter((arg) => arg !== "--json");
Deno.exit(await runDoctor({ flags: { json: Deno.args.includes("--json"), plugins }, words: [] }));

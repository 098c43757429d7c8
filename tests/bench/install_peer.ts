/**
 * Installs PyTorch and BasicSR into a virtual environment in the cache folder, by the user's Python and pip, or by uv.
 *
 * A mark is written at the end: what was interrupted, or has other versions than are pinned now, is made anew.
 *
 * @module
 */
import { report } from "../../core/cli/main.ts";
import { ExitCode, UserError } from "../../core/errors.ts";
import { BASICSR, peerEnvironment, REQUIREMENTS_FILE, wanted, WAYS_ON } from "./_peer_env.ts";

/** Programs that this one may start, besides the Python that it makes. */
export const INSTALLERS = ["python3.12", "python3.11", "python3", "python", "uv"] as const;

/** BasicSR's setup does not run on 3.13; the pinned numpy wants 3.11. */
const VERSION_CHECK =
  "import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))";

/** Makes the environment. */
async function install(): Promise<void> {
  const { folder, python, mark } = peerEnvironment();
  const base = await findPython();
  const uv = base === undefined && await succeeds(["uv", "--version"]);
  if (base === undefined && !uv) {
    fail("neither Python 3.11 or 3.12 with pip and venv, nor uv, was found on PATH to fetch it");
  }
  console.error(`Fetching PyTorch and BasicSR into ${folder}, some gigabytes, once`);
  const pip = base === undefined
    ? ["uv", "pip", "install", `--python=${python}`]
    : [python, "-m", "pip", "install", "--disable-pip-version-check"];
  // What is there is cleared away by these: Deno may not remove a folder that holds a program that it may run.
  await must(
    base === undefined
      ? ["uv", "venv", "--clear", "--python=3.12", folder]
      : [base, "-m", "venv", "--clear", folder],
  );
  await must([...pip, "-r", REQUIREMENTS_FILE]);
  await must([...pip, "--no-deps", "--no-build-isolation", BASICSR]);
  await Deno.writeTextFile(mark, wanted());
}

/** The first Python of a version that fits and that can make environments. */
async function findPython(): Promise<string | undefined> {
  for (const name of INSTALLERS) {
    if (name !== "uv" && await succeeds([name, "-c", VERSION_CHECK])) return name;
  }
  return undefined;
}

async function succeeds([program, ...args]: string[]): Promise<boolean> {
  try {
    const streams = { stdin: "null", stdout: "null", stderr: "null" } as const;
    return (await new Deno.Command(program!, { args, ...streams }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable) {
      return false;
    }
    throw error;
  }
}

/** Runs a command whose words the user sees. */
async function must([program, ...args]: string[]): Promise<void> {
  const streams = { stdin: "null", stdout: "inherit", stderr: "inherit" } as const;
  const { code } = await new Deno.Command(program!, { args, ...streams }).spawn().status;
  if (code !== 0) fail(`${[program, ...args].join(" ")} ended with code ${code}`);
}

function fail(why: string): never {
  throw new UserError(`PyTorch cannot be installed: ${why}; ${WAYS_ON}`, ExitCode.ENVIRONMENT);
}

if (import.meta.main) {
  try {
    await install();
  } catch (error) {
    Deno.exitCode = report(error, false);
  }
}

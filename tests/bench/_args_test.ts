import { UserError } from "../../core/errors.ts";
import { benchHelp, parseBench } from "./_args.ts";
import { WORKS } from "./_work.ts";
import assert from "node:assert/strict";

Deno.test("without flags everything is measured, twelve turns each", async () => {
  const options = await parseBench([]);
  assert.deepEqual(options.works, WORKS);
  assert.deepEqual(options.precisions, ["fp32", "bf16"]);
  assert.equal(options.steps, 12);
  assert.equal(options.quick || options.force || options.oursOnly, false);
});

Deno.test("works are measured in the order of the table, precisions as they are asked for", async () => {
  const options = await parseBench(["--work", "data,edsr", "--precision=bf16,fp32"]);
  assert.deepEqual(options.works.map(({ name }) => name), ["edsr", "data"]);
  assert.deepEqual(options.precisions, ["bf16", "fp32"]);
});

Deno.test("a wrong word on the command line is named, with the nearest right one", async () => {
  await assert.rejects(parseBench(["--work", "edr"]), (error) => {
    assert(error instanceof UserError);
    assert.match(error.message, /--work "edr" is unknown, did you mean "edsr"\?/);
    return true;
  });
  await assert.rejects(parseBench(["--precision", "int8"]), /it is one of fp32, bf16/);
  await assert.rejects(parseBench(["--fast"]), /unknown flag --fast/);
});

Deno.test("fewer turns than a median wants are refused", async () => {
  for (const steps of ["9", "10.5", "many", "-3"]) {
    await assert.rejects(parseBench([`--steps=${steps}`]), UserError, steps);
  }
  assert.equal((await parseBench(["--steps", "10"])).steps, 10);
});

Deno.test("the help text names the task and every work", () => {
  const help = benchHelp().replaceAll(/\s+/g, " ");
  assert.match(help, /^Usage: deno task bench \[FLAGS\]/);
  for (const { name } of WORKS) assert(help.includes(name), name);
});

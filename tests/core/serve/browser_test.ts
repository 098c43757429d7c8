import { browserTest } from "./_browser_run.ts";

browserTest(
  "the page does in a browser what it is there for, in a process of its own",
  "tests/core/serve/_browser_cases.ts",
  4,
);

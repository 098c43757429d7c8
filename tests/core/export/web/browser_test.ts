import { browserTest } from "../../serve/_browser_run.ts";

browserTest(
  "the exported page restores pictures in a browser, with and without network",
  "tests/core/export/web/_browser_cases.ts",
  3,
);

/**
 * The schema library (zod 4) under one address: plugins write `import { z } from "<rel>/core/options/zod.ts"`, so that
 * they need no entry of their own in an import map.
 *
 * @module
 */
export { z } from "zod";

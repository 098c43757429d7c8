/**
 * Names for the schema library's types, so that public signatures refer to documented types of our own.
 *
 * @module
 */
import type * as zod from "zod";

/** A schema of a block of options, as `z.strictObject({ … })` makes it. */
export type OptionsSchema = zod.ZodObject;
/** The keys of such a schema. */
export type OptionsShape = zod.ZodRawShape;
/** A schema of anything. */
export type AnySchema = zod.ZodType;
/** A schema of text. */
export type TextSchema = zod.ZodString;
/** What a schema found wrong. */
export type SchemaError = zod.core.$ZodError;

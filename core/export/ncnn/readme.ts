/** x. @module */
export function readme(..._: unknown[]): string { return ""; }

/**
 * What a template is.
 *
 * @module
 */

/** Texts of the files that `new` writes. */
export interface Template {
  /** The plugin; `core` is the path of the folder `core` as seen from it. */
  plugin(name: string, core: string): string;
  /** Its test; `plugin` is the path of the plugin as seen from it. */
  test(name: string, core: string, plugin: string): string;
  /** The lines that name it in an options file. */
  yaml(name: string): string;
}

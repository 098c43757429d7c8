/**
 * The seven passes in which interlaced PNGs come.
 *
 * @module
 */

/** Where the pixels of each pass of Adam7 start (column, row) and how far they are apart, across and down. */
export const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

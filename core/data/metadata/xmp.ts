/**
 * XMP packets (ISO 16684-1), as far as pixels are concerned: which way up they are.
 *
 * @module
 */

/** What the text chunk of a PNG is called that holds XMP. */
export const XMP_KEYWORD = "XML:com.adobe.xmp";

/** Whether the contents of an iTXt chunk are XMP. */
export function isXmpText(text: Uint8Array): boolean {
  const keyword = `${XMP_KEYWORD}\0`;
  for (let i = 0; i < keyword.length; i++) if (text[i] !== keyword.charCodeAt(i)) return false;
  return true;
}

/**
 * A copy that says orientation 1, for pixels that have been turned. Only digits are exchanged, so that the length stays.
 */
export function uprightXmp(xmp: Uint8Array): Uint8Array {
  const copy = xmp.slice();
  // Bytes as characters: offsets in the text are offsets in the bytes.
  const latin1 = new TextDecoder("latin1").decode(xmp);
  for (
    const match of latin1.matchAll(/tiff:Orientation(?:\s*=\s*["']|\s*>\s*)([2-8])(?=["'<\s])/g)
  ) {
    copy[match.index + match[0].length - 1] = "1".charCodeAt(0);
  }
  return copy;
}

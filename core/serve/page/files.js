/**
 * Pictures from drops, folders, pickers and the clipboard.
 *
 * @module
 */

/**
 * A file and where it lay, for example `holiday/beach.jpg`.
 *
 * @typedef {{ file: File, path: string }} Found
 */

/** More than this many files at a time are more likely a mistake. */
export const MOST_FILES = 2000;

const PICTURE = /\.(?:png|apng|jpe?g|jpe|jfif|webp|gif|bmp|tiff?|avif|hei[cf])$/i;

/**
 * Sorts out what is no picture, by type and name: the server looks at the content.
 *
 * @param {Found[]} found
 * @returns {{ pictures: Found[], others: Found[] }}
 */
export function sortOut(found) {
  // What systems leave in folders is no mistake of anybody.
  const seen = found.filter(({ path }) =>
    !path.split("/").some((part) =>
      part.startsWith(".") || part === "Thumbs.db" || part === "desktop.ini"
    )
  );
  const isPicture = (/** @type {Found} */ { file }) =>
    file.type.startsWith("image/") && file.type !== "image/svg+xml" || PICTURE.test(file.name);
  return { pictures: seen.filter(isPicture), others: seen.filter((one) => !isPicture(one)) };
}

/**
 * @param {FileList | readonly File[]} files
 * @returns {Found[]}
 */
export function fromPicker(files) {
  return [...files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

/**
 * Files and folders that were dropped. Has to be called within the event, whose data are gone afterwards.
 *
 * @param {DataTransfer} data
 * @returns {Promise<Found[]>}
 */
export async function fromDrop(data) {
  const entries = [];
  for (const item of data.items) {
    if (item.kind !== "file") continue;
    const entry = item.webkitGetAsEntry?.();
    const file = item.getAsFile();
    if (entry) entries.push(entry);
    else if (file) entries.push(file);
  }
  /** @type {Found[]} */
  const found = [];
  for (const entry of entries) {
    if (entry instanceof File) found.push({ file: entry, path: entry.name });
    else await walk(entry, "", found);
  }
  return found;
}

/**
 * @param {FileSystemEntry} entry
 * @param {string} folder
 * @param {Found[]} found
 */
async function walk(entry, folder, found) {
  if (found.length >= MOST_FILES) return;
  const path = folder + entry.name;
  if (entry.isFile) {
    try {
      const file = await new Promise((done, fail) =>
        /** @type {FileSystemFileEntry} */ (entry).file(done, fail)
      );
      found.push({ file, path });
    } catch { /* gone meanwhile, or not ours to read: the others still count */ }
  } else if (entry.isDirectory) {
    const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
    for (;;) {
      /** @type {FileSystemEntry[]} */
      const some = await new Promise((done, fail) => reader.readEntries(done, fail));
      if (some.length === 0) break;
      for (const inner of some) await walk(inner, `${path}/`, found);
    }
  }
}

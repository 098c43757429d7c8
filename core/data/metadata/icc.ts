/**
 * Colour profiles (ICC.1:2022), as far as it takes to tell which samples they are for.
 *
 * @module
 */

/** Whether the bytes are a profile at all: a header of 128 bytes, with `acsp` in it. */
export function isIcc(profile: Uint8Array): boolean {
  return profile.length >= 132 && text(profile, 36) === "acsp";
}

/** What the samples mean that the profile is for: `RGB `, `GRAY`, `CMYK`, … */
export function iccModel(profile: Uint8Array): string {
  return text(profile, 16);
}

/** Whether the profile describes pictures of so many channels (1, 2: gray; 3, 4: RGB). */
export function iccFits(profile: Uint8Array, channels: number): boolean {
  return isIcc(profile) && iccModel(profile) === (channels <= 2 ? "GRAY" : "RGB ");
}

function text(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

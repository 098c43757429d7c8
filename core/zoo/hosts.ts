/**
 * Where the hosts of models send their visitors for the file itself. A redirect to any other host is refused.
 *
 * @module
 */

/**
 * Facts of 2024 and 2025: GitHub's releases are served by `release-assets` (before, `objects`), files of a repository
 * by `raw` (large ones by `media`); Hugging Face serves from CDNs of its own.
 */
const REDIRECTS: Readonly<Record<string, readonly string[]>> = {
  "github.com": [
    "release-assets.githubusercontent.com",
    "objects.githubusercontent.com",
    "raw.githubusercontent.com",
    "media.githubusercontent.com",
  ],
  "huggingface.co": [
    "cdn-lfs.huggingface.co",
    "cdn-lfs.hf.co",
    "cdn-lfs-us-1.hf.co",
    "cdn-lfs-eu-1.hf.co",
    "cas-bridge.xethub.hf.co",
  ],
};

/** Hosts that `host` may redirect to, besides itself. */
export function redirectHosts(host: string): readonly string[] {
  return REDIRECTS[host] ?? [];
}

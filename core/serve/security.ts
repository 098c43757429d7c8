/**
 * Who may ask: checks of Host and Origin against pages of other sites, and the headers that bind our own page.
 *
 * A page of another site can make a browser send requests to this machine (cross-site requests), and by changing what its
 * name points to it can seem to be this server (DNS rebinding). The first is seen by `Origin` and `Sec-Fetch-Site`, the
 * second by `Host`.
 *
 * @module
 */
import { isIP } from "node:net";
import { Problem } from "./problem.ts";

/** Where a server listens. */
export interface Binding {
  /** Name or address to listen at. */
  readonly host: string;
  /** Port. */
  readonly port: number;
  /** Further names by which it is reached, for example behind a proxy: `name` or `name:port`. */
  readonly allowedHosts?: readonly string[];
}

/** Whether only this machine reaches `host`. */
export function isLoopback(host: string): boolean {
  const plain = host.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  if (plain === "localhost" || plain === "::1") return true;
  return isIP(plain) === 4 && plain.startsWith("127.");
}

/** Whether `host` stands for all addresses of the machine. */
export function isWildcard(host: string): boolean {
  return ["0.0.0.0", "::", "[::]", ""].includes(host);
}

/** A host as it stands in URLs: addresses of IPv6 in brackets. */
export function urlHost(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

/**
 * Refuses requests that did not mean this server.
 *
 * @throws {Problem} 403, if `Host` is another, or a page of another site sent the request.
 */
export function checkSender(
  binding: Binding,
  method: string,
  path: string,
  header: (name: string) => string | undefined,
): void {
  const host = header("host");
  if (host === undefined || !isOurs(binding, host)) {
    throw new Problem(
      "forbidden",
      "the name in the Host header is not one of this server's; start it with --allow-host NAME if it should be",
    );
  }
  const changes = method !== "GET" && method !== "HEAD";
  const origin = header("origin");
  if (origin !== undefined && (changes || path.startsWith("/v1/")) && !sameOrigin(origin, host)) {
    throw new Problem("forbidden", "pages of other sites may not use this server");
  }
  const site = header("sec-fetch-site");
  // Following a link to the page is no harm; using the API is.
  const foreign = site !== undefined && site !== "same-origin" && site !== "none";
  if (foreign && (changes || path.startsWith("/v1/"))) {
    throw new Problem("forbidden", "pages of other sites may not use this server");
  }
}

function sameOrigin(origin: string, host: string): boolean {
  // Behind a proxy the page may have come by https.
  return /^https?:\/\//i.test(origin) &&
    origin.toLowerCase().replace(/^https?:\/\//, "") === host.toLowerCase();
}

/** Whether a `Host` header names this server. */
export function isOurs(binding: Binding, header: string): boolean {
  const [, name, port] = /^(\[[\da-fA-F:.]+\]|[^:[\]/\\@?#\s]+)(?::(\d+))?$/.exec(header) ?? [];
  if (name === undefined) return false;
  const lower = name.toLowerCase();
  for (const allowed of binding.allowedHosts ?? []) {
    const wanted = allowed.toLowerCase();
    if (wanted === lower || wanted === header.toLowerCase()) return true;
  }
  if (Number(port ?? 80) !== binding.port) return false;
  if (["localhost", "127.0.0.1", "[::1]"].includes(lower)) return true;
  if (lower === urlHost(binding.host).toLowerCase()) return true;
  // A number cannot be made to point elsewhere.
  return isWildcard(binding.host) && isIP(lower.replace(/^\[(.*)\]$/, "$1")) !== 0;
}

/** Headers of every answer. The page loads nothing but its own files, and nothing may frame or read it. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=()",
};

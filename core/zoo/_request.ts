/**
 * One request, its redirects followed by hand: only to hosts that are expected, and never from https to http.
 *
 * @module
 */
import { ExitCode } from "../errors.ts";
import type { Fetch } from "./download.ts";
import { redirectHosts } from "./hosts.ts";
import { explained, Trouble, type Watchdog } from "./_trouble.ts";

const MAX_REDIRECTS = 5;
const REDIRECT = new Set([301, 302, 303, 307, 308]);

/**
 * Requests `address` and gives the first response that is no redirect.
 *
 * @param redirects Hosts that it may lead on to, besides its own and the built-in ones.
 * @throws {Trouble} If a redirect is refused or the server cannot be reached.
 */
export async function request(
  address: string,
  headers: Record<string, string>,
  redirects: readonly string[],
  watchdog: Watchdog,
  fetch: Fetch,
): Promise<Response> {
  const first = new URL(address);
  const allowed = new Set([first.host, ...redirectHosts(first.host), ...redirects]);
  let url = first;
  for (let hop = 0;; hop++) {
    let response: Response;
    try {
      response = await fetch(url.href, { headers, redirect: "manual", signal: watchdog.signal });
    } catch (error) {
      throw explained(error, watchdog, "");
    }
    watchdog.fed();
    if (!REDIRECT.has(response.status)) return response;
    await response.body?.cancel();
    const location = response.headers.get("location");
    const next = location === null ? null : URL.parse(location, url);
    if (next === null) {
      throw new Trouble(`${url.host} redirects to nowhere (${response.status})`, ExitCode.DATA);
    }
    if (next.protocol !== "https:" && (next.protocol !== "http:" || url.protocol === "https:")) {
      throw new Trouble(
        `${url.host} redirects to ${next.protocol}//${next.host}, which is not encrypted: refused`,
      );
    }
    if (!allowed.has(next.host)) {
      throw new Trouble(
        `${url.host} redirects to ${next.host}, which is not among the hosts expected of it: refused ` +
          "(redirects: in the catalogue entry names further ones)",
      );
    }
    if (hop === MAX_REDIRECTS) {
      throw new Trouble(`${first.host} redirects more than ${MAX_REDIRECTS} times`);
    }
    url = next;
  }
}

/**
 * The token that a server beyond this machine demands: in `Authorization: Bearer …`, or by a cookie for which the page
 * exchanges it.
 *
 * @module
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { Problem } from "./problem.ts";

/** Name of the page's cookie. */
const COOKIE = "denosr_session";

/** Keeps a token and the secret of the cookie. */
export class TokenCheck {
  readonly #token: string | undefined;
  /** Another than the token, so that a cookie that leaks is worth nothing once the server has ended. */
  readonly #session: string = crypto.randomUUID() + crypto.randomUUID();

  /** Without a token everybody may ask. */
  constructor(token?: string) {
    this.#token = token;
  }

  /** Whether a token is demanded. */
  get demanded(): boolean {
    return this.#token !== undefined;
  }

  /**
   * Refuses a request without the token.
   *
   * @throws {Problem} 401.
   */
  check(header: (name: string) => string | undefined): void {
    if (this.#token === undefined) return;
    const bearer = /^Bearer +(\S+)\s*$/i.exec(header("authorization") ?? "")?.[1];
    if (bearer !== undefined && same(bearer, this.#token)) return;
    for (const pair of (header("cookie") ?? "").split(";")) {
      const [name, value = ""] = pair.trim().split("=", 2);
      if (name === COOKIE && same(value, this.#session)) return;
    }
    throw new Problem(
      "unauthorized",
      "this server demands its token: Authorization: Bearer TOKEN, or open the page by the address that it printed",
      { "www-authenticate": 'Bearer realm="denosr"' },
    );
  }

  /**
   * The `Set-Cookie` header for somebody who knows the token.
   *
   * @throws {Problem} 401 if it is another.
   */
  cookieFor(token: string): string {
    if (this.#token !== undefined && !same(token, this.#token)) {
      throw new Problem("unauthorized", "this is not the token that the server was started with");
    }
    return `${COOKIE}=${this.#session}; Path=/; HttpOnly; SameSite=Strict`;
  }
}

/** Compares in a time that says nothing about where they differ, or how long they are. */
function same(a: string, b: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}

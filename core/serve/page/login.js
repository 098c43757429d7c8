/**
 * The token: from the address (`#token=…`), or asked for.
 *
 * @module
 */
import { ApiError, login } from "./api.js";
import { byId } from "./dom.js";

/** Takes the token out of the address, where it would be seen and kept, and exchanges it for a cookie. */
export async function loginFromAddress() {
  const token = /^#token=(.+)$/.exec(location.hash)?.[1];
  if (token === undefined) return;
  history.replaceState(null, "", location.pathname);
  try {
    await login(decodeURIComponent(token));
  } catch { /* the first request asks for it */ }
}

/** Asks for the token until it is right. */
export async function askForToken() {
  const dialog = /** @type {HTMLDialogElement} */ (byId("login"));
  const field = /** @type {HTMLInputElement} */ (byId("login-token"));
  const wrong = byId("login-wrong");
  dialog.showModal();
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  await new Promise((done) => {
    byId("login-form").addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        await login(field.value.trim());
      } catch (error) {
        wrong.hidden = false;
        wrong.textContent = error instanceof ApiError && error.code === "unauthorized"
          ? "This is not the token."
          : String(error instanceof Error ? error.message : error);
        field.select();
        return;
      }
      dialog.close();
      done(undefined);
    });
  });
}

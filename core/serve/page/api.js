/**
 * The server's API, version 1, as functions.
 *
 * @module
 */

/**
 * @typedef {object} Model
 * @property {string} id
 * @property {string} purpose
 * @property {number} scale
 * @property {string} arch
 * @property {number} parameters
 * @property {"fast" | "medium" | "slow" | "unknown"} speed
 * @property {string} [license]
 * @property {number | null} seconds_per_megapixel
 */

/**
 * @typedef {object} Limits
 * @property {number} body_bytes
 * @property {number} pixels
 * @property {number} output_pixels
 * @property {number} jobs
 * @property {number} seconds
 */

/** An error that the server told, or that it cannot be reached. */
export class ApiError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {number} [retryAfter] Seconds after which to try again.
   */
  constructor(code, message, retryAfter) {
    super(message);
    this.name = "ApiError";
    /** For programs. */
    this.code = code;
    /** Seconds after which to try again, where that makes sense. */
    this.retryAfter = retryAfter;
  }
}

/**
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<Response>}
 */
async function call(path, init) {
  let response;
  try {
    response = await fetch(path, { cache: "no-store", ...init });
  } catch (error) {
    throw unreachable(error, "The program does not answer.");
  }
  if (response.ok) return response;
  let told = { code: "internal", message: `The server answered ${response.status}.` };
  try {
    told = (await response.json()).error;
  } catch { /* not ours: the status has to do */ }
  const wait = Number(response.headers.get("retry-after"));
  throw new ApiError(told.code, told.message, wait > 0 ? wait : undefined);
}

/**
 * What is said when the server is gone; a cancelled request stays what it is.
 *
 * @param {unknown} error
 * @param {string} words
 */
function unreachable(error, words) {
  if (error instanceof DOMException && error.name === "AbortError") return error;
  return new ApiError("unreachable", `${words} Is it still running in its terminal?`);
}

/** Said when a connection breaks. */
const LOST = "The connection to the program was lost.";

/** @returns {Promise<{ models: Model[], limits: Limits }>} */
export async function listModels() {
  return await (await call("/v1/models")).json();
}

/**
 * Sends a picture: the id of its job, and the name by which messages call it.
 *
 * @param {Blob} file
 * @param {string} name
 * @param {Record<string, string>} options
 * @param {AbortSignal} signal
 * @returns {Promise<{ id: string, name: string }>}
 */
export async function createJob(file, name, options, signal) {
  const form = new FormData();
  for (const [key, value] of Object.entries(options)) form.append(key, value);
  form.append("image", file, name);
  const response = await call("/v1/jobs", { method: "POST", body: form, signal });
  return await response.json();
}

/**
 * Watches a job to its end. Leaving (`signal`) cancels it.
 *
 * @param {string} id
 * @param {(event: string, data: any) => void} onEvent `data` is what the API's description says of each event.
 * @param {AbortSignal} signal
 */
export async function watchJob(id, onEvent, signal) {
  const response = await call(`/v1/jobs/${id}/events`, { signal });
  if (response.body === null) throw new ApiError("internal", "The server sent no events.");
  let text = "";
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((error) => {
      throw unreachable(error, LOST);
    });
    if (done) return;
    text += decoder.decode(value, { stream: true });
    for (let end; (end = text.indexOf("\n\n")) >= 0;) {
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      const event = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (event !== undefined && data !== undefined) onEvent(event, JSON.parse(data));
    }
  }
}

/**
 * @param {string} id
 * @param {AbortSignal} signal
 * @returns {Promise<Blob>}
 */
export async function getResult(id, signal) {
  const response = await call(`/v1/jobs/${id}/result`, { signal });
  return await response.blob().catch((error) => {
    throw unreachable(error, LOST);
  });
}

/**
 * Cancels or forgets a job; it does not matter if it is gone.
 *
 * @param {string} id
 */
export async function removeJob(id) {
  try {
    await call(`/v1/jobs/${id}`, { method: "DELETE" });
  } catch { /* gone already, or will be */ }
}

/**
 * @param {string} token
 */
export async function login(token) {
  await call("/v1/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
  });
}

/**
 * Working without network: the service worker keeps all files.
 *
 * @module
 */
import { banner, byId } from "./words.js";

/** Registers the service worker and says how far it is. */
export async function setUpOffline() {
  const place = byId("offline");
  if (!("serviceWorker" in navigator)) {
    place.textContent = "Needs the network: kept for later only over https.";
    return;
  }
  const { serviceWorker } = navigator;
  const hadOne = serviceWorker.controller !== null;
  try {
    await serviceWorker.register("sw.js", { updateViaCache: "none" });
    await serviceWorker.ready;
    place.textContent = "Works without network from now on";
  } catch {
    place.textContent = hadOne ? "Works without network" : "Needs the network";
    return;
  }
  serviceWorker.addEventListener("controllerchange", () => {
    if (hadOne) banner("There is a newer version of this page: reload it when you are done.");
  });
}

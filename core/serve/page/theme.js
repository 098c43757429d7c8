/**
 * Dark and light: as the system has it, or as chosen.
 *
 * @module
 */
import { byId } from "./dom.js";

const CHOICES = /** @type {const} */ (["system", "light", "dark"]);
const LOOKS = {
  system: ["◐", "Colours: as the system"],
  light: ["☀", "Colours: light"],
  dark: ["☾", "Colours: dark"],
};

/** Makes the button work. */
export function setUpTheme() {
  const button = byId("theme");
  let choice = CHOICES.find((name) => name === read()) ?? "system";
  const show = () => {
    document.documentElement.dataset["theme"] = choice;
    const [sign = "", words = ""] = LOOKS[choice];
    button.textContent = sign;
    button.setAttribute("aria-label", words);
    button.title = words;
  };
  button.addEventListener("click", () => {
    choice = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length] ?? "system";
    try {
      localStorage.setItem("theme", choice);
    } catch { /* a browser that keeps nothing asks again */ }
    show();
  });
  show();
}

function read() {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null;
  }
}

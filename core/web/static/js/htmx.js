/** htmx under a strict CSP: its settings stand in <meta name="htmx-config">, the CSRF token in <meta name="csrf-token">. */
import htmx from "htmx.org";
import { toast } from "./toast.js";
import { word } from "./words.js";

/** @returns {string} */
export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";
}

document.addEventListener("htmx:configRequest", (event) => {
  const { headers } = /** @type {CustomEvent<{headers: Record<string, string>}>} */ (event).detail;
  headers["X-CSRFToken"] = csrfToken();
});

for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => toast(word("failed"), "bad"));
}

export default htmx;

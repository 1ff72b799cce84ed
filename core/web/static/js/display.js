/** The accessibility panel: the page changes at once, the cookie is set by the same POST in the background. */

const DEFAULTS = { size: "normal", contrast: "normal", pictures: "on", scheme: "auto" };

/** @param {HTMLFormElement} form @param {string} name @param {string} value */
function apply(form, name, value) {
  document.documentElement.setAttribute(`data-${name}`, value);
  form.querySelectorAll(`button[name="${name}"]`).forEach((button) => {
    button.setAttribute("aria-pressed", String(button.getAttribute("value") === value));
  });
}

export function displayPanel() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.hasAttribute("data-display")) return;
    const button = event.submitter;
    if (!(button instanceof HTMLButtonElement)) return; // the browser cannot tell which: let it post
    event.preventDefault();
    event.stopImmediatePropagation();
    const body = new URLSearchParams(/** @type {Record<string, string>} */ (/** @type {unknown} */ (Object.fromEntries(new FormData(form)))));
    body.set(button.name, button.value);
    if (button.name === "reset") Object.entries(DEFAULTS).forEach(([name, value]) => apply(form, name, value));
    else apply(form, button.name, button.value);
    fetch(form.action, { method: "POST", body, redirect: "manual", credentials: "same-origin" }).catch(() => {});
  }, true);
}

/** A form is sent once. The button only looks busy and further clicks are dropped, so the browser's back button finds a working form. */

/** @param {HTMLFormElement} form */
function release(form) {
  form.removeAttribute("data-sending");
  form.querySelectorAll(".btn.busy").forEach((button) => {
    button.classList.remove("busy");
    button.removeAttribute("aria-disabled");
  });
}

export function onceOnly() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.method !== "post" || event.defaultPrevented) return;
    if (form.hasAttribute("data-sending")) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    form.setAttribute("data-sending", "");
    const button = event.submitter ?? form.querySelector("button[type=submit]");
    button?.classList.add("busy");
    button?.setAttribute("aria-disabled", "true");
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form").forEach(release));
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.target instanceof HTMLFormElement) release(event.target);
  });
}

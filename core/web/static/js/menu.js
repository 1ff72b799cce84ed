/** Menus are <details data-menu>: Escape and a click elsewhere close them, and only one is open. */

const OPEN = "details[data-menu][open]";

export function menus() {
  document.addEventListener("click", (event) => {
    document.querySelectorAll(OPEN).forEach((menu) => {
      if (event.target instanceof Node && !menu.contains(event.target)) menu.removeAttribute("open");
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll(OPEN).forEach((menu) => {
      menu.removeAttribute("open");
      menu.querySelector("summary")?.focus();
    });
  });
  document.addEventListener("focusin", (event) => {
    document.querySelectorAll(OPEN).forEach((menu) => {
      if (event.target instanceof Node && !menu.contains(event.target)) menu.removeAttribute("open");
    });
  });
}

/** Menus are <details data-menu>: Escape and a click elsewhere close them, and only one is open. */

const OPEN = "details[data-menu][open]";

/** Menus that scroll sideways start with the place where we are in sight. */
function showCurrent() {
  document.querySelectorAll(".side-nav, .tabs, .tab-bar > ul").forEach((bar) => {
    const current = bar.querySelector("[aria-current]");
    if (current && bar.scrollWidth > bar.clientWidth) {
      const place = current.getBoundingClientRect();
      bar.scrollLeft += place.left + place.width / 2 - bar.getBoundingClientRect().left - bar.clientWidth / 2;
    }
  });
}

export function menus() {
  showCurrent();
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

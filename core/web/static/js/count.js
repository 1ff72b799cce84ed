/** «Осталось знаков: 120» under a textarea with data-count. Counts code points, as the server does; never cuts. */
import { word } from "./words.js";

/** @param {ParentNode} root */
export function counting(root) {
  root.querySelectorAll("textarea[data-count]").forEach((area) => {
    if (!(area instanceof HTMLTextAreaElement)) return;
    const note = document.getElementById(`${area.id}-count`);
    const limit = Number(area.dataset["count"]);
    if (!note || !limit) return;
    const show = () => {
      const left = limit - [...area.value].length;
      note.textContent = (left < 0 ? word("over") : word("left")) + Math.abs(left);
      note.classList.toggle("over", left < 0);
    };
    area.addEventListener("input", show);
    if (area.value) show();
  });
}

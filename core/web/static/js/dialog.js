/** Windows over the page: <button data-dialog="id"> opens <dialog id="id">; a click beside the window closes it. */

export function dialogs() {
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      const dialog = document.getElementById(opener.getAttribute("data-dialog") ?? "");
      if (dialog instanceof HTMLDialogElement && typeof dialog.showModal === "function") {
        event.preventDefault();
        dialog.showModal();
      }
    } else if (event.target instanceof HTMLDialogElement && event.detail < 2) {
      // The second click of a double click on the button that opened it lands beside the window.
      event.target.close();
    }
  });
}

/**
 * Opens a native dialog. The browser keeps the focus inside, closes on Esc and gives the focus back; a click on the
 * backdrop closes it as well. Without a script the button is a link to a page that asks the same.
 *
 * <a href="/delete/" data-module="dialog" data-dialog="delete">Delete …</a> <dialog class="dialog" id="delete">…</dialog>
 */
export default function connect(opener) {
  const dialog = document.getElementById(opener.dataset.dialog);
  if (!dialog) return;
  opener.hidden = false;
  opener.setAttribute("aria-haspopup", "dialog");
  opener.addEventListener("click", (event) => {
    event.preventDefault();
    dialog.showModal();
    dialog.addEventListener("close", () => opener.focus(), { once: true });
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
}

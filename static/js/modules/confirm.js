/**
 * Asks before what cannot be undone, in a dialog that names the consequence; the form is sent when the answer is yes.
 * Without a script the form goes to a page that asks.
 *
 * <form method="post" data-module="confirm" data-dialog="delete-course">…</form>
 * <dialog class="dialog" id="delete-course">… <button value="no" formmethod="dialog" autofocus>Keep it</button> <button value="yes" …>Delete</button></dialog>
 */
export default function connect(form) {
  const dialog = document.getElementById(form.dataset.dialog);
  if (!dialog) return;
  let agreed = false;
  form.addEventListener("submit", (event) => {
    if (agreed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { submitter } = event;
    dialog.returnValue = "";
    dialog.showModal();
    dialog.addEventListener("close", () => {
      if (dialog.returnValue !== "yes") return submitter?.focus();
      agreed = true;
      form.requestSubmit(submitter);
    }, { once: true });
  }, true);
  for (const button of dialog.querySelectorAll("button[value]")) {
    button.addEventListener("click", (event) => { event.preventDefault(); dialog.close(button.value); });
  }
}

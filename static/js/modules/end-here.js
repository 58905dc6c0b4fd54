/**
 * A form in a table's row whose button ends what the row shows: asks the API instead, and the row goes without a new page.
 *
 * <tr>… <form data-module="end-here" data-api="me/devices/…/" data-done="“Firefox” is signed out." data-session="Your session …">
 */
import { api } from "../lib/api.js";
import { focusOn } from "../lib/dom.js";
import { failureText } from "../lib/fetch.js";
import { toast } from "../lib/toast.js";

export default function connect(form) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      await api(form.dataset.api, { method: "DELETE" });
    } catch (problem) {
      button.disabled = false;
      // The page asks for it, and carries the form out afterwards.
      if (problem.code === "proof_needed") { form.submit(); return; }
      toast(problem.title || (problem.status === 401 ? form.dataset.session : failureText(problem.status)), { stay: true });
      return;
    }
    const row = form.closest("tr");
    const buttons = [...row.parentElement.querySelectorAll("form button")];
    const place = buttons.indexOf(button);
    const next = buttons[place + 1] ?? buttons[place - 1];
    row.remove();
    focusOn(next ?? document.getElementById("main"));
    toast(form.dataset.done);
  });
}

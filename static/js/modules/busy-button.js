/**
 * Marks a submit button as busy while its form is on the way, and stops a second submit. The label stays, and so does the
 * width. The server has its own guard; this one is for impatient hands.
 *
 * <form method="post"><button data-module="busy-button">Publish</button></form>
 */
// The submit that a form is on its way by: the other buttons of the form hear of it, too.
const underWay = new WeakMap();

export default function connect(button) {
  const form = button.form;
  if (!form) return;
  const release = () => { button.removeAttribute("aria-busy"); form.removeAttribute("data-sent"); };
  form.addEventListener("submit", (event) => {
    if ("sent" in form.dataset && underWay.get(form) !== event) return event.preventDefault();
    if (event.submitter && event.submitter !== button) return;
    // After the other listeners: one of them may have refused the submit.
    queueMicrotask(() => {
      if (event.defaultPrevented && !form.matches("[hx-post], [hx-put], [hx-patch], [hx-delete]")) return;
      form.dataset.sent = "";
      underWay.set(form, event);
      button.setAttribute("aria-busy", "true");
    });
  });
  form.addEventListener("htmx:afterRequest", release);
  addEventListener("pageshow", release); // back from the next page
}

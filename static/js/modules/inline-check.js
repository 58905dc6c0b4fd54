/**
 * A question in a lesson. htmx posts the form and swaps the answered form in; this keeps an empty answer back and says the
 * verdict of the new one. Without a script the form is posted and the page comes back at the question.
 *
 * <form class="question" data-module="inline-check" data-verdict="" data-empty="Give an answer first." hx-post="…">…</form>
 */
import { describe, say } from "../lib/dom.js";

let asked = ""; // the form that was sent: its successor has the same id

export default function connect(form) {
  const message = form.querySelector("p.error");
  const controls = [...form.elements].filter((control) => /(^|\.)(option|answer)$/.test(control.name)); // "parts.x.answer", too
  const unanswered = () => {
    const data = new FormData(form);
    return controls.find((control) => !data.getAll(control.name).some((value) => value.trim()));
  };
  if (asked === form.id) {
    asked = "";
    const verdict = form.querySelector("[data-say]")?.textContent.trim();
    if (verdict) say(`${verdict} ${form.querySelector(".verdict > :nth-child(2)")?.innerText.trim() ?? ""}`.trim());
    else if (!message.hidden) say(message.textContent.trim(), { assertive: true }); // refused: no number, too long
  }
  const complain = (text) => {
    (message.querySelector("span") ?? message).textContent = text;
    message.hidden = !text;
    for (const control of controls) describe(control, message.id, Boolean(text));
  };
  form.addEventListener("input", () => complain(""));
  // On the way down, so that it runs before htmx hears of the submit.
  form.addEventListener("submit", (event) => {
    const first = unanswered();
    if (!first) {
      asked = form.id;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    complain(form.dataset.empty ?? "");
    first.focus();
    say(form.dataset.empty ?? "", { assertive: true });
  }, true);
}

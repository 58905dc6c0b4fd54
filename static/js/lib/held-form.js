/** A form that is sent while files are on their way to the site waits for them, and goes then as it was meant to. */
import { say } from "./dom.js";

/** ``isBusy()`` says whether something is on its way; ``later`` is the sentence that says that the form waits. */
export function holdWhile(form, isBusy, later) {
  let wanted = null;
  // Before the listeners that take a submit for sent.
  form.addEventListener("submit", (event) => {
    if (!isBusy()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    wanted = event.submitter ?? form;
    say(later);
  }, true);
  return {
    /** Whatever was on its way is here: send the form if somebody wanted to. */
    release() {
      if (!wanted || isBusy()) return;
      const button = wanted;
      wanted = null;
      form.requestSubmit(button === form ? undefined : button);
    },
    /** Something did not come: what was meant to be sent is not whole. */
    forget() { wanted = null; },
  };
}

/**
 * Turns push messages on and off in this browser, and says why it cannot.
 *
 * <div data-module="push" data-worker="/sw.js" data-on="…" data-off="…" data-denied="…" data-unsupported="…" data-failed="…">
 *   <p data-state role="status"></p><p data-buttons hidden><button data-turn-on hidden>…</button><button data-turn-off hidden>…</button></p></div>
 */
import { pushState, renewPush, turnOffPush, turnOnPush } from "../lib/push.js";
import { toast } from "../lib/toast.js";

export default function connect(element) {
  const { dataset } = element;
  const [state, buttons, on, off] = ["[data-state]", "[data-buttons]", "[data-turn-on]", "[data-turn-off]"].map((name) => element.querySelector(name));

  async function show() {
    await renewPush().catch(() => {});
    const now = await pushState().catch(() => "failed");
    state.textContent = dataset[now];
    buttons.hidden = now !== "on" && now !== "off";
    on.hidden = now !== "off";
    off.hidden = now !== "on";
    if (document.activeElement === document.body && !buttons.hidden && element.dataset.used) (on.hidden ? off : on).focus();
  }

  /** The site's list of browsers has one more or one less. */
  async function list() {
    const answer = await fetch(location.pathname, { headers: { "X-Background": "push" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const [here, fresh] = [element, page].map((where) => where.querySelector("[data-browsers]"));
    if (answer.ok && fresh) here?.replaceWith(document.adoptNode(fresh));
  }

  const attempt = (work) => async (event) => {
    element.dataset.used = "1";
    event.currentTarget.disabled = true;
    const button = event.currentTarget;
    try {
      await work();
      await list();
    } catch (problem) {
      toast(problem.title || dataset.failed, { stay: true });
    } finally {
      button.disabled = false;
      await show();
    }
  };
  on.addEventListener("click", attempt(() => turnOnPush(dataset.worker)));
  off.addEventListener("click", attempt(turnOffPush));
  return show();
}

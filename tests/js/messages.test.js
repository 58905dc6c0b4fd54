import { describe, format, say } from "/static/js/lib/dom.js";
import { failureText, post, viewOnly } from "/static/js/lib/fetch.js";
import { toast } from "/static/js/lib/toast.js";
import connectToast from "/static/js/modules/toast.js";
import { equal, place, test, text, until, withServer } from "/tests/harness.js";

test("say fills the polite or the assertive region", async () => {
  say("Saved");
  say("Lost", { assertive: true });
  await until(() => text("live") === "Saved" && text("alert") === "Lost");
  equal([text("live"), text("alert")], ["Saved", "Lost"]);
});
test("format fills what it knows and leaves the rest", () => equal(format("{a} of {b}", { a: 1 }), "1 of {b}"));
test("describe adds an id once and removes the attribute with the last", () => {
  const input = place("<input>");
  describe(input, "x", true);
  describe(input, "x", true);
  equal(input.getAttribute("aria-describedby"), "x");
  describe(input, "x", false);
  equal(input.hasAttribute("aria-describedby"), false);
});
test("a toast is said, can be dismissed, and its action runs once", async () => {
  let runs = 0;
  const element = toast("Post deleted.", { action: { label: "Undo", run: () => { runs += 1; } } });
  await until(() => text("live") === "Post deleted.");
  equal(text("live"), "Post deleted.");
  equal(element.querySelector("[aria-label]").getAttribute("aria-label"), "Dismiss");
  element.querySelector(".action").click();
  equal([runs, element.isConnected], [1, false]);
});
test("a toast leaves after eight seconds, but not while it is pointed at", () => {
  const { setTimeout, clearTimeout } = window;
  const timers = new Map();
  window.setTimeout = (run, milliseconds) => { timers.set(timers.size + 1, { run, milliseconds }); return timers.size; };
  window.clearTimeout = (id) => timers.delete(id);
  try {
    const element = place("<div class='toast'><span>Hello</span></div>");
    connectToast(element);
    equal([...timers.values()].map((timer) => timer.milliseconds), [8000]);
    element.dispatchEvent(new PointerEvent("pointerenter"));
    equal(timers.size, 0);
    element.dispatchEvent(new PointerEvent("pointerleave"));
    [...timers.values()][0].run();
    equal(element.isConnected, false);
  } finally {
    Object.assign(window, { setTimeout, clearTimeout });
  }
});
test("failures have words of their own", () => equal([0, 403, 404, 410, 429, 500, 503].map(failureText),
  ["No connection.", "Not allowed.", "Gone.", "Gone.", "Too many.", "Broken.", "Broken."]));
test("post resolves to null and shows a toast when there is no connection", () => withServer(0, async () => {
  equal(await post("/x/", new FormData()), null);
  equal(document.querySelector("#toasts .toast span").textContent, "No connection.");
}));
test("a silent post tells nothing", () => withServer(500, async () => {
  equal(await post("/x/", new FormData(), { silent: true }), null);
  equal(document.querySelectorAll("#toasts .toast").length, 0);
}));
test("who looks as somebody else is told so, and pages note nothing by themselves", () => withServer(403, async (sent) => {
  const banner = place("<aside data-view-only='You only look.'></aside>");
  try {
    await post("/x/", new FormData(), { silent: true });
    equal([failureText(403), viewOnly(), sent?.length ?? 0], ["You only look.", "You only look.", 0]);
  } finally {
    banner.remove();
  }
}));

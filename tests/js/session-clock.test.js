import connect from "/static/js/modules/session-clock.js";
import { equal, place, test, text, until, wait } from "/tests/harness.js";

/** The dialog, and a server that gives these seconds one after the other, the last one again and again. */
function clock(endsIn, ...answers) {
  const dialog = place(`<dialog data-url="/session/" data-left="Out in {time}." data-final="Ends in {time}." data-over="You are out."><p data-words></p><button data-close>Close</button><button data-stay>Stay</button></dialog>`);
  document.querySelector('meta[name="session-ends-in"]')?.remove();
  document.head.insertAdjacentHTML("beforeend", `<meta name="session-ends-in" content="${endsIn}">`);
  const asked = [];
  window.fetch = async (url, { method = "GET", headers }) => {
    asked.push(`${method}${headers["X-Background"] ? " quietly" : ""}`);
    return Response.json({ ends_in: answers.length > 1 ? answers.shift() : answers[0] });
  };
  connect(dialog);
  return { dialog, asked, words: () => dialog.querySelector("p").textContent, stay: dialog.querySelector("[data-stay]") };
}
const { fetch } = window;
const withClock = (run) => async () => { try { await run(); } finally { window.fetch = fetch; } };

test("the warning comes after the server was asked, is said, and staying closes it", withClock(async () => {
  const { dialog, asked, words, stay } = clock(119, 119, 3600);
  await until(() => dialog.open && text("live"));
  equal([words(), text("live"), asked], ["Out in 1:59.", "Out in 1:59.", ["GET quietly"]]);
  stay.click();
  await until(() => !dialog.open);
  equal(asked, ["GET quietly", "POST"]);
}));
test("nobody is warned when another tab was used", withClock(async () => {
  const { dialog, asked } = clock(100, 3000);
  await until(() => asked.length);
  await wait(60);
  equal(dialog.open, false);
}));
test("a tab that goes on closes the warning of the others", withClock(async () => {
  const { dialog } = clock(90, 90);
  await until(() => dialog.open);
  new BroadcastChannel("session").postMessage(3600);
  await until(() => !dialog.open);
  equal(dialog.open, false);
}));
test("a sign-in at the end of its time says so instead of promising more", withClock(async () => {
  const { dialog, words, stay } = clock(80, 80);
  await until(() => dialog.open);
  stay.click();
  await until(() => stay.hidden);
  equal([words(), dialog.open], ["Ends in 1:20.", true]);
}));
test("a session that is over is told once", withClock(async () => {
  const { dialog, words, stay } = clock(1, 0);
  await until(() => dialog.open);
  equal([words(), stay.hidden], ["You are out.", true]);
  dialog.querySelector("[data-close]").click();
  document.dispatchEvent(new Event("visibilitychange"));
  await wait(80);
  equal(dialog.open, false);
}));

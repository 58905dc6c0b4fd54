import { equal, place, test, text, until } from "/tests/harness.js";

// main.js connects the page at import; htmx is a classic script and must be there first.
await new Promise((resolve) => document.head.append(Object.assign(document.createElement("script"), { src: "/static/vendor/htmx-2.0.11/htmx.min.js", onload: resolve })));
const { connectAll } = await import("/static/js/main.js");

/** Answers htmx, which uses XMLHttpRequest, from a list of paths. */
function answer(path, status, body, headers = []) {
  const { open, send } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.setRequestHeader = function (name, value) { headers.push([name, value]); };
  XMLHttpRequest.prototype.open = function (method, url, ...rest) { open.call(this, "GET", url.includes(path) ? `/answer/${status}?body=${encodeURIComponent(body)}` : url, ...rest); };
  XMLHttpRequest.prototype.send = function () { send.call(this); };
}

test("connects elements once, several modules each, and survives an unknown name", async () => {
  const root = place(`<div><button data-module="theme-toggle dismiss no-such-module" hidden>x</button></div>`);
  await connectAll(root);
  await connectAll(root);
  equal(root.firstElementChild.hidden, false);
});
test("connects what htmx brings and gives the focus to the same id", async () => {
  const headers = [];
  answer("/part/", 200, `<button id="again">Again</button><button id="toggle" data-module="theme-toggle" hidden>Theme</button>`, headers);
  const root = place(`<div id="box"><button id="again" hx-post="/part/" hx-target="#box">Go</button></div>`);
  window.htmx.process(root);
  document.getElementById("again").focus();
  document.getElementById("again").click();
  await until(() => document.getElementById("toggle")?.hidden === false);
  equal([document.activeElement.id, document.activeElement.textContent], ["again", "Again"]);
  equal(document.getElementById("toggle").hidden, false);
  equal(headers.find(([name]) => name === "X-CSRFToken"), ["X-CSRFToken", "token-of-the-page"]);
});
test("the focus goes to data-focus when its element is gone", async () => {
  answer("/part/", 200, `<h2>Heading</h2><p tabindex="-1" data-focus id="here">Here</p>`);
  const root = place(`<div id="box"><button id="gone" hx-post="/part/" hx-target="#box">Go</button></div>`);
  window.htmx.process(root);
  document.getElementById("gone").focus();
  document.getElementById("gone").click();
  await until(() => document.activeElement.id === "here");
  equal(document.activeElement.id, "here");
});
test("a form that comes back with 422 is shown", async () => {
  answer("/part/", 422, `<p id="refused">Enter a title.</p>`);
  const root = place(`<div id="box"><button hx-post="/part/" hx-target="#box">Go</button></div>`);
  window.htmx.process(root);
  root.firstElementChild.click();
  await until(() => document.getElementById("refused"));
  equal(document.getElementById("refused")?.textContent, "Enter a title.");
  equal(document.querySelectorAll("#toasts .toast").length, 0);
});
test("a failure is told in plain words and leaves the page as it was", async () => {
  answer("/part/", 403, "<h1>Forbidden</h1>");
  const root = place(`<div id="box"><button hx-post="/part/" hx-target="#box">Go</button></div>`);
  window.htmx.process(root);
  root.firstElementChild.click();
  await until(() => text("alert") === "Not allowed.");
  equal([root.textContent, text("alert")], ["Go", "Not allowed."]);
});

import connect, { reference } from "/static/js/modules/text-files.js";
import { equal, place, test, until } from "/tests/harness.js";

const ROW = '<template data-upload-row><div data-row><progress></progress><p data-said></p><button data-pause></button><button data-go-on></button><button data-cancel></button></div></template>';
const PAGE = (markup) => `<form><template id="text-files-parts" data-list="/files/pick/" data-uploads="/up/" data-here="{name} is in." data-later="Later.">
  <dialog data-unreachable="Nothing comes."><button type="button" data-send></button><input type="file"><div data-content></div><button type="button" data-close></button></dialog>${ROW}</template>
  <div ${markup}><textarea>First</textarea><div data-tools hidden><button type="button" data-open></button></div><ul data-rows></ul><details data-plain></details></div>
  <select name="markup"><option>markdown</option><option>html</option></select></form>`;
const LIST = '<button type="button" data-pick="/files/kept/1/" data-name="a [hedge].png" data-reference="file:1" data-picture>a</button>';

/** A form whose list of files is LIST, or does not come. */
async function opened(markup, status = 200) {
  const form = place(PAGE(markup));
  const field = form.querySelector("div");
  connect(field);
  const { fetch } = window;
  window.fetch = async () => new Response(LIST, { status });
  field.querySelector("[data-open]").click();
  await until(() => field.querySelector("dialog")?.open);
  window.fetch = fetch;
  return [form, field.querySelector("textarea")];
}

test("names are only words", () => {
  const said = (file, markup) => Object.values(reference(file, markup)).join("");
  const picture = { name: "a [b] *c*.tar.png", reference: "file:1", isPicture: true };
  equal(said(picture, "markdown"), "![a \\[b\\] \\*c\\*.tar](file:1)");
  equal(said({ ...picture, name: 'x"y.png' }, "html"), '<img src="file:1" alt="x&#34;y">');
  equal(said({ name: "a&b.md", reference: "file:2", isPicture: false }, "html"), '<a href="file:2">a&#38;b.md</a>');
  equal(said({ name: ".md", reference: "file:2", isPicture: false }, "markdown"), "[.md](file:2)");
});
test("with no cursor yet it is put at the end, and its words are chosen", async () => {
  const [form, text] = await opened('data-markup="markdown"');
  let heard = 0;
  form.addEventListener("input", () => { heard += 1; });
  form.querySelector("[data-pick]").click();
  equal(text.value, "First\n\n![a \\[hedge\\]](file:1)");
  equal(text.value.slice(text.selectionStart, text.selectionEnd), "a \\[hedge\\]");
  equal([document.activeElement === text, heard > 0, form.querySelector("dialog").open], [true, true, false]);
  document.execCommand("undo");
  equal(text.value, "First");
});
test("it is written as the form says", async () => {
  const [form, text] = await opened('data-markup-from="markup"');
  form.elements.markup.value = "html";
  text.setSelectionRange(0, 0);
  form.querySelector("[data-pick]").click();
  equal(text.value.includes('<img src="file:1" alt="a [hedge]">'), true);
});
test("a list that does not come leaves the way to send a file", async () => {
  const [form] = await opened('data-markup="markdown"', 503);
  equal(form.querySelector("[data-content]").textContent, "Nothing comes.");
  equal(form.querySelector("[data-send]").checkVisibility(), true);
});

/**
 * A dialog to choose one of the files that somebody keeps, with a search: files/pick.html in
 * <dialog data-unreachable="The list does not come."><div data-content></div><button data-close></dialog>.
 */
export function fileDialog(dialog, list, chosen) {
  const content = dialog.querySelector("[data-content]");

  async function show(words = "") {
    const address = new URL(list, location.href);
    address.searchParams.set("q", words);
    const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (answer?.ok) content.replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes);
    else content.replaceChildren(Object.assign(document.createElement("p"), { textContent: dialog.dataset.unreachable }));
    if (!dialog.open) dialog.showModal();
    content.querySelector("input")?.focus();
  }

  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  // Another dialog of the page shows the same list.
  dialog.addEventListener("close", () => content.replaceChildren());
  // Enter in the field must not send the form around.
  content.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input")) { event.preventDefault(); show(event.target.value); }
  });
  content.addEventListener("click", ({ target }) => {
    if (target.closest("[data-find] button")) return show(content.querySelector("input").value);
    const button = target.closest("[data-pick]");
    if (!button) return;
    const { pick, name, reference, picture } = button.dataset;
    dialog.close();
    chosen({ address: new URL(pick, location.href).href, name, reference, isPicture: picture !== undefined });
  });
  return { show: () => show() };
}

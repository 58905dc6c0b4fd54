/**
 * Lets a file be dropped on the area around a file input, says what was chosen, and tells at once what the server would
 * refuse: a file that is too large or of another kind. The plain input goes on working.
 *
 * <div class="drop-area" data-module="drop-file" data-said="Chosen: {name}, {size} MB" data-too-large="…{most}…" data-wrong="“{name}” is no archive.">
 *   <input type="file" accept=".zip,.gz" data-most="262144000"><p class="drop-hint" hidden>Or drop it here.</p><p class="drop-said" role="status"></p></div>
 */
const MEGABYTE = 1024 * 1024;
const megabytes = (bytes) => (bytes / MEGABYTE).toFixed(bytes < MEGABYTE ? 2 : 1);

/** Which of the area's sentences a file deserves: "said", "tooLarge" or "wrong". */
export function judge(file, input) {
  const endings = input.accept.split(",").map((ending) => ending.trim().toLowerCase()).filter((ending) => ending.startsWith("."));
  if (endings.length && !endings.some((ending) => file.name.toLowerCase().endsWith(ending))) return "wrong";
  return file.size > Number(input.dataset.most || Infinity) ? "tooLarge" : "said";
}

export default function connect(area) {
  const input = area.querySelector("input[type=file]");
  const said = area.querySelector(".drop-said");
  const hint = area.querySelector(".drop-hint");
  if (!input) return;
  if (hint) hint.hidden = false;

  const tell = () => {
    const [file] = input.files;
    if (!file) return void (said.textContent = "");
    const words = { name: file.name, size: megabytes(file.size), most: megabytes(Number(input.dataset.most)) };
    said.textContent = area.dataset[judge(file, input)].replace(/\{(\w+)\}/g, (_, key) => words[key]);
  };
  const over = (event) => {
    if (![...(event.dataTransfer?.types ?? [])].includes("Files")) return;
    event.preventDefault();
    area.classList.add("over");
  };
  area.addEventListener("dragenter", over);
  area.addEventListener("dragover", over);
  area.addEventListener("dragleave", (event) => { if (!area.contains(event.relatedTarget)) area.classList.remove("over"); });
  area.addEventListener("drop", (event) => {
    area.classList.remove("over");
    const [file] = event.dataTransfer?.files ?? [];
    if (!file) return;
    event.preventDefault();
    const chosen = new DataTransfer();
    chosen.items.add(file);
    input.files = chosen.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    input.focus();
  });
  input.addEventListener("change", tell);
  tell();
}

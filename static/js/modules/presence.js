/**
 * Says who else has this page before them, and is itself seen there. Hidden while nobody is.
 *
 * <p data-module="presence" data-topic="editing.0190…" data-me="0190…" data-one="{name} is here, too."
 *    data-more="{names} are here, too." data-and="{names} and {name}" hidden><span data-names></span></p>
 */
import { format, say } from "../lib/dom.js";
import { attend } from "../lib/realtime.js";

export default function connect(element) {
  const { me, one, more, and } = element.dataset;
  const words = element.querySelector("[data-names]");
  const leave = attend(element.dataset.topic, ({ people }) => {
    if (!element.isConnected) return leave();
    const others = people.filter((person) => person.id !== me).map((person) => person.name);
    const names = others.length > 1 ? format(and, { names: others.slice(0, -1).join(", "), name: others.at(-1) }) : "";
    const text = others.length > 1 ? format(more, { names }) : format(one, { name: others[0] ?? "" });
    element.hidden = !others.length;
    if (!others.length || words.textContent === text) return;
    words.textContent = text;
    say(text);
  });
}

/**
 * Moves the focus to an element once the page is there: the summary of a refused form, say.
 *
 * <div role="alert" tabindex="-1" data-module="focus-here">…</div>
 */
import { focusOn } from "../lib/dom.js";

export default function connect(element) {
  focusOn(element);
}

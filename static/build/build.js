// The builder beside its cards: what can be added to the cluster and to an object, and the text kept in step with what was
// done. Loaded when the page has shown its first frame. All that it does to the cluster are kubectl's commands.
import { menu, palette, refill } from "./palette.js";

const bindings = () => window.wasmBindings;
let under = Promise.resolve();

/** Runs command lines as the kubectl line does. */
export const run = (lines) => bindings().podscopePage(`r${lines}`, 0);

/** What knows the schema and kubectl, with a cluster that has done what the page's did. */
export async function cluster() {
  // The page waits for the same promise, and goes first.
  bindings().podscopePage("f", 0);
  const there = await window.podscopeConsole();
  while (bindings().podscopePage("f", 0) < 0) await new Promise(requestAnimationFrame);
  return there;
}

/** Something was done: the text follows. */
export function done() {
  // A lesson has a cluster of its own, and the text stays.
  if (location.hash.startsWith("#lesson=")) return;
  under = under.then(async () => {
    const there = await cluster();
    const before = bindings().podscopeText();
    const after = there.sync(before);
    if (after !== before) bindings().podscopeText(after);
    dispatchEvent(new Event("podscope-synced"));
  }).catch((why) => console.warn(why));
}

/** Writing has a history of its own. */
const writes = (event) => event.composedPath()[0].closest?.("input:not([type=range]), textarea, [contenteditable=true]");

/** Fills what the page has left empty for this, now and whenever it draws more of it. */
export function begin(root) {
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = new URL("./build.css", import.meta.url).href;
  document.head.append(style);
  addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "z" || writes(event)) return;
    event.preventDefault();
    root.querySelector(event.shiftKey ? "button.redo" : "button.undo")?.click();
  });
  const look = () => {
    for (const at of root.querySelectorAll(".palette:empty")) palette(at);
    for (const at of root.querySelectorAll(".card .more:empty")) menu(at);
    refill(root);
  };
  look();
  new MutationObserver(look).observe(root.querySelector("[data-panel=build]"), { childList: true, subtree: true });
}

// The builder beside its cards: what can be added to the cluster and to an object, and the text kept in step with what was
// done. Loaded when the page has shown its first frame. All that it does to the cluster are kubectl's commands.
import { faults } from "./faults.js";
import { attach, refresh } from "./fields.js";
import { menu, palette, refill, takes } from "./palette.js";
import { rules, watch } from "./rules.js";

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

/** Something was done: the text and the fields follow. */
export function done() {
  dispatchEvent(new Event("podscope-did"));
  under = under.then(async () => {
    const there = await cluster();
    const root = document.getElementById("podscope");
    // A lesson has a cluster of its own, and the text stays.
    if (!location.hash.startsWith("#lesson=")) {
      const before = bindings().podscopeText();
      const after = there.sync(before);
      if (after !== before) bindings().podscopeText(after);
      dispatchEvent(new Event("podscope-synced"));
    }
    refresh(root);
    await rules(root);
  }).catch((why) => console.warn(why));
}

/** Writing has a history of its own. */
const writes = (event) => event.composedPath()[0].closest?.("input:not([type=range]), textarea, [contenteditable=true]");

/** Fills what the page has left empty for this, now and whenever it draws more of it. */
export function begin(root) {
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = new URL("./build.css", import.meta.url).href;
  addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "z" || writes(event)) return;
    event.preventDefault();
    root.querySelector(event.shiftKey ? "button.redo" : "button.undo")?.click();
  });
  const look = () => {
    for (const at of root.querySelectorAll(".palette:empty")) palette(at);
    for (const at of root.querySelectorAll(".card .more:empty")) menu(at);
    for (const at of root.querySelectorAll(".card details.fields:not([data-on])")) attach(at);
    refill(root);
  };
  const fill = () => {
    look();
    new MutationObserver(look).observe(root.querySelector("[data-panel=build]"), { childList: true, subtree: true });
    const chosen = () => root.querySelectorAll(".faults:empty").forEach(faults);
    chosen();
    new MutationObserver(chosen).observe(root.querySelector("[data-panel=inspect]"), { childList: true, subtree: true });
  };
  style.onload = style.onerror = fill;
  takes(root);
  watch(root);
  rules(root);
  document.head.append(style);
}

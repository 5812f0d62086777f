// What of the chosen object can be broken on purpose, and what is broken mended: a menu below what is known of it. The engine
// says what there is; each button runs the command that one could type.
import { cluster, run } from "./build.js";

/** The words of a button, by the command's first word. `of` is what stands after the slash, and `other` a second name. */
const WORDS = {
  crash: () => "Crash its containers",
  unready: () => "Fail its readiness probe",
  ready: () => "Let its readiness probe succeed",
  hold: (of, other) => `Hold the link to ${other}`,
  release: (of, other) => `Release the link to ${other}`,
  promote: () => "Make it the primary",
  fail: () => "Stop the machine",
  recover: () => "Start the machine",
  partition: (of) => `Cut off zone ${of}`,
  heal: (of) => `Reach zone ${of} again`,
  slow: () => "Slow its disk",
  fast: () => "Let its disk be fast",
};
const MENDS = new Set(["ready", "release", "recover", "heal", "fast"]);

/** Runs a command, and waits until it has ended. */
async function done(command) {
  const there = await cluster();
  const before = there.ended();
  run(command);
  while ([undefined, before].includes(there.ended())) await new Promise(requestAnimationFrame);
}

function button(at, fault) {
  const { namespace } = at.dataset;
  const [word, first, other] = fault.split(" ");
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = WORDS[word]?.(first.split("/").pop(), other) ?? fault;
  const command = `podscope ${fault}${namespace && namespace !== "default" ? ` -n ${namespace}` : ""}`;
  made.title = command;
  if (MENDS.has(word)) made.className = "mends";
  made.dataset.fault = fault;
  made.addEventListener("click", async () => {
    await done(command);
    await refill(at);
  });
  return made;
}

/** Asks what can be broken now, and leaves alone what is as it was, so that the focus stays. */
async function refill(at) {
  const list = at.querySelector(".list");
  const { kind, namespace, name } = at.dataset;
  const found = JSON.parse((await cluster()).faults(kind, namespace, name));
  const had = [...list.children];
  if (found.join() === had.map((one) => one.dataset.fault).join()) return;
  const focused = had.indexOf(document.activeElement);
  list.replaceChildren(...found.map((fault) => button(at, fault)));
  list.children[Math.min(focused, found.length - 1)]?.focus();
  if (!found.length) list.textContent = "Nothing of it can be broken.";
}

/** Fills the menu of an object. */
export function faults(at) {
  const summary = document.createElement("summary");
  summary.textContent = "Break something";
  const list = document.createElement("div");
  list.className = "list";
  list.setAttribute("role", "group");
  list.setAttribute("aria-label", `Faults of ${at.dataset.name}`);
  at.append(summary, list);
  at.addEventListener("toggle", () => at.open && refill(at));
}

addEventListener("podscope-did", () => {
  for (const at of document.querySelectorAll(".faults[open]")) refill(at);
});

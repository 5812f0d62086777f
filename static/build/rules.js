// Cards of what no view draws: autoscalers and budgets, and why each is as it is.
import { cluster, run } from "./build.js";
import { fill, make } from "./fields.js";

const KINDS = /kind: *["']?(HorizontalPodAutoscaler|PodDisruptionBudget)\b/;
/** How long a sentence stays before it is asked for again, in milliseconds. */
const AGAIN = 1000;

const SHORT = { HorizontalPodAutoscaler: "hpa", PodDisruptionBudget: "pdb" };

function card(of, value) {
  const away = of.namespace === "default" ? "" : ` -n ${of.namespace}`;
  const button = (words, label, act, className = "act") => {
    const made = make("button", { type: "button", className, textContent: words, "aria-label": label });
    made.addEventListener("click", act);
    return made;
  };
  const { kind, name } = value.spec.scaleTargetRef ?? {};
  const labels = Object.entries(value.spec.selector?.matchLabels ?? {}).map((pair) => pair.join("=")).join(", ");
  const copy = async () => {
    const there = await cluster();
    let n = 2;
    while (JSON.parse(there.value(of.kind, of.namespace, `${of.name}-${n}`))) n++;
    run(`kubectl apply -f - <<'EOF'\n${there.copy(of.kind, of.namespace, of.name, `${of.name}-${n}`)}EOF`);
  };
  const rows = make("div", { className: "fields" });
  const said = make("p", { className: "why-so" });
  const made = make("article", { className: "card rule", "aria-label": `${of.kind} ${of.name}` },
    make("h2", {}, make("i"), make("b", { textContent: of.name }), make("em", { textContent: of.kind, title: of.kind }),
      button("", `Another ${of.kind} like ${of.name}`, copy, "opens"),
      button("×", `Delete ${of.kind} ${of.name}`, () => run(`kubectl delete ${SHORT[of.kind]} ${of.name}${away}`), "close")),
    make("div", { className: "line" }, make("span", { textContent: kind ? "scaleTargetRef" : "selector" }),
      make("b", { textContent: kind ? `${kind}/${name}` : labels || "every pod" })),
    rows, said);
  made.querySelector(".opens").innerHTML = '<svg class="icon" viewBox="0 0 20 20" aria-hidden="true"><path d="M7 7h9v9H7zM4 13V4h9"/></svg>';
  return { made, rows, said };
}

let shown = new Map();
let looked = -Infinity;

/** Shows those that there are. Nothing is loaded for this as long as nothing is known of any. */
export async function rules(root) {
  const place = root.querySelector(".rules");
  if (!place || (!shown.size && !KINDS.test(window.wasmBindings.podscopeText()))) return;
  looked = performance.now();
  const all = JSON.parse((await cluster()).rules());
  const now = new Map();
  for (const { value, said } of all) {
    const { name, namespace } = value.metadata;
    const of = { kind: value.kind, namespace, name };
    const key = Object.values(of).join("/");
    const one = shown.get(key) ?? card(of, value);
    now.set(key, one);
    if (!place.contains(one.made)) place.append(one.made);
    if (one.said.textContent !== said) one.said.textContent = said;
    fill(one.rows, of);
  }
  for (const [key, { made }] of shown) if (!now.has(key)) made.remove();
  shown = now;
}

/** What autoscalers and budgets see changes as time runs. */
export function watch(root) {
  const clock = root.querySelector(".clock");
  const look = () => {
    const due = shown.size && !document.hidden && performance.now() - looked > AGAIN;
    if (due && root.querySelector(".rules")?.checkVisibility()) rules(root);
  };
  new MutationObserver(look).observe(clock, { childList: true, characterData: true, subtree: true });
}

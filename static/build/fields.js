// The further fields of a card: a row of FIELDS is all that a field needs. What it is for, its type and what may be chosen are
// what the editor says of it (crates/console, about.txt).
import { cluster } from "./build.js";

const TEMPLATE = ["spec", "template"];
const container = (...rest) => [...TEMPLATE, "spec", "containers", 0, ...rest];
const note = (name, at = TEMPLATE) => [...at, "metadata", "annotations", `podscope.dev/${name}`];
const SECONDS = { unit: "s" };
const FIXED = { fixed: true };
/** Of these the schema knows no choices. */
const KEPT = { choices: ["Retain", "Delete"] };

/** What is the same for all that make pods from a template. */
const PODS = [
  [container("resources", "requests", "cpu"), { label: "requests.cpu", hint: "250m" }],
  [container("resources", "requests", "memory"), { label: "requests.memory", hint: "64Mi" }],
  [container("resources", "limits", "memory"), { label: "limits.memory", hint: "128Mi" }],
  [[...TEMPLATE, "spec", "terminationGracePeriodSeconds"], SECONDS],
  ...["pull-after", "start-after", "ready-after", "terminate-after", "service-time"].map((name) => [note(name), { hint: "1s" }]),
  [note("concurrency"), { hint: "4" }],
  [note("crash-after"), { hint: "20s" }],
];

/** A kind's fields: a path, and how it is written where its type does not say: a unit, an example, that it cannot be changed. */
const FIELDS = {
  Deployment: [
    [["spec", "strategy", "type"]],
    [["spec", "strategy", "rollingUpdate", "maxSurge"]],
    [["spec", "strategy", "rollingUpdate", "maxUnavailable"]],
    [["spec", "minReadySeconds"], SECONDS],
    [["spec", "progressDeadlineSeconds"], SECONDS],
    [["spec", "revisionHistoryLimit"]],
    [["spec", "paused"]],
    ...PODS,
  ],
  StatefulSet: [
    [["spec", "podManagementPolicy"], FIXED],
    [["spec", "serviceName"], FIXED],
    [["spec", "updateStrategy", "type"]],
    [["spec", "updateStrategy", "rollingUpdate", "partition"]],
    [["spec", "minReadySeconds"], SECONDS],
    [["spec", "revisionHistoryLimit"]],
    [["spec", "ordinals", "start"]],
    [["spec", "persistentVolumeClaimRetentionPolicy", "whenScaled"], KEPT],
    [["spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted"], KEPT],
    [["spec", "volumeClaimTemplates", 0, "spec", "resources", "requests", "storage"], FIXED],
    ...PODS,
  ],
  DaemonSet: [
    [["spec", "updateStrategy", "type"]],
    [["spec", "updateStrategy", "rollingUpdate", "maxSurge"]],
    [["spec", "updateStrategy", "rollingUpdate", "maxUnavailable"]],
    [["spec", "minReadySeconds"], SECONDS],
    ...PODS,
  ],
  Job: [
    [["spec", "parallelism"]],
    [["spec", "completions"], FIXED],
    [["spec", "backoffLimit"]],
    [["spec", "activeDeadlineSeconds"], SECONDS],
    [["spec", "ttlSecondsAfterFinished"], SECONDS],
    [["spec", "suspend"]],
  ],
  CronJob: [
    [["spec", "schedule"], { hint: "*/5 * * * *" }],
    [["spec", "concurrencyPolicy"]],
    [["spec", "suspend"]],
    [["spec", "startingDeadlineSeconds"], SECONDS],
    [["spec", "successfulJobsHistoryLimit"]],
    [["spec", "failedJobsHistoryLimit"]],
  ],
  Service: [
    [["spec", "type"]],
    [["spec", "sessionAffinity"]],
    [["spec", "publishNotReadyAddresses"]],
    [["spec", "internalTrafficPolicy"]],
    [["spec", "externalTrafficPolicy"]],
    [["spec", "ports", 0, "targetPort"]],
    [note("client-timeout", []), { hint: "1s" }],
  ],
  HorizontalPodAutoscaler: [
    [["spec", "minReplicas"]],
    [["spec", "maxReplicas"]],
    [["spec", "metrics", 0, "resource", "target", "averageUtilization"], { unit: "%" }],
    [["spec", "behavior", "scaleUp", "stabilizationWindowSeconds"], SECONDS],
    [["spec", "behavior", "scaleDown", "stabilizationWindowSeconds"], SECONDS],
  ],
  PodDisruptionBudget: [
    [["spec", "minAvailable"]],
    [["spec", "maxUnavailable"]],
    [["spec", "unhealthyPodEvictionPolicy"]],
  ],
};

/** Of these there may be one only. */
const EITHER = { minAvailable: "maxUnavailable", maxUnavailable: "minAvailable" };

export const make = (tag, set = {}, ...inside) => {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(set)) {
    if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...inside);
  return made;
};

const at = (object, path) => path.reduce((value, key) => value?.[key], object);

/** The least strategic merge patch that sets a path. Elements of lists are merged by their keys, or the list goes as a whole. */
function patch(object, [key, ...rest], value) {
  if (rest.length === 0) return { [key]: value };
  if (typeof rest[0] !== "number") return { [key]: patch(object?.[key], rest, value) };
  const element = object[key][rest[0]];
  const inner = patch(element, rest.slice(1), value);
  const by = { containers: "name", ports: "port" }[key];
  if (by) return { [key]: [{ [by]: element[by], ...inner }] };
  return { [key]: object[key].map((other, n) => (n === rest[0] ? merged(other, inner) : other)) };
}

function merged(one, other) {
  if (typeof one !== "object" || typeof other !== "object" || !one || !other) return other;
  return { ...one, ...Object.fromEntries(Object.entries(other).map(([key, value]) => [key, merged(one[key], value)])) };
}

/** The value that is written as this text. */
function read(text, info) {
  if (text === "") return null;
  if (info.type === "boolean") return text === "true";
  return /integer/.test(info.type) && /^-?\d+$/.test(text) ? Number(text) : text;
}

/** Whether a field says anything of an object as it is. */
function there(object, path) {
  const list = path.findIndex((key) => typeof key === "number");
  if (list > 0 && at(object, path.slice(0, list + 1)) === undefined) return false;
  if (path.includes("resource") && at(object, ["spec", "metrics", 0, "resource"]) === undefined) return false;
  if (path.at(-1) === "externalTrafficPolicy") return object.spec?.type !== "ClusterIP";
  const within = path.indexOf("rollingUpdate");
  return within < 0 || [undefined, "RollingUpdate"].includes(at(object, [...path.slice(0, within), "type"]));
}

const asked = new Map();

function about(of, kind, path) {
  const key = `${kind} ${path.join(".")}`;
  if (!asked.has(key)) asked.set(key, JSON.parse(of.field(kind, JSON.stringify(path))) ?? { type: "", text: "" });
  return asked.get(key);
}

/** One row; `act` is called with what is wanted, as a text. Gives its element, and what shows a text in it. */
function row(name, of, info, how, act) {
  const label = `${name} of ${of.name}`;
  const change = (event) => act(event.target.value.trim(), input);
  let input, control;
  const offered = info.type === "boolean" ? ["false", "true"] : how.choices ?? info.choices ?? [];
  const choices = how.fixed ? [] : offered;
  if (how.fixed) {
    control = input = make("output", { "aria-label": label, title: "It cannot be changed." });
  } else if (choices.length) {
    control = input = make("select", { "aria-label": label }, ...choices.map((value) => make("option", { value, textContent: value })));
    input.addEventListener("change", change);
  } else {
    const number = info.type === "integer";
    input = make("input", { type: "text", className: "amount", "aria-label": label, spellcheck: false, autocomplete: "off", placeholder: how.hint ?? "" });
    if (number) input.inputMode = "numeric";
    input.addEventListener("change", change);
    control = input;
    if (number) {
      const step = (words, sign, by) => {
        const made = make("button", { type: "button", "aria-label": `${words} ${name}, ${of.name}`, textContent: sign });
        made.addEventListener("click", () => act(String(Math.max(0, (Number(input.dataset.now) || 0) + by)), input));
        return made;
      };
      control = make("span", { className: "stepper" }, step("Lower", "−", -1), input, step("Raise", "+", 1));
    }
  }
  if (info.text) input.setAttribute("aria-description", info.text);
  const unit = how.unit ? [make("small", { textContent: how.unit })] : [];
  const line = make("div", { className: "line field" }, make("span", { textContent: name }), make("span", { className: "set" }, control, ...unit));
  const show = (text, force) => {
    // What somebody is writing stays.
    const writing = document.activeElement === input && input.value !== input.dataset.now && !choices.length;
    if (force || !writing) input.value = text;
    if (choices.length && ![...input.options].some((o) => o.value === text)) input.selectedIndex = -1;
    input.dataset.now = text;
  };
  return { made: make("div", { className: "one" }, line, make("p", { className: "help", textContent: info.text })), show };
}

/** Shows the fields of an object in a place, and keeps those that are there. */
export async function fill(place, of) {
  const known = (place.fields ??= { rows: new Map() });
  const from = await cluster();
  const object = JSON.parse(from.value(of.kind, of.namespace, of.name));
  if (!object || !place.isConnected) return;
  known.said ??= make("p", { className: "problem", role: "alert" });
  let before = known.first ??= place.appendChild(known.said);
  const act = (path, info) => (text, input) => {
    const wanted = read(text, info);
    if (text === input.dataset.now) return;
    const name = path.at(-1);
    const now = JSON.parse(from.value(of.kind, of.namespace, of.name));
    const change = patch(now, path, wanted);
    // What is about rolling updates goes with them.
    if (["Recreate", "OnDelete"].includes(text)) Object.values(change.spec)[0].rollingUpdate = null;
    if (EITHER[name] && now.spec?.[EITHER[name]] !== undefined && of.kind === "PodDisruptionBudget") change.spec[EITHER[name]] = null;
    const wrong = window.wasmBindings.podscopePatch(of.kind, of.namespace, of.name, JSON.stringify(change));
    known.said.textContent = wrong;
    if (wrong) known.rows.get(path.join(".")).show(input.dataset.now, true);
    else fill(place, of);
  };
  for (const [path, how = {}] of (FIELDS[of.kind] ?? []).toReversed()) {
    const key = path.join(".");
    let shown = known.rows.get(key);
    if (!there(object, path)) {
      shown?.made.remove();
      known.rows.delete(key);
      continue;
    }
    if (!shown) {
      const info = about(from, of.kind, path);
      const name = how.label ?? String(path.at(-1)).replace("podscope.dev/", "");
      shown = row(path.includes("behavior") ? `${path.at(-2)}.${name}` : name, of, info, how, act(path, info));
      known.rows.set(key, shown);
      place.insertBefore(shown.made, before);
    }
    before = shown.made;
    const now = at(object, path);
    shown.show(now === undefined || now === null ? "" : String(now));
  }
}

/** Has a card's `details` show fields while it is open. */
export function attach(details) {
  details.dataset.on = "";
  const of = { kind: details.dataset.kind, namespace: details.dataset.namespace, name: details.dataset.name };
  details.hidden = !FIELDS[of.kind];
  const look = () => details.open && fill(details, of);
  details.addEventListener("toggle", look);
  look();
}

/** Shows again what is open. */
export function refresh(root) {
  for (const details of root.querySelectorAll("details.fields[open]")) fill(details, { ...details.dataset });
}

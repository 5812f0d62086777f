// The attributes of <pod-scope>, which are also the options of mount() and what stands in the hash of embed.html.

/**
 * Each line is an attribute: its default, what it may be, and after `//` what it does. `parse` below reads values by
 * these lines, and `cargo xtask attributes` makes the table in docs/embedding.md of them.
 */
export const ATTRIBUTES = {
  src: ["", "text"], // The address of a manifest, instead of one inside the element. It must be on the page's own origin.
  scenario: ["", "text"], // A scenario's name, such as `reverse-deletion`, or the address of its Markdown: its chapters are told below the cluster, and done at a click.
  loading: ["lazy", "lazy|click|eager"], // When the simulator is loaded: near the viewport, when the reader asks for it, or at once.
  autoplay: [false, "flag"], // Lets time run as soon as it is loaded. Never for readers who ask for less motion.
  loop: ["", "loop"], // Begins again: after this much simulated time, or without a value when nothing has happened for 5 seconds.
  speed: [1, "0.01..1000"], // Simulated seconds in a second.
  "start-at": [0, "duration"], // The instant that is shown first, such as `20s` or `1m30s`; also where a loop begins again.
  controls: ["all", "all|time|none"], // What can be done: everything; only play, pause, step and speed; or nothing.
  theme: ["auto", "auto|light|dark"], // `auto` follows the page, live: its theme attribute or class, else the reader's preference.
  height: ["", "length"], // A height in pixels, or any CSS length; without one it is as high as what it shows, up to 560 pixels.
  seed: [1, "0..9007199254740991"], // Seeds all chance: the same seed gives the same run, names of pods included.
  traffic: [0, "0..1000"], // Requests a second that clients send to each Service.
  "read-only": [false, "flag"], // The reader can move in time, but not change the cluster.
  view: ["stage", "stage|both"], // What is shown: the cluster, or the manifest and the cluster below it.
  focus: ["", "object"], // What is chosen at first, such as `deployment/web` or `pod/db-0`.
  zoom: [false, "flag"], // Buttons, keys and gestures that zoom and pan the stage, and a map of it when it is large.
};

/** Seconds of `2s`, `300ms`, `1m30s`, `1h` or a number of seconds; nothing for what is none of these. */
export function seconds(text) {
  // What is longer is none of these, and would take long to look through.
  const trimmed = String(text).slice(0, 99).trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed);
  const unit = { h: 3600, m: 60, s: 1, ms: 0.001 };
  let sum = 0;
  const rest = trimmed.replace(/(\d+(?:\.\d+)?)(ms|h|m|s)/g, (_, n, u) => ((sum += n * unit[u]), ""));
  return trimmed && !rest ? sum : undefined;
}

/** Each kind after its short name. */
const KINDS = "deploy Deployment,sts StatefulSet,svc Service,po Pod,ds DaemonSet,rs ReplicaSet,job Job,cj CronJob,no Node".split(",");

/** `[kind, name]` of `deploy/web`, with Kubernetes' own word for the kind; nothing for what is not of that form. */
export function object(text) {
  const [, kind, name] = /^([A-Za-z]+)\/([a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?)$/.exec(text) ?? [];
  const known = kind && KINDS.find((one) => one.toLowerCase().split(" ").includes(kind.toLowerCase()));
  return known && [known.split(" ")[1], name];
}

const readers = {
  flag: (text) => text !== "false" && text !== false,
  text: String,
  length: (text) => (/^\d+$/.test(text) ? `${text}px` : CSS.supports("height", text) ? text : undefined),
  duration: (text) => {
    const value = seconds(text);
    return value <= 86_400 ? value : undefined;
  },
  loop: (text) => (text === "" || text === "true" || text === true ? true : seconds(text) || undefined),
  object: (text) => object(text)?.join("/"),
};

/** The value of an attribute as its text says; its default where there is none, or one that it cannot be. */
export function parse(name, text) {
  const [usual, type] = ATTRIBUTES[name];
  if (text === null || text === undefined) return usual;
  const range = type.split("..");
  let value;
  if (range[1]) {
    const number = Number(text);
    if (String(text).trim() && number >= range[0] && number <= range[1]) value = number;
  } else if (readers[type]) {
    value = readers[type](text);
  } else if (type.split("|").includes(text)) {
    value = text;
  }
  if (value === undefined) {
    console.warn(`pod-scope: ${name} cannot be ${JSON.stringify(String(text).slice(0, 80))}`);
    return usual;
  }
  return value;
}

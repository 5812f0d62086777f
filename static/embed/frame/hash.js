// What stands in the hash of embed.html: `#autoplay&speed=4&yaml=…`, or the playground's link to a run, `#v1.…`.

/** How far a run may go in microseconds, and how much may have been done in it: as in the playground's links. */
const FARTHEST = 7_200_000_000;
const MOST = 20_000;
/** The version of the playground's links. */
const RUN = "v1.";

const whole = (n, most = Number.MAX_SAFE_INTEGER) => Number.isSafeInteger(n) && n >= 0 && n <= most;

/** How many objects a run's requests name: what was made, and what changed. */
export const objects = (inputs) =>
  new Set(inputs.filter(({ what }) => what?.object).map(({ what: { object } }) => JSON.stringify([object.kind, object.metadata?.namespace, object.metadata?.name]))).size;
/** The most of them: as in a manifest. */
export const MOST_OBJECTS = 400;

/** The origin of a page's address; nothing for what is none. */
function origin(text) {
  try {
    return /^https?:/.test(text) && new URL(text).origin;
  } catch {
    return undefined;
  }
}

/** The run that the playground wrote as JSON, as a snapshot. */
function run(text) {
  const none = () => new Error("the link holds no run that can be shown");
  let of;
  try {
    of = JSON.parse(text);
  } catch {
    throw none();
  }
  const { podscope, seed, inputs, now } = of ?? {};
  if (podscope !== 1 || !whole(seed) || !whole(now, FARTHEST) || !Array.isArray(inputs) || inputs.length > MOST) throw none();
  let last = 0;
  for (const one of inputs) {
    if (!whole(one?.at, FARTHEST) || !whole(one.after) || one.at < last || typeof one.what !== "object" || !one.what) throw none();
    last = one.at;
  }
  if (objects(inputs) > MOST_OBJECTS) throw new Error(`more than ${MOST_OBJECTS} objects are too much for a page`);
  return { time: now / 1e6, seed, inputs };
}

/**
 * What a hash asks for: attributes by name (of `names`), the manifest or the run, and the origins of pages that may send
 * messages. `unpack` makes a text of a word (static/share.js). What it does not know it lists as `unknown`.
 */
export async function read(hash, names, unpack) {
  let rest = hash.replace(/^#/, "");
  const asked = { attributes: {}, yaml: "", run: undefined, parents: [], unknown: [] };
  if (rest.startsWith(RUN)) {
    const [word] = rest.split("&", 1);
    rest = rest.slice(word.length);
    asked.run = run(await unpack(word.slice(RUN.length)));
    asked.attributes.seed = String(asked.run.seed);
  }
  for (const [name, value] of new URLSearchParams(rest)) {
    if (name === "yaml") asked.yaml = value;
    else if (name === "packed") asked.yaml = await unpack(value);
    else if (name === "parents") asked.parents = value.split(/[\s,]+/).map(origin).filter(Boolean);
    else if (!names.includes(name)) asked.unknown.push(name.slice(0, 80));
    // A run has the seed with which it was made.
    else if (name !== "seed" || !asked.run) asked.attributes[name] = value;
  }
  return asked;
}

/** The hash for options as `mount` takes them, and `parents`. */
export function write({ parents, ...options } = {}) {
  const made = new URLSearchParams();
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === false) continue;
    made.set(name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`), value === true ? "" : String(value));
  }
  if (parents?.length) made.set("parents", [parents].flat().join(" "));
  return `#${made}`;
}

/** A text as `packed` and links have it; what reads it is in static/share.js. */
export async function pack(text) {
  const deflated = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(deflated).arrayBuffer());
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The hash for a run, from a snapshot, shown as another hash says. */
export async function again({ time, seed, inputs }, hash) {
  const word = await pack(JSON.stringify({ podscope: 1, seed, inputs, now: Math.round(time * 1e6) }));
  const rest = hash.replace(/^#/, "");
  const how = new URLSearchParams(rest.startsWith(RUN) ? rest.slice(rest.split("&", 1)[0].length) : rest);
  how.delete("seed");
  return `#${RUN}${word}&${how}`;
}

// Random hashes, attributes and messages for embeds, from a seed: what the parsers make of them keeps to their types and
// limits, whatever is in them. `node tests/fuzz/embed.mjs [SECONDS] [SEED]`; every test run has a short one.
//
// It begins with fuzz/corpus/hash and fuzz/corpus/message, and mixes and spoils what is there. An input that breaks a rule is
// printed: put it into the corpus with what mends it.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ATTRIBUTES, parse } from "../../static/embed/attributes.js";
import { MOST_OBJECTS, objects, read, write } from "../../static/embed/frame/hash.js";
import { LIMITS, Protocol, VERSION } from "../../static/embed/frame/protocol.js";

// The page's own script for deflated words, and what of a page the parsers ask.
globalThis.window = globalThis;
globalThis.CSS = { supports: (name, value) => name === "height" && /^\d+(px|em|vh|%)$/.test(value) };
await import("../../static/share.js");

const corpus = (name) => {
  const folder = new URL(`../../fuzz/corpus/${name}/`, import.meta.url);
  return readdirSync(folder).sort().map((file) => readFileSync(new URL(file, folder), "utf8").replace(/\n$/, ""));
};
const NAMES = Object.keys(ATTRIBUTES);
const WORDS = ["__proto__", "constructor", "prototype", "toString", "yaml=", "packed=", "v1.", "&", "=", "%", "%00", "%ff", "+", "#", "1e999", "-1", "NaN",
  "\u0000", "\ud800", "😀", "<script>alert(1)</script>", "javascript:alert(1)", "\"", "{", "[", "null", "true", "9007199254740993", ...NAMES];

/** Numbers from a seed: the same ones for the same seed. */
export function chance(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return { below: (n) => Math.floor(next() * n), one: (list) => list[Math.floor(next() * list.length)] };
}

/** A text, spoiled a little. */
function spoil(text, all, { below, one }) {
  for (let times = below(4); times >= 0; times--) {
    const at = below(text.length + 1);
    const to = at + below(Math.min(40, text.length - at) + 1);
    const put = [() => one(WORDS), () => String.fromCharCode(below(0x10000)), () => "", () => text.slice(at, to).repeat(below(5)), () => one(all).slice(below(20))][below(5)]();
    text = text.slice(0, at) + put + text.slice(to);
  }
  return text.slice(0, 200_000);
}

/** A value as a page might send it: a corpus message spoiled at random places. */
function spoiled(value, random) {
  const { below, one } = random;
  const strange = () => one([null, undefined, NaN, -1, 1e309, 7, "", "play", "x".repeat(below(3) * LIMITS.line), [], {}, true, 10n, new Date(0), new Map([["podscope", 1]]), new Uint8Array(3),
    JSON.parse('{"__proto__": {"polluted": 1}}'), Object.create(null), { length: 3 }, [[[[]]]], one(WORDS)]);
  if (below(12) === 0) return strange();
  if (Array.isArray(value)) {
    const made = value.map((one) => spoiled(one, random));
    if (below(10) === 0) made.splice(below(made.length + 1), below(2), strange());
    return made;
  }
  if (typeof value === "object" && value) {
    const made = Object.fromEntries(Object.entries(value).filter(() => below(20)).map(([key, value]) => [key, spoiled(value, random)]));
    if (below(10) === 0) Object.defineProperty(made, one(WORDS), { value: strange(), enumerable: true, configurable: true, writable: true });
    return made;
  }
  return typeof value === "string" && below(6) === 0 ? spoil(value, WORDS, random) : value;
}

const isPlain = (value) => [Object.prototype, null].includes(Object.getPrototypeOf(value));

/** Reads a hash, and holds what came out against what may. */
export async function hash(text) {
  let asked;
  try {
    asked = await read(text, NAMES, window.podscopeUnpack);
  } catch (error) {
    assert.ok(error instanceof Error, "what is thrown is an error");
    return;
  }
  assert.deepEqual(Object.keys(asked), ["attributes", "yaml", "run", "parents", "unknown"]);
  assert.ok(isPlain(asked.attributes) && typeof asked.yaml === "string");
  for (const [name, value] of Object.entries(asked.attributes)) {
    assert.ok(NAMES.includes(name) && typeof value === "string", name);
    attribute(name, value);
  }
  for (const origin of asked.parents) assert.equal(new URL(origin).origin, origin);
  if (!asked.run) return;
  const { time, seed, inputs } = asked.run;
  assert.ok(time >= 0 && time <= 7200 && Number.isSafeInteger(seed) && inputs.length <= 20_000 && objects(inputs) <= MOST_OBJECTS);
  inputs.forEach(({ at, after, what }, i) => {
    assert.ok(at >= (inputs[i - 1]?.at ?? 0) && at <= 7.2e9 && Number.isSafeInteger(after) && typeof what === "object" && what, `input ${i}`);
  });
}

/** Reads an attribute: whatever it says, the value is one that it may have. */
export function attribute(name, text) {
  const [usual, type] = ATTRIBUTES[name];
  const value = parse(name, text);
  const [least, most] = type.split("..");
  if (most) assert.ok(value === usual || (value >= least && value <= most), `${name}: ${value}`);
  else if (type === "flag") assert.equal(typeof value, "boolean");
  else if (type === "duration") assert.ok(value >= 0 && value <= 86_400, `${name}: ${value}`);
  else if (type === "loop") assert.ok(value === "" || value === true || value > 0, `${name}: ${value}`);
  else if (type.includes("|")) assert.ok(type.split("|").includes(value), `${name}: ${value}`);
  else if (type === "object") assert.match(value, /^(|[A-Za-z]+\/[-.a-z0-9]{1,253})$/);
  else if (type === "length") assert.match(value, /^(|\d+(px|em|vh|%))$/);
  else assert.equal(typeof value, "string");
}

const text = (value, most) => typeof value === "string" && value.length <= most;
const target = (of) => text(of, 400) || (isPlain(of) && ["kind", "namespace", "name"].every((key) => text(of[key], 400)) && Object.keys(of).length === 3);
const number = (value, least, most) => typeof value === "number" && value >= least && value <= most;
/** What a player may be asked for. */
const MAY = {
  play: [], pause: [], step: [], reset: [], dispose: [], snapshot: [],
  seek: [(to) => number(to, 0, LIMITS.seconds)], apply: [(yaml) => text(yaml, LIMITS.text)],
  scale: [target, (n) => Number.isInteger(n) && n <= LIMITS.replicas], explain: [target],
  kubectl: [(line) => text(line, LIMITS.line), (o) => isPlain(o) && text(o.stdin, LIMITS.text) && text(o.manifest, LIMITS.text) && o.signal instanceof AbortSignal
    && ["function", "undefined"].includes(typeof o.output) && Object.keys(o).length === 4],
  on: [(type) => /^[a-z]+$/.test(type), (listener) => typeof listener === "function"], off: [(type) => /^[a-z]+$/.test(type), () => true],
};

/** A player that checks what it is asked for. */
function player() {
  const made = { currentTime: 1, duration: 2, paused: true };
  Object.defineProperty(made, "speed", { get: () => 1, set: (speed) => assert.ok(number(speed, 0.01, 1000), "speed") });
  for (const [name, kinds] of Object.entries(MAY)) {
    made[name] = (...params) => {
      assert.equal(params.length, kinds.length, name);
      kinds.forEach((kind, i) => assert.ok(kind(params[i]), `${name}: ${JSON.stringify(params[i])?.slice(0, 200)}`));
      if (name === "snapshot") return { time: 1, seed: 1, inputs: [] };
      if (name === "kubectl") return Promise.resolve({ stdout: "", stderr: "", exitCode: 0 });
      return ["on", "off"].includes(name) ? made : Promise.resolve();
    };
  }
  return made;
}

/** Sends messages, one after the other: each is answered once, as it is to be, or was none. */
export async function messages(all) {
  const broken = [];
  const checked = player();
  // What a check of the player's throws would be told as an error: it is kept here.
  for (const [name, method] of Object.entries(checked)) {
    if (typeof method !== "function") continue;
    checked[name] = (...params) => {
      try {
        return method(...params);
      } catch (error) {
        broken.push(error);
        throw error;
      }
    };
  }
  const protocol = new Protocol(Promise.resolve(checked), (theme) => assert.ok(["auto", "light", "dark"].includes(theme)));
  for (const message of all) {
    const answers = [];
    await protocol.take(message, (answer) => answers.push(answer));
    assert.ok(answers.length <= 1, "one answer");
    for (const answer of answers) {
      structuredClone(answer);
      const { podscope, id, error, ...rest } = answer;
      assert.equal(podscope, VERSION);
      assert.equal(id, message.id);
      assert.ok(Number.isSafeInteger(id) || text(id, 100), "an id is a number or a short text");
      assert.deepEqual(Object.keys(rest), error ? [] : ["result"]);
      if (error) assert.ok(typeof error.message === "string" && typeof error.code === "string" && error.message.length < 2000, JSON.stringify(error));
    }
  }
  if (broken.length) throw broken[0];
}

/** Runs for so long; gives how many inputs there were. */
export async function run(seconds, seed) {
  const random = chance(seed);
  const warn = console.warn;
  console.warn = () => {};
  const [hashes, told] = [corpus("hash"), corpus("message").map((text) => JSON.parse(text))];
  let count = 0;
  const attempt = async (check, input) => {
    count++;
    try {
      await check(input);
    } catch (error) {
      console.log("broken by", typeof input === "string" ? JSON.stringify(input) : input);
      throw error;
    }
  };
  try {
    for (const text of hashes) await attempt(hash, text);
    await attempt(messages, told.flat());
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      await attempt(hash, spoil(random.one(hashes), hashes, random));
      // What was written is read again.
      const name = random.one(NAMES);
      const value = spoil(random.one(["", "4", "dark", "30s", "deployment/web", "420"]), WORDS, random);
      const yaml = spoil("kind: Pod", WORDS, random).toWellFormed?.() ?? "kind: Pod";
      const again = await read(write({ [name]: value, yaml }), NAMES, window.podscopeUnpack);
      assert.deepEqual([again.attributes[name], again.yaml], [value.toWellFormed?.() ?? value, yaml]);
      // A deflated run, spoiled before.
      const one = random.one(RUNS);
      const large = (_, value) => (typeof value === "bigint" ? Number(value) : value);
      const link = random.below(2) ? spoil(one, RUNS, random) : JSON.stringify(spoiled(JSON.parse(one), random), large) ?? "";
      await attempt(hash, `#v1.${await window.podscopePack(link)}`);
      await attempt((text) => attribute(name, text), value);
      await attempt(messages, Array.from({ length: 1 + random.below(5) }, () => spoiled(random.one(random.one(told)), random)));
    }
  } finally {
    console.warn = warn;
  }
  assert.equal({}.polluted, undefined);
  assert.deepEqual(Object.keys(Object.prototype), []);
  return count;
}

const RUNS = [
  { podscope: 1, seed: 7, yaml: "", inputs: [], now: 0, end: 0 },
  { podscope: 1, seed: 1, yaml: "", inputs: [{ at: 0, after: 0, what: { verb: "create", object: { kind: "Pod", metadata: { name: "a" } } } }, { at: 9e6, after: 4, what: { verb: "scale" } }], now: 10e6, end: 20e6 },
].map((one) => JSON.stringify(one));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [seconds = 60, seed = 1] = process.argv.slice(2).map(Number);
  console.log(`${await run(seconds, seed)} inputs, seed ${seed}`);
}

// A cluster without a page, for Node and workers: `podscope/cluster`. Nothing runs by itself: time goes where the
// program says.

import { seconds } from "./attributes.js";
import { explained } from "./later/explained.js";
import { applied, failure, target } from "./player.js";

/** How many milliseconds the engine may run before others are let in. */
const SLICE = 25;
/** How much of what is due runs between two looks at the clock. */
const EVENTS = 64;
/** Simulated seconds after which a command that waits is given up. */
const LIMIT = 86_400;
/** As long as that a command that goes on until it is interrupted may last, and as long it may say nothing. */
const ENDLESS = 3600;
const SILENT = 60;

let loading;

/** The module: read from the package's own folder where there is one on a disk, else fetched from beside its script. */
function load(wasm) {
  loading ??= import("./console/podscope_console.js").then(async (m) => {
    await m.default({ module_or_path: (await wasm) ?? (await own()) });
    return m;
  });
  // What failed is tried again.
  loading.catch(() => (loading = undefined));
  return loading;
}

async function own() {
  const here = import.meta.url;
  // Node fetches no files. Asked for in this way, no bundler takes it for a file of the page's.
  const files = here.startsWith("file:") && globalThis.process?.getBuiltinModule?.("node:fs/promises");
  return files ? files.readFile(new URL("./console/podscope_console_bg.wasm", here)) : undefined;
}

/** An instant or a length of time in microseconds. */
function micros(of, what) {
  const value = Math.round((typeof of === "number" ? of : seconds(of)) * 1e6);
  if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) throw failure({ message: `${of} is no ${what}`, code: "BadRequest" });
  return value;
}

/** A snapshot, once it is one: it may come from anywhere, and a request later than its instant would run for ever. */
function checked(of) {
  const wrong = () => failure({ message: "this is no snapshot of a run", code: "BadRequest" });
  const whole = (n) => Number.isSafeInteger(n) && n >= 0;
  if (typeof of !== "object" || !Array.isArray(of?.inputs) || typeof of.time !== "number") throw wrong();
  const at = micros(of.time, "instant");
  const { inputs, seed, after = Number.MAX_SAFE_INTEGER } = of;
  if (!whole(after) || !whole(seed) || inputs.some((one) => !whole(one?.at) || !whole(one.after) || one.at > at)) throw wrong();
  return { at, after, inputs, seed };
}

export class Cluster {
  #wasm;
  #seed;
  #last = Promise.resolve();

  /** For {@link Cluster.create}. */
  constructor(wasm, seed) {
    this.#wasm = wasm;
    this.#seed = seed;
  }

  /**
   * A cluster with nodes and nothing else, or where a `snapshot` left one. `wasm` is the module's bytes, address,
   * response or compiled module, where it is not beside this script; the first cluster's counts for all.
   */
  static async create({ seed = 1, wasm, snapshot } = {}) {
    const from = snapshot && checked(snapshot);
    const chosen = from?.seed ?? seed;
    if (!Number.isSafeInteger(chosen) || chosen < 0) throw failure({ message: `${chosen} is no seed`, code: "BadRequest" });
    const inner = new (await load(wasm)).Console();
    inner.begin(chosen);
    if (from) inner.follow(JSON.stringify(from.inputs), from.at, from.after);
    return new Cluster(inner, chosen);
  }

  #alive() {
    if (!this.#wasm) throw failure({ message: "the cluster was disposed of", code: "Gone" });
    return this.#wasm;
  }

  /** What is asked is done in the order in which it is asked, each when what came before has ended. */
  #next(what) {
    const mine = this.#last.then(() => what(this.#alive()));
    this.#last = mine.catch(() => {});
    return mine;
  }

  /** Does `some` of the work until it says that it is done, and lets others in between. */
  async #slices(some) {
    for (;;) {
      const start = performance.now();
      do {
        const done = some(this.#alive());
        if (done !== undefined) return done;
      } while (performance.now() - start < SLICE);
      await new Promise((next) => setTimeout(next));
    }
  }

  /** Simulated seconds since the cluster began. */
  get currentTime() {
    return this.#alive().now() / 1e6;
  }

  /** Applies manifests, as `kubectl apply -f` does. */
  apply(yaml) {
    return this.#next((wasm) => applied(wasm.apply(String(yaml))));
  }

  /** Lets so much simulated time pass: seconds, or text such as `1m30s`. */
  advance(by) {
    return this.#next((wasm) => {
      const to = wasm.now() + micros(by, "length of time");
      micros(to / 1e6, "instant");
      return this.#slices((wasm) => wasm.advance(to, EVENTS) || undefined).then(() => {});
    });
  }

  /**
   * Runs a line such as `kubectl get pods`, and gives `{stdout, stderr, exitCode}`. A command that waits lets simulated
   * time pass until it ends; `exitCode` is null when it did not within `limit`, and of one that goes on until it is
   * interrupted, such as `get -w`. `manifest` is the text of the only file, `manifest.yaml`; `edit(text)` gives what
   * `kubectl edit` is to make of a text.
   */
  kubectl(line, { stdin = "", manifest = "", limit = LIMIT, edit } = {}) {
    return this.#next(async (wasm) => {
      const begun = wasm.now();
      const end = begun + micros(limit, "length of time");
      let said = begun;
      let [stdout, stderr] = ["", ""];
      let answer = JSON.parse(wasm.start(0, String(line), String(stdin), "manifest.yaml", String(manifest)));
      for (;;) {
        stdout += answer.out;
        stderr += answer.err;
        if (answer.exit !== null) return { stdout, stderr, exitCode: answer.exit };
        const now = this.#alive().now();
        if (answer.out || answer.err) said = now;
        if (answer.edit != null) {
          const text = await this.#edited(edit, answer.edit);
          if (text === undefined) return { stdout, stderr: `${stderr}error: there is no editor here\n`, exitCode: 1 };
          answer = JSON.parse(this.#alive().edited(0, text));
          continue;
        }
        const patience = answer.endless ? Math.min(begun + ENDLESS * 1e6, said + SILENT * 1e6) : (answer.wake ?? end);
        const until = Math.min(patience, end);
        const changed = await this.#slices((wasm) => wasm.onward(until, EVENTS));
        if (!changed && (answer.endless || until >= end)) {
          this.#alive().stop(0);
          return { stdout, stderr, exitCode: null };
        }
        answer = JSON.parse(this.#alive().poll(0));
      }
    });
  }

  /** The text that the caller makes of another; nothing, and the command is forgotten, when there is none. */
  async #edited(edit, text) {
    let made;
    try {
      made = await edit?.(text);
    } finally {
      if (made == null) this.#wasm?.stop(0);
    }
    return made == null ? undefined : String(made);
  }

  /** Why `pod/db-0` is as it is: a sentence, facts, the chain of what led to it, and a command that would help. */
  explain(of) {
    return this.#next((wasm) => explained(wasm.explain(...target(of))));
  }

  /** The run as plain data, which gives the same run again: see {@link Cluster.create}. */
  snapshot() {
    const { after, inputs } = JSON.parse(this.#alive().past());
    return { time: this.currentTime, seed: this.#seed, after, inputs };
  }

  /** Frees what it held. What is asked afterwards, or still waits, fails with code `"Gone"`. */
  dispose() {
    this.#wasm?.free();
    this.#wasm = undefined;
  }
}

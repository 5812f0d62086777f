// A mounted cluster: what element.player is and mount() gives.

import { object, seconds } from "./attributes.js";

/** How many milliseconds the engine may run before the browser is let in. */
const SLICE = 8;
/** How much of what is due runs between two looks at the clock. */
const EVENTS = 16;
/** Simulated seconds without a change after which a loop begins again. */
const QUIET = 5;
/**
 * The most that a run may take of what is due, at once and for each second, and that a manifest may have of objects: more would
 * fill memory, or the stage. An hour of any scenario takes less than 300.
 */
const STEPS = 20_000;
const RATE = 100;
const OBJECTS = 400;

/** An error with Kubernetes' message, and its reason as `code` (`NotFound`, `Invalid` and so on). */
export function failure({ message, code = "Invalid", ...rest }) {
  return Object.assign(new Error(message), { code, ...rest });
}

const bad = (message) => failure({ message, code: "BadRequest" });

/** An error of what asks for too much. */
export const tooMuch = (what) => failure({ message: `more than ${what} are too much for a page`, code: "LimitExceeded" });

/** What {@link Player#apply} gives, or throws, for what the module said of it. */
export function applied(text) {
  const { applied: done, errors } = JSON.parse(text);
  if (errors) throw failure({ message: errors.map((e) => e.message).join("\n"), errors });
  return done;
}

/** `[kind, namespace, name]` of `deployment/web` or `{kind, namespace, name}`. */
export function target(of) {
  if (typeof of === "object" && of) return [String(of.kind), String(of.namespace ?? "default"), String(of.name)];
  const found = object(String(of));
  if (!found) throw bad(`${of} names no object: say deployment/web`);
  return [found[0], "default", found[1]];
}

export class Player {
  #wasm;
  #options;
  #listeners = new Map();
  #changed = 0;
  #end = 0;
  #playing = false;
  #seen = true;
  #busy;
  #dispose;
  #fork;
  #larger;
  #over;
  #clients;
  #kubectl;

  /**
   * For the element: `begin(tell)` mounts the stage and gives the module's player, `dispose()` takes it off the page,
   * `fork(into, run)` makes another one, `over(error)` ends it, as it has become too much, `larger()`, if there is any,
   * loads the larger module and gives its `begin`, and `clients(wasm, rate)`, if there are to be some, makes them.
   */
  constructor(begin, yaml, options, { dispose, fork, larger, over, clients }) {
    this.#options = options;
    this.#dispose = dispose;
    this.#fork = fork;
    this.#larger = larger;
    this.#over = over;
    this.#clients = () => clients?.(this.#wasm, options.traffic);
    this.#begin(begin);
    const wrong = yaml.trim() && this.#wasm.wrong();
    const many = this.#wasm.inputs(OBJECTS) !== "[]";
    if (wrong || many) {
      this.#dispose = undefined;
      this.dispose();
      if (many) throw tooMuch(`${OBJECTS} objects`);
      applied(wrong);
    }
    this.#clients();
  }

  #begin(begin) {
    this.#wasm = begin((topic, ...words) => this.#tell(topic, words));
  }

  #tell(topic, words) {
    if (!this.#wasm) return;
    if (topic === "why") return this.#emit("why", { kind: words[0], namespace: words[1], name: words[2] });
    const time = this.currentTime;
    const most = Math.min(STEPS + RATE * time, 1e6);
    if (this.#wasm.after() > most) return void setTimeout(this.#over, 0, tooMuch(`${most | 0} steps`));
    if (topic === "pace") {
      const playing = this.#wasm.playing();
      // What turns without end costs frames.
      this.root.style.setProperty("--run", playing ? "running" : "");
      // What is out of sight stands still, and still counts as playing.
      if (this.#seen && !this.#busy && playing !== this.#playing) {
        this.#playing = playing;
        this.#emit(playing ? "play" : "pause", { time });
      }
      return;
    }
    this.#end = Math.max(this.#end, time);
    if (topic === "view") {
      this.#changed = time;
      this.#emit("change", { time });
    } else {
      this.#emit("time", { time });
      this.#again(time);
    }
  }

  /** Begins again when a loop has come to its end. */
  #again(time) {
    const { loop } = this.#options;
    if (!loop || !this.#playing || this.#busy) return;
    const start = this.#options["start-at"];
    if (loop === true ? time > Math.max(this.#changed, start) + QUIET : time >= start + loop) {
      this.#emit("loop", { time });
      this.seek(start).then(() => this.#playing && this.#seen && this.#wasm?.play());
    }
  }

  #emit(type, detail) {
    for (const listener of [...(this.#listeners.get(type) ?? [])]) listener({ type, ...detail });
  }

  #alive() {
    if (!this.#wasm) throw failure({ message: "the player was disposed of", code: "Gone" });
    return this.#wasm;
  }

  #requests() {
    return JSON.parse(this.#wasm.inputs(0));
  }

  /** For the element: what it is shown in. */
  get root() {
    return this.#wasm.root();
  }

  /** Calls `listener` with a plain object at each `play`, `pause`, `change`, `time`, `loop`, `why` or `dispose`. */
  on(type, listener) {
    if (!this.#listeners.has(type)) this.#listeners.set(type, new Set());
    this.#listeners.get(type).add(listener);
    return this;
  }

  off(type, listener) {
    this.#listeners.get(type)?.delete(listener);
    return this;
  }

  /** Simulated seconds since the cluster began. */
  get currentTime() {
    return this.#wasm?.now() ?? 0;
  }

  /** How far it went so far, in seconds. */
  get duration() {
    return Math.max(this.#end, this.currentTime);
  }

  get paused() {
    return !this.#playing;
  }

  get speed() {
    return this.#options.speed;
  }

  set speed(speed) {
    this.#options.speed = speed;
    this.#alive().set_speed(speed);
  }

  async play() {
    this.#alive();
    if (this.#seen) this.#wasm.play();
    else this.#playing = true;
  }

  async pause() {
    this.#alive().pause();
    this.#playing = false;
  }

  /** For the element: nothing runs while it is out of sight. */
  sight(seen) {
    if (seen === this.#seen || !this.#wasm) return;
    if (seen) {
      this.#seen = true;
      if (this.#playing) this.#wasm.play();
    } else {
      this.#seen = false;
      this.#wasm.pause();
    }
  }

  async step() {
    this.#alive().step();
    this.#playing = false;
  }

  async reset() {
    this.#alive().reset();
    this.#clients();
    await this.seek(this.#options["start-at"]);
  }

  /** Goes to an instant, back or ahead, in slices that let the page breathe. The last seek wins. */
  async seek(to) {
    const until = typeof to === "number" ? to : seconds(to);
    if (!(until >= 0)) throw bad(`${to} is no instant`);
    this.#alive();
    const mine = (this.#busy = {});
    const later = () => this.#busy === mine && this.#wasm;
    this.#wasm.pause();
    if (until < this.currentTime) this.#wasm.seek(until);
    if (!(await this.#run(until, later))) return;
    this.#busy = undefined;
    if (this.#playing && this.#seen) this.#wasm.play();
    this.#emit("seek", { time: this.currentTime });
  }

  async #run(to, later) {
    for (;;) {
      // What was put on the page just now listens from the next task on.
      await new Promise((next) => setTimeout(next));
      if (!later()) return false;
      const start = performance.now();
      do if (this.#wasm.advance(to, EVENTS)) return true;
      while (performance.now() - start < SLICE);
    }
  }

  /** Applies manifests, as `kubectl apply -f` does. */
  async apply(yaml) {
    return applied(this.#alive().apply(String(yaml)));
  }

  /** Sets the replicas of `deployment/web`. */
  async scale(of, replicas) {
    if (!Number.isInteger(replicas)) throw bad(`${replicas} is no number of replicas`);
    const refused = this.#alive().scale(...target(of), replicas);
    if (refused) throw failure(JSON.parse(refused));
  }

  /**
   * Runs a line such as `kubectl get pods`, and gives `{stdout, stderr, exitCode}` once it has ended: `-w` and `wait`
   * follow simulated time. `output(text, isError)` is called with what is printed meanwhile, `edit(text)` gives what
   * `kubectl edit` is to make of a text, and `signal` stops it. The text of the only file, `manifest.yaml`, is `manifest`.
   */
  async kubectl(line, options) {
    return (await this.beside()).run(String(line), options);
  }

  /** Why `pod/db-0` is as it is: a sentence, the chain of what led to it, and commands that would help. */
  async explain(of) {
    const [kind, namespace, name] = target(of);
    return (await this.beside()).explain(kind, namespace, name);
  }

  /** For the element: kubectl, in a module of its own, beside this cluster. */
  beside() {
    this.#alive();
    this.#kubectl ??= this.#voice();
    this.#kubectl.catch(() => (this.#kubectl = undefined));
    return this.#kubectl;
  }

  async #voice() {
    const [m, larger] = await Promise.all([import("./embed/kubectl.js").then((m) => m.load()), this.#larger?.()]);
    this.#alive();
    // kubectl knows all kinds: the same is done again where all of them are simulated.
    if (larger) {
      this.#larger = undefined;
      const [old, run] = [this.#wasm, this.snapshot()];
      this.#begin(larger);
      old.root().replaceWith(this.root);
      old.destroy();
      old.free();
      await this.resume(run);
    }
    return m.beside({
      at: () => [Math.round(this.currentTime * 1e6), this.#alive().after()],
      seed: this.#options.seed,
      requests: () => this.#requests(),
      perform: (what) => this.#alive().perform(JSON.stringify(what)),
    }, this);
  }

  /** The run as plain data: the instant, the seed, and all that was asked of the cluster, which give the same run again. */
  snapshot() {
    const { seed } = this.#options;
    return { time: this.currentTime, seed, after: this.#alive().after(), inputs: this.#requests() };
  }

  /** For the element: goes on from a snapshot. */
  async resume({ inputs, time }) {
    this.#wasm.take(JSON.stringify(inputs));
    await this.seek(time);
  }

  /** Puts the same run, at the same instant, into `element` once more, to try something else there; gives its player. */
  async fork(element) {
    return this.#fork(element, this.snapshot());
  }

  /** Takes the cluster off the page and frees what it held. */
  dispose() {
    if (!this.#wasm) return;
    const wasm = this.#wasm;
    this.#wasm = undefined;
    this.#busy = undefined;
    wasm.destroy();
    wasm.free();
    this.#emit("dispose", {});
    this.#listeners.clear();
    this.#dispose?.();
  }
}

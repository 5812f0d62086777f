// The messages of embed.html. The page around sends {podscope: 1, id, method, params}; the answer is
// {podscope: 1, id, result} or {podscope: 1, id, error}. What happens is told as {podscope: 1, event, detail}.
//
// Who sent a message is judged before (frame.js). Nothing here trusts what it says: each value is looked at by its type
// and size, and made anew.

import { seconds } from "../attributes.js";
import { MOST_OBJECTS, objects } from "./hash.js";

export const VERSION = 1;
/** The most characters of a text, simulated seconds of an instant, replicas, and calls that wait. */
export const LIMITS = { text: 1_000_000, line: 10_000, seconds: 86_400, replicas: 1000, waiting: 100 };

const EVENTS = ["play", "pause", "change", "time", "seek", "loop", "why", "dispose"];
const THEMES = ["auto", "light", "dark"];

const wrong = (message, code = "BadRequest") => Object.assign(new Error(message), { code });
const own = (of, name) => (Object.hasOwn(of, name) ? of[name] : undefined);

/** How each kind of parameter is read. */
const kinds = {
  text: (value) => texts(value, LIMITS.text),
  line: (value) => texts(value, LIMITS.line),
  number(value, least, most) {
    if (typeof value !== "number" || !(value >= least && value <= most)) throw wrong(`it is to be a number from ${least} to ${most}`);
    return value;
  },
  speed: (value) => kinds.number(value, 0.01, 1000),
  instant(value) {
    const at = typeof value === "string" ? seconds(texts(value, 40)) : value;
    if (at === undefined) throw wrong("it is no instant");
    return kinds.number(at, 0, LIMITS.seconds);
  },
  replicas(value) {
    if (!Number.isInteger(value) || value > LIMITS.replicas) throw wrong(`it is to be a whole number, and at most ${LIMITS.replicas}`);
    return value;
  },
  target(value) {
    if (typeof value === "string") return texts(value, 400);
    if (typeof value !== "object" || !value) throw wrong("it is to name an object: deployment/web");
    const part = (name, usual) => texts(own(value, name) ?? usual, 400);
    return { kind: part("kind"), namespace: part("namespace", "default"), name: part("name") };
  },
  options(value = {}) {
    if (typeof value !== "object" || !value) throw wrong("options are to be an object");
    const text = (name) => texts(own(value, name) ?? "", LIMITS.text);
    return { stdin: text("stdin"), manifest: text("manifest"), output: own(value, "output") === true };
  },
  event: (value) => one(value, EVENTS),
  theme: (value) => one(value, THEMES),
  id(value) {
    if (!isId(value)) throw wrong("it is to be the id of a call");
    return value;
  },
};

function texts(value, most) {
  if (typeof value !== "string") throw wrong("it is to be a text");
  if (value.length > most) throw wrong(`it has more than ${most} characters`, "RequestEntityTooLarge");
  return value;
}

function one(value, of) {
  if (!of.includes(value)) throw wrong(`it is to be one of ${of.join(", ")}`);
  return value;
}

const isId = (id) => Number.isSafeInteger(id) || (typeof id === "string" && id.length <= 100);

/** Ends a player whose cluster has too many objects to be shown. */
function few(player) {
  if (objects(player.snapshot().inputs) <= MOST_OBJECTS) return true;
  player.dispose();
  throw wrong(`more than ${MOST_OBJECTS} objects are too much for a page`, "LimitExceeded");
}

/** Each method: the kinds of its parameters, and what it does with a player. */
const METHODS = {
  play: [[], (player) => player.play()],
  pause: [[], (player) => player.pause()],
  step: [[], (player) => player.step()],
  reset: [[], (player) => player.reset()],
  seek: [["instant"], (player, to) => player.seek(to)],
  speed: [["speed"], (player, speed) => void (player.speed = speed)],
  apply: [["text"], (player, yaml) => player.apply(yaml).then((done) => few(player) && done)],
  scale: [["target", "replicas"], (player, of, replicas) => player.scale(of, replicas)],
  kubectl: [["line", "options"], (player, line, options, call) => call.kubectl(player, line, options)],
  explain: [["target"], (player, of) => player.explain(of)],
  snapshot: [[], (player) => player.snapshot()],
  state: [[], ({ currentTime, duration, paused, speed }) => ({ currentTime, duration, paused, speed })],
  dispose: [[], (player) => player.dispose()],
  on: [["event"], (player, type, call) => call.on(player, type)],
  off: [["event"], (player, type, call) => call.off(player, type)],
};
/** What needs no player. */
const AT_ONCE = { hello: [], theme: ["theme"], cancel: ["id"] };

/** What of an error can be told. */
export function told({ message, code, status, errors }) {
  const all = errors?.map(({ message, line, column }) => ({ message, line, column }));
  return { message: String(message), code: typeof code === "string" ? code : "Invalid", ...(status && { status }), ...(all && { errors: all }) };
}

/** One frame's answers. `ready` is kept with its player, or broken; `theme(name)` sets its theme. */
export class Protocol {
  #ready;
  #theme;
  #waiting = new Map();
  #heard = new Map();

  constructor(ready, theme) {
    this.#ready = ready;
    this.#theme = theme;
    // It is told to each who asks.
    ready.catch(() => {});
  }

  /** Answers a message with calls of `post`, now or later; what is none of ours is left alone. */
  async take(data, post) {
    if (typeof data !== "object" || !data || !Object.hasOwn(data, "podscope")) return;
    const [id, method, params = []] = ["id", "method", "params"].map((name) => own(data, name));
    if (!isId(id)) return;
    const answer = (what) => post({ podscope: VERSION, id, ...what });
    try {
      if (data.podscope !== VERSION) throw wrong(`this frame speaks version ${VERSION}`, "Version");
      const known = typeof method === "string" && (own(AT_ONCE, method) ?? own(METHODS, method)?.[0]);
      if (!known) throw wrong("there is no such method", "NotFound");
      if (!Array.isArray(params) || params.length > known.length) throw wrong(`${method} takes ${known.length} parameters, in a list`);
      const values = known.map((kind, i) => {
        try {
          return kinds[kind](params[i]);
        } catch (error) {
          throw wrong(`${method}, parameter ${i + 1}: ${error.message}`, error.code);
        }
      });
      answer({ result: Object.hasOwn(AT_ONCE, method) ? this.#atOnce(method, values) : await this.#call(id, method, values, post) });
    } catch (error) {
      answer({ error: told(error) });
    }
  }

  #atOnce(method, [value]) {
    if (method === "hello") return { version: VERSION, methods: [...Object.keys(AT_ONCE), ...Object.keys(METHODS)], events: EVENTS };
    if (method === "theme") this.#theme(value);
    else this.#waiting.get(value)?.abort();
  }

  async #call(id, method, values, post) {
    if (this.#waiting.size >= LIMITS.waiting) throw wrong(`${LIMITS.waiting} calls wait already`, "TooManyRequests");
    if (this.#waiting.has(id)) throw wrong("a call with this id waits", "AlreadyExists");
    const stop = new AbortController();
    this.#waiting.set(id, stop);
    try {
      const player = await this.#ready;
      const call = {
        async kubectl(player, line, { output, ...options }) {
          const tell = (text, isError) => post({ podscope: VERSION, event: "output", detail: { id, text, isError } });
          const printed = await player.kubectl(line, { ...options, signal: stop.signal, output: output ? tell : undefined });
          return few(player) && printed;
        },
        on: (player, type) => this.#on(player, type, post),
        off: (player, type) => this.#off(player, type),
      };
      return await METHODS[method][1](player, ...values, call);
    } finally {
      this.#waiting.delete(id);
    }
  }

  #on(player, type, post) {
    if (this.#heard.has(type)) return;
    const listener = ({ type, ...detail }) => post({ podscope: VERSION, event: type, detail });
    this.#heard.set(type, listener);
    player.on(type, listener);
  }

  #off(player, type) {
    player.off(type, this.#heard.get(type));
    this.#heard.delete(type);
  }

  /** Ends what waits: the frame begins again with another hash. */
  end() {
    for (const stop of this.#waiting.values()) stop.abort();
  }
}

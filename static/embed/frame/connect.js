// For the page around an <iframe> of embed.html: `podscope/connect`.

import { again, write } from "./hash.js";
import { VERSION } from "./protocol.js";

/** How long a frame may take to say that it is there. */
const PATIENCE = 30_000;

/** The address of `page` (of embed.html) that shows this: options as `mount` takes them, and `parents`. */
export const address = (page, options) => page.split("#", 1)[0] + write(options);

/** A cluster in a frame: a player's methods, by messages. */
export class Frame {
  #iframe;
  #calls = new Map();
  #outputs = new Map();
  #listeners = new Map();
  #next = 0;
  #origin;
  #hear = (event) => this.#take(event);
  #resize;
  #greeted;

  /** For {@link connect}. */
  constructor(iframe, resize) {
    this.#iframe = iframe;
    this.#resize = resize;
    const { sandbox } = iframe;
    // A frame in a strict sandbox has no origin: then only its window tells it from others.
    const strict = iframe.hasAttribute("sandbox") && !sandbox.contains("allow-same-origin");
    this.#origin = strict ? "null" : new URL(iframe.src, document.baseURI).origin;
    addEventListener("message", this.#hear);
  }

  /** Waits until the frame's cluster is there. */
  greet(timeout) {
    return new Promise((ready, failed) => {
      const late = setTimeout(() => refused({ message: "the frame does not answer", code: "Timeout" }), timeout);
      const settle = () => {
        clearTimeout(late);
        this.#greeted = undefined;
        this.off("error", refused);
      };
      const refused = (why) => {
        settle();
        this.disconnect();
        failed(failure(why));
      };
      this.on("error", refused);
      this.#greeted = () =>
        this.#call("hello")
          .then(() => {
            clearTimeout(late);
            return this.#call("state");
          })
          .then(() => {
            settle();
            ready(this);
          }, refused);
      // It may be there already; if not it says when it is.
      this.#greeted();
    });
  }

  #take({ source, origin, data }) {
    if (source !== this.#iframe.contentWindow || origin !== this.#origin || data?.podscope !== VERSION) return;
    const { id, event, detail, result, error } = data;
    if (event === "output") this.#outputs.get(detail.id)?.(detail.text, detail.isError);
    else if (event === "loaded") this.#greeted?.();
    else if (event) {
      // Another cluster came: it is listened to as the one before was.
      if (event === "ready") for (const type of this.#listeners.keys()) this.#subscribe("on", type);
      if (event === "resize" && this.#resize) this.#iframe.style.height = `${Number(detail.height)}px`;
      for (const listener of [...(this.#listeners.get(event) ?? [])]) listener({ ...detail, type: event });
    } else {
      const call = this.#calls.get(id);
      this.#calls.delete(id);
      this.#outputs.delete(id);
      if (error) call?.failed(failure(error));
      else call?.done(result);
    }
  }

  #call(method, params = [], output) {
    const window = this.#iframe.contentWindow;
    if (!this.#hear || !window) return Promise.reject(failure({ message: "the frame is gone", code: "Gone" }));
    const id = this.#next++;
    const told = new Promise((done, failed) => this.#calls.set(id, { done, failed }));
    if (output) this.#outputs.set(id, output);
    // What has no origin cannot be named; and a greeting tells nothing, whatever is in the frame before it has loaded.
    const to = this.#origin === "null" || method === "hello" ? "*" : this.#origin;
    window.postMessage({ podscope: VERSION, id, method, params }, to);
    return told;
  }

  play() {
    return this.#call("play");
  }

  pause() {
    return this.#call("pause");
  }

  step() {
    return this.#call("step");
  }

  reset() {
    return this.#call("reset");
  }

  seek(to) {
    return this.#call("seek", [to]);
  }

  speed(speed) {
    return this.#call("speed", [speed]);
  }

  theme(theme) {
    return this.#call("theme", [theme]);
  }

  apply(yaml) {
    return this.#call("apply", [yaml]);
  }

  scale(of, replicas) {
    return this.#call("scale", [of, replicas]);
  }

  kubectl(line, { stdin, manifest, output, signal } = {}) {
    const id = this.#next;
    const told = this.#call("kubectl", [line, { stdin, manifest, output: Boolean(output) }], output);
    const stop = () => this.#call("cancel", [id]);
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop);
    return told.finally(() => signal?.removeEventListener("abort", stop));
  }

  explain(of) {
    return this.#call("explain", [of]);
  }

  snapshot() {
    return this.#call("snapshot");
  }

  state() {
    return this.#call("state");
  }

  /** Shows the same run, at the same instant, in another <iframe> on the page; gives the connection to that one. */
  async fork(iframe) {
    const run = await this.snapshot();
    const { href, hash } = new URL(this.#iframe.src, document.baseURI);
    const next = href.split("#", 1)[0] + (await again(run, hash));
    // What was held in a sandbox stays in one.
    const sandbox = this.#iframe.getAttribute("sandbox");
    if (sandbox !== null && !iframe.hasAttribute("sandbox")) iframe.setAttribute("sandbox", sandbox);
    iframe.src = next;
    return connect(iframe, { resize: this.#resize });
  }

  on(type, listener) {
    const all = this.#listeners.get(type) ?? new Set();
    if (!all.size) this.#subscribe("on", type);
    this.#listeners.set(type, all.add(listener));
    return this;
  }

  off(type, listener) {
    const all = this.#listeners.get(type);
    if (all?.delete(listener) && !all.size) {
      this.#listeners.delete(type);
      this.#subscribe("off", type);
    }
    return this;
  }

  #subscribe(method, type) {
    if (!OWN.includes(type)) this.#call(method, [type]).catch(() => {});
  }

  /** Ends the cluster, and the connection. */
  async dispose() {
    await this.#call("dispose");
    this.disconnect();
  }

  /** Ends the connection alone. */
  disconnect() {
    removeEventListener("message", this.#hear);
    this.#hear = undefined;
    for (const { failed } of this.#calls.values()) failed(failure({ message: "the frame is gone", code: "Gone" }));
    this.#calls.clear();
  }
}

/** What a frame tells without being asked. */
const OWN = ["loaded", "ready", "resize", "error"];

const failure = ({ message, type: _, ...rest }) => Object.assign(new Error(message), rest);

/** A connection to an <iframe> of embed.html, once its cluster is there. It gets the height of what it shows. */
export const connect = (iframe, { resize = true, timeout = PATIENCE } = {}) => new Frame(iframe, resize).greet(timeout);

// <pod-scope>: a living Kubernetes cluster in any page.

import { ATTRIBUTES, parse } from "./attributes.js";
import { isLarge, load, styles } from "./modules.js";
import { Player, tooMuch } from "./player.js";
import { followTheme, pageTheme } from "./theme.js";

/** The most characters of a manifest. */
const LONGEST = 1_000_000;
/** The controls as the module counts them. */
const CONTROLS = { none: 0, time: 1, all: 2 };

/** A text from this page's own origin. */
const text = async (of) => (await import("./embed/from.js")).text(of);

/** Takes the indentation that all lines share off a text that was indented with its element. */
export function dedent(text) {
  const lines = text.replace(/^\s*\n/, "").trimEnd().split("\n");
  const depths = lines.filter((l) => l.trim()).map((l) => l.length - l.trimStart().length);
  const depth = depths.reduce((a, b) => Math.min(a, b), Infinity);
  return Number.isFinite(depth) ? lines.map((l) => l.slice(depth)).join("\n") : "";
}

/** One observer of what is near the viewport, for all elements. */
let sight;
const watched = () =>
  (sight ??= new IntersectionObserver((entries) => entries.forEach((e) => e.target.near(e.isIntersecting)), { rootMargin: "200px" }));

// There are no elements where there is no page: then only the functions of this package are used.
export class PodScope extends (globalThis.HTMLElement ?? class {}) {
  static observedAttributes = Object.keys(ATTRIBUTES);
  #player;
  #generation = 0;
  #started = false;
  #unfollow;
  #root;

  /** The player, once the event `ready` was sent. */
  get player() {
    return this.#player;
  }

  #value(name) {
    return parse(name, this.getAttribute(name));
  }

  connectedCallback() {
    // A parser may connect the element before its text is there: look at the next task.
    const generation = ++this.#generation;
    setTimeout(() => generation === this.#generation && this.#prepare());
  }

  disconnectedCallback() {
    this.#generation++;
    this.#stop();
    sight?.unobserve(this);
  }

  attributeChangedCallback(name, _, value) {
    if (!this.#started) return;
    if (name === "theme") this.#theme();
    else if (name === "height") this.#size();
    else if (name === "speed") this.#player && (this.#player.speed = this.#value("speed"));
    else if (name === "autoplay" && value !== null) this.#player?.play();
    // All else decides how it begins.
    else if (name !== "loading") {
      this.#stop();
      this.connectedCallback();
    }
  }

  /** Shows the text, and waits for what `loading` names. */
  async #prepare() {
    const shadow = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    if (!shadow.firstChild) shadow.append(document.createElement("slot"));
    this.style.display = "block";
    this.#size();
    const loading = this.#value("loading");
    if (loading === "eager") return this.#start();
    if (loading === "lazy") return watched().observe(this);
    const generation = this.#generation;
    const [sheet, { invite }] = await Promise.all([styles(), import("./embed/click.js")]);
    if (generation !== this.#generation) return;
    shadow.adoptedStyleSheets = [sheet];
    shadow.append(invite(() => this.#start(true)));
    this.#theme();
  }

  /** For the observer: whether it is near the viewport. */
  near(is) {
    if (this.#player) this.#player.sight(is);
    else if (is && this.#value("loading") === "lazy") this.#start();
  }

  #size() {
    const height = this.#value("height");
    this.#root?.toggleAttribute("data-sized", Boolean(height));
    this.style.height = this.#root || this.#value("view") === "stage" ? height : "";
  }

  get #wanted() {
    const theme = this.#value("theme");
    return theme === "auto" ? pageTheme() : theme;
  }

  #theme() {
    const theme = this.#wanted;
    this.shadowRoot?.querySelectorAll("[data-theme]").forEach((e) => (e.dataset.theme = theme));
  }

  /** The manifest: from `src`, or what stands inside. */
  async #manifest() {
    const src = this.#value("src");
    const found = src ? await text(src) : (this.textContent ?? "");
    if (found.length > LONGEST) throw tooMuch(`${LONGEST} characters`);
    return dedent(found);
  }

  async #start(asked = false) {
    if (this.#started) return;
    this.#started = true;
    const generation = this.#generation;
    const shadow = this.shadowRoot;
    try {
      const options = Object.fromEntries(Object.keys(ATTRIBUTES).map((name) => [name, this.#value(name)]));
      const told = options.scenario && (await (await import("./embed/scenario.js")).read(options.scenario, text));
      const yaml = told ? told.yaml : await this.#manifest();
      const { run } = this;
      const { clients } = options.traffic ? await import("./embed/clients.js") : {};
      const large = told || clients || isLarge(yaml + (run ? JSON.stringify(run) : ""));
      const [m, sheet] = await Promise.all([load(large ? "more" : "plain"), styles()]);
      if (generation !== this.#generation) return;
      const controls = options["read-only"] ? Math.min(CONTROLS[options.controls], 1) : CONTROLS[options.controls];
      const begin = (m) => (tell) => {
        const made = new m.Player(yaml, options.speed, options.seed, controls, options.focus, tell);
        this.#place(made.root(), options.zoom);
        return made;
      };
      const player = (this.#player = new Player(begin(m), yaml, options, {
        dispose: () => this.#stop(),
        fork: async (into, run) => (await import("./embed/mount.js")).put(Object.assign(this.cloneNode(true), { run }), into),
        clients,
        // Nothing of how it begins goes on then.
        over: (why) => this.#player && this.#fail(why, this.#generation++),
        larger: large ? undefined : async () => begin(await load("more")),
      }));
      shadow.adoptedStyleSheets = [sheet];
      const slot = shadow.querySelector("slot");
      if (options.view === "both") slot?.classList.add("manifest");
      else slot?.remove();
      shadow.append(player.root);
      if (told) shadow.append(told.show(player, shadow));
      this.#theme();
      this.#unfollow = followTheme(() => this.#theme());
      if (run) await player.resume(run);
      else if (options["start-at"]) await player.seek(options["start-at"]);
      if (generation !== this.#generation) return;
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      if (asked || (options.autoplay && !still)) player.play();
      // It goes on, or stands still, as it is seen or not.
      watched().observe(this);
      this.dispatchEvent(new Event("ready"));
    } catch (error) {
      if (generation !== this.#generation) return;
      this.#fail(error);
    }
  }

  /** What the cluster is shown in: at first, or instead of what it was shown in. */
  #place(root, zoom) {
    this.#root = root;
    root.dataset.theme = this.#wanted;
    this.#size();
    if (zoom) import("./stage/stage.js").then((tools) => tools.watch(root));
  }

  /** The YAML stays readable, with what is wrong below it. */
  #fail(error) {
    this.#stop();
    this.#started = true;
    const note = document.createElement("p");
    note.className = "podscope trouble";
    note.dataset.theme = "";
    note.setAttribute("role", "alert");
    note.textContent = error.message;
    this.shadowRoot.append(note);
    this.#theme();
    this.dispatchEvent(new CustomEvent("error", { detail: error }));
    console.warn("pod-scope:", error.message);
  }

  #stop() {
    this.#unfollow?.();
    this.#unfollow = undefined;
    const player = this.#player;
    this.#player = undefined;
    this.#root = undefined;
    this.#started = false;
    player?.dispose();
    this.shadowRoot?.replaceChildren(document.createElement("slot"));
  }
}

if (globalThis.customElements && !customElements.get("pod-scope")) customElements.define("pod-scope", PodScope);

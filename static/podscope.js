// <pod-scope>: a living Kubernetes cluster in any page. This module is all that a page loads until an element
// comes near the viewport; the simulator (WebAssembly) is then loaded once and shared by all elements.

/**
 * Kinds that the ordinary module keeps without simulating them, and annotations that ask for clients or for what runs
 * inside pods; another, larger module simulates them too.
 */
const MORE = /\bpodscope\.dev\/(clients|client-timeout|app|reads|writes|replication|failover)\b|\bkind["']?\s*:\s*["']?(DaemonSet|Job|CronJob|HorizontalPodAutoscaler|ResourceQuota|List)\b/;

/** The modules and their wasm, each loaded once, and only when a manifest needs it. */
const engines = {};
const load = (yaml) => {
  const name = MORE.test(yaml) ? "podscope_embed_more" : "podscope_embed";
  return (engines[name] ??= import(new URL(`./embed/${name}.js`, import.meta.url).href).then(async (m) => {
    await m.default();
    return m;
  }));
};

/** The theme that the page shows: its own attribute or class, else the reader's preference. */
function pageTheme() {
  const root = document.documentElement;
  const named = root.dataset.theme || root.dataset.mdColorScheme || document.body?.dataset.mdColorScheme || "";
  if (/dark|slate/.test(named)) return "dark";
  if (/light|default/.test(named)) return "light";
  if (/\b(coal|navy|ayu)\b/.test(root.className)) return "dark";
  if (/\b(light|rust)\b/.test(root.className)) return "light";
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Takes the indentation that all lines share off a text that was indented with its element. */
function dedent(text) {
  const lines = text.replace(/^\s*\n/, "").trimEnd().split("\n");
  const depth = Math.min(...lines.filter((l) => l.trim()).map((l) => l.length - l.trimStart().length));
  return Number.isFinite(depth) ? lines.map((l) => l.slice(depth)).join("\n") : "";
}

class PodScope extends HTMLElement {
  static observedAttributes = ["theme", "speed", "height"];
  #player;
  #near;
  #generation = 0;
  #unwatch = () => {};

  connectedCallback() {
    // A parser may connect the element before its text is there: look at the next task.
    const generation = ++this.#generation;
    setTimeout(() => {
      if (generation !== this.#generation) return;
      this.#near = new IntersectionObserver((entries) => {
        if (entries.some((e) => e.isIntersecting)) {
          this.#near.disconnect();
          this.#start(generation);
        }
      }, { rootMargin: "200px" });
      if (!this.shadowRoot) this.attachShadow({ mode: "open" }).append(document.createElement("slot"));
      this.style.display = "block";
      this.#resize();
      this.#near.observe(this);
    });
  }

  disconnectedCallback() {
    this.#generation++;
    this.#near?.disconnect();
    this.#unwatch();
    this.#player?.destroy();
    this.#player = undefined;
    this.shadowRoot?.replaceChildren(document.createElement("slot"));
  }

  attributeChangedCallback(name, _, value) {
    if (name === "theme") this.#theme();
    if (name === "speed") this.#player?.set_speed(Number(value) || 1);
    if (name === "height") this.#resize();
  }

  #resize() {
    const height = this.getAttribute("height");
    this.shadowRoot?.querySelector(".ps-embed")?.toggleAttribute("data-sized", Boolean(height));
    if (height) this.style.height = /^\d+$/.test(height) ? `${height}px` : height;
  }

  #theme() {
    const wanted = this.getAttribute("theme") ?? "auto";
    this.shadowRoot?.querySelector(".ps-embed")?.setAttribute("data-theme", wanted === "auto" ? pageTheme() : wanted);
  }

  async #start(generation) {
    const yaml = dedent(this.textContent ?? "");
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = new URL("./podscope.css", import.meta.url).href;
    const root = document.createElement("div");
    root.className = "ps-embed";
    try {
      const [m] = await Promise.all([load(yaml), new Promise((done) => {
        style.onload = style.onerror = done;
        this.shadowRoot.append(style);
      })]);
      if (generation !== this.#generation) return;
      this.shadowRoot.querySelector("slot")?.remove();
      this.shadowRoot.append(root);
      this.#resize();
      this.#theme();
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      const autoplay = this.hasAttribute("autoplay") && this.getAttribute("autoplay") !== "false" && !still;
      this.#player = m.mount(root, yaml, autoplay, Number(this.getAttribute("speed")) || 1);
      if (this.hasAttribute("zoom")) import(new URL("./stage/stage.js", import.meta.url).href).then((tools) => tools.watch(root));
      const watch = new MutationObserver(() => this.#theme());
      watch.observe(document.documentElement, { attributes: true });
      if (document.body) watch.observe(document.body, { attributes: true, attributeFilter: ["data-md-color-scheme"] });
      const media = matchMedia("(prefers-color-scheme: dark)");
      const follow = () => this.#theme();
      media.addEventListener("change", follow);
      this.#unwatch = () => {
        watch.disconnect();
        media.removeEventListener("change", follow);
      };
      this.dispatchEvent(new Event("ready"));
    } catch (error) {
      // The YAML stays readable: the slot shows the element's own text again.
      root.remove();
      if (!this.shadowRoot.querySelector("slot")) this.shadowRoot.append(document.createElement("slot"));
      this.dispatchEvent(new CustomEvent("error", { detail: error }));
      console.error("pod-scope:", error);
    }
  }
}

if (!customElements.get("pod-scope")) customElements.define("pod-scope", PodScope);

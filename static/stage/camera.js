// How near the stage is: zoom, pan and fit. The stage scrolls as any element does, and zooming makes its drawing wider
// or narrower; so a focused shape is scrolled into sight, the canvas of the requests stays above its part, and touch
// pans, without anything being done for it here.

const LEAST = 0.05;
const MOST = 8;
/** What one press of a key or a button changes. */
const STEP = 1.3;
/** For how many milliseconds a change of the zoom travels. */
const TRAVEL = 180;
/** From how many pods on, or where they are blocks of dots, each step of a zoom is not drawn anew. */
const MANY = 120;
/** How long after the last step it is, in milliseconds. */
const SETTLE = 120;
/** How far the pointer moves before it drags, in CSS pixels. */
const SLACK = 4;

const within = (n, least, most) => Math.min(most, Math.max(least, n));
const still = matchMedia("(prefers-reduced-motion: reduce)");

export class Camera {
  /** How wide the drawing is, as a share of the stage. */
  zoom = 1;
  /** Whether all of the drawing is kept in sight, however it grows. */
  fits = false;
  #travel = 0;
  #settle = 0;
  /** How what is drawn is scaled and moved until it is drawn anew. */
  #scaled = { s: 1, x: 0, y: 0 };

  /** `changed` is called when another part of the drawing may be in sight. */
  constructor(stage, changed = () => {}) {
    this.stage = stage;
    this.changed = changed;
    stage.dataset.camera = "";
    stage.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    stage.addEventListener("keydown", (event) => this.#key(event));
    stage.addEventListener("scroll", () => this.changed(), { passive: true });
    this.#drag();
    this.#pinch();
    const again = () => {
      if (this.fits) this.#set(this.#whole());
      this.changed();
    };
    new ResizeObserver(again).observe(stage);
    new MutationObserver(again).observe(this.drawing, { attributes: true, attributeFilter: ["viewBox"] });
  }

  get drawing() {
    return this.stage.querySelector(":scope > svg");
  }

  /** The drawing's own width and height. */
  get size() {
    const { width, height } = this.drawing.viewBox.baseVal;
    return [width || 1, height || 1];
  }

  /** Zooms to `zoom`, so that what is seen at (x, y) of the window stays there; the middle, when that is not given. */
  to(zoom, { x, y, travel = false, fits = false } = {}) {
    this.fits = fits;
    cancelAnimationFrame(this.#travel);
    const target = within(zoom, LEAST, MOST);
    if (!travel || still.matches) return this.#near(target, x, y);
    const from = this.zoom;
    const begun = performance.now();
    const frame = (now) => {
      const t = within((now - begun) / TRAVEL, 0, 1);
      this.#near(from * (target / from) ** (1 - (1 - t) ** 3), x, y);
      if (t < 1) this.#travel = requestAnimationFrame(frame);
    };
    this.#travel = requestAnimationFrame(frame);
  }

  /** One step nearer, or farther. */
  step(nearer) {
    this.to(nearer ? this.zoom * STEP : this.zoom / STEP, { travel: true });
  }

  /** All of the drawing in sight, and kept so. */
  fit() {
    this.to(this.#whole(), { travel: true, fits: true });
  }

  /** As wide as the stage. */
  plain() {
    this.to(1, { travel: true });
  }

  /** The point of the drawing goes to the middle of the stage. */
  center(x, y) {
    // Where one scrolls to has to be there first.
    cancelAnimationFrame(this.#travel);
    this.#set(this.zoom);
    const [w, h] = this.size;
    const box = this.drawing.getBoundingClientRect();
    const stage = this.stage.getBoundingClientRect();
    this.stage.scrollBy({
      left: box.left + (x / w) * box.width - (stage.left + this.stage.clientWidth / 2),
      top: box.top + (y / h) * box.height - (stage.top + this.stage.clientHeight / 2),
      behavior: "instant",
    });
  }

  /** The part of the drawing that is in sight. */
  get sight() {
    const [w, h] = this.size;
    const box = this.drawing.getBoundingClientRect();
    const stage = this.stage.getBoundingClientRect();
    const scale = w / (box.width || 1);
    const x = Math.max(0, (stage.left - box.left) * scale);
    const y = Math.max(0, (stage.top - box.top) * scale);
    const right = Math.min(w, (stage.left + this.stage.clientWidth - box.left) * scale);
    const bottom = Math.min(h, (stage.top + this.stage.clientHeight - box.top) * scale);
    return { x, y, w: right - x, h: bottom - y, all: right - x > w - 2 && bottom - y > h - 2 };
  }

  /** The zoom at which everything is in sight; never larger than the stage is wide. */
  #whole() {
    const [w, h] = this.size;
    const style = getComputedStyle(this.stage);
    const room = this.stage.clientHeight - parseFloat(style.paddingBottom) - parseFloat(style.paddingTop);
    return within((room * w) / (h * (this.stage.clientWidth || 1)), LEAST, 1);
  }

  /** Where many shapes would have to be drawn anew at each step, what is drawn is scaled, and drawn anew at the end. */
  #near(zoom, x, y) {
    const { stage, drawing } = this;
    clearTimeout(this.#settle);
    if (!drawing.querySelector(".block") && drawing.querySelectorAll(".pod").length < MANY) return this.#set(zoom, x, y);
    const edge = stage.getBoundingClientRect();
    x ??= edge.left + stage.clientWidth / 2;
    y ??= edge.top + stage.clientHeight / 2;
    const before = drawing.getBoundingClientRect();
    const by = zoom / this.zoom;
    this.#scaled.s *= by;
    this.#scaled.x += (x - before.left) * (1 - by);
    this.#scaled.y += (y - before.top) * (1 - by);
    const { s, x: left, y: top } = this.#scaled;
    drawing.style.transformOrigin = "0 0";
    drawing.style.transform = `translate(${left}px, ${top}px) scale(${s})`;
    this.zoom = zoom;
    this.changed();
    this.#settle = setTimeout(() => this.#set(this.zoom, x, y), SETTLE);
  }

  #set(zoom, x, y) {
    const { stage, drawing } = this;
    clearTimeout(this.#settle);
    const edge = stage.getBoundingClientRect();
    x ??= edge.left + stage.clientWidth / 2;
    y ??= edge.top + stage.clientHeight / 2;
    const before = drawing.getBoundingClientRect();
    this.zoom = zoom;
    this.#scaled = { s: 1, x: 0, y: 0 };
    drawing.style.transform = "";
    drawing.style.width = zoom === 1 ? "" : `${zoom * 100}%`;
    const after = drawing.getBoundingClientRect();
    stage.scrollLeft += after.left + ((x - before.left) / (before.width || 1)) * after.width - x;
    stage.scrollTop += after.top + ((y - before.top) / (before.height || 1)) * after.height - y;
    this.changed();
  }

  #wheel(event) {
    // A pinch on a touchpad is a wheel with ctrl; what has no ctrl scrolls.
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const by = within(event.deltaY * lines, -120, 120);
    this.to(this.zoom * Math.exp(-by / 240), { x: event.clientX, y: event.clientY });
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const { stage } = this;
    const pan = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.key === "+" || event.key === "=") this.step(true);
    else if (event.key === "-" || event.key === "_") this.step(false);
    else if (event.key === "0") this.fit();
    else if (event.key === "1") this.plain();
    // Arrows mean time, unless the stage itself has the focus and there is more to see beside.
    else if (pan && event.target === stage && !event.shiftKey && stage.scrollWidth > stage.clientWidth + 1) {
      stage.scrollBy({ left: pan[0] * 60, top: pan[1] * 60, behavior: "instant" });
    } else return;
    event.preventDefault();
  }

  /** A mouse drags the drawing; touch scrolls by itself. */
  #drag() {
    const { stage } = this;
    let from;
    let moved = false;
    const end = () => {
      from = undefined;
      delete stage.dataset.dragging;
    };
    stage.addEventListener("pointerdown", (event) => {
      moved = false;
      const held = event.button === 0 || event.button === 1;
      if (event.pointerType === "touch" || !held || event.defaultPrevented) return;
      // What lies on the scroll bars scrolls.
      const edge = stage.getBoundingClientRect();
      if (event.clientX > edge.left + stage.clientWidth || event.clientY > edge.top + stage.clientHeight) return;
      if (event.button === 1) event.preventDefault();
      from = { x: event.clientX, y: event.clientY, left: stage.scrollLeft, top: stage.scrollTop, id: event.pointerId };
    });
    stage.addEventListener("pointermove", (event) => {
      if (!from || event.pointerId !== from.id) return;
      if (!event.buttons) return end();
      const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
      if (!moved && Math.hypot(dx, dy) < SLACK) return;
      if (!moved) stage.setPointerCapture(from.id);
      moved = true;
      stage.dataset.dragging = "";
      stage.scrollTo({ left: from.left - dx, top: from.top - dy, behavior: "instant" });
    });
    stage.addEventListener("pointerup", end);
    stage.addEventListener("pointercancel", end);
    // The end of a drag chooses nothing.
    stage.addEventListener("click", (event) => {
      if (moved) {
        event.stopPropagation();
        event.preventDefault();
      }
      moved = false;
    }, true);
  }

  /** Two fingers zoom at the point between them, and move it. */
  #pinch() {
    const { stage } = this;
    let last;
    const of = ([a, b]) => ({
      x: (a.clientX + b.clientX) / 2,
      y: (a.clientY + b.clientY) / 2,
      apart: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) || 1,
    });
    stage.addEventListener("touchstart", ({ touches }) => {
      last = touches.length === 2 ? of(touches) : undefined;
    }, { passive: true });
    stage.addEventListener("touchmove", (event) => {
      if (!last || event.touches.length !== 2) return;
      event.preventDefault();
      const now = of(event.touches);
      this.stage.scrollBy({ left: last.x - now.x, top: last.y - now.y, behavior: "instant" });
      this.to((this.zoom * now.apart) / last.apart, now);
      last = now;
    }, { passive: false });
    stage.addEventListener("touchend", () => { last = undefined; }, { passive: true });
  }
}

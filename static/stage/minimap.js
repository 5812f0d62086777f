// All of the drawing, small, with a frame around what is in sight: where there are more pods than are seen at a time.

/** From how many pods on. */
const MANY = 60;
/** Its longest sides, in CSS pixels. */
const WIDE = 168;
const HIGH = 132;
/** How often it follows, in milliseconds. */
const PAUSE = 250;

/** How many pods a drawing has: those drawn one by one, and the dots of each block. */
export function pods(drawing) {
  let n = drawing.querySelectorAll(".pod:not(.dots):not(.leaving)").length;
  for (const path of drawing.querySelectorAll(".pod.dots")) n += path.getAttribute("d").split("M").length - 1;
  return n;
}

export class Minimap {
  #due = 0;
  #drawn = 0;

  constructor(camera, root) {
    this.camera = camera;
    this.place = document.createElement("div");
    this.place.className = "minimap";
    this.place.hidden = true;
    // Keyboards pan and zoom the stage itself.
    this.place.setAttribute("aria-hidden", "true");
    this.canvas = document.createElement("canvas");
    this.frame = document.createElement("i");
    this.place.append(this.canvas, this.frame);
    root.append(this.place);
    const go = (event) => {
      if (!(event.buttons & 1)) return;
      const box = this.canvas.getBoundingClientRect();
      const [w, h] = camera.size;
      camera.center(((event.clientX - box.left) / box.width) * w, ((event.clientY - box.top) / box.height) * h);
      event.preventDefault();
    };
    this.place.addEventListener("pointerdown", (event) => {
      this.place.setPointerCapture(event.pointerId);
      go(event);
    });
    this.place.addEventListener("pointermove", go);
    new MutationObserver(() => this.later()).observe(camera.drawing, { childList: true, subtree: true, attributeFilter: ["class", "d", "viewBox"] });
    this.later();
  }

  /** Draws again soon, at most a few times a second. */
  later() {
    this.#due ||= setTimeout(() => {
      this.#due = 0;
      this.#drawn = performance.now();
      this.draw();
    }, Math.max(0, PAUSE - (performance.now() - this.#drawn)));
  }

  /** Moves the frame around what is in sight. */
  follow() {
    const { x, y, w, h, all } = this.camera.sight;
    this.place.classList.toggle("all", all);
    const scale = this.scale ?? 0;
    Object.assign(this.frame.style, {
      left: `${x * scale}px`, top: `${y * scale}px`, width: `${w * scale}px`, height: `${h * scale}px`,
    });
  }

  draw() {
    const { drawing } = this.camera;
    this.place.hidden = pods(drawing) <= MANY;
    if (this.place.hidden) return;
    const [w, h] = this.camera.size;
    this.scale = Math.min(WIDE / w, HIGH / h);
    const ratio = devicePixelRatio || 1;
    const { canvas } = this;
    canvas.width = w * this.scale * ratio;
    canvas.height = h * this.scale * ratio;
    canvas.style.width = `${w * this.scale}px`;
    canvas.style.height = `${h * this.scale}px`;
    const context = canvas.getContext("2d");
    context.scale(this.scale * ratio, this.scale * ratio);
    const style = getComputedStyle(this.camera.stage);
    const color = (name) => style.getPropertyValue(name);
    const box = (shape, fill) => {
      const at = place(shape);
      const side = (name) => shape[name].baseVal.value;
      context.fillStyle = fill;
      context.fillRect(at[0] + side("x"), at[1] + side("y"), side("width"), side("height"));
    };
    for (const card of drawing.querySelectorAll(".frame .card, .node .card")) box(card, color("--panel"));
    for (const group of drawing.querySelectorAll(".group > rect")) box(group, color("--line"));
    for (const pill of drawing.querySelectorAll(".service .pill")) box(pill, color("--svc"));
    for (const pod of drawing.querySelectorAll(".pod:not(.leaving)")) {
      const bad = /\b(failed|crashloop|imagepull)\b/.test(pod.className.baseVal);
      const [, word] = /\b(ready|succeeded)\b/.exec(pod.className.baseVal) ?? [];
      const name = bad ? "--bad" : pod.classList.contains("old") ? "--old" : pod.classList.contains("square") ? "--sts" : "--dep";
      context.fillStyle = color(name);
      context.globalAlpha = word || bad ? 1 : 0.45;
      const [x, y] = place(pod);
      if (pod.classList.contains("dots")) {
        context.save();
        context.translate(x, y);
        context.fill(new Path2D(pod.getAttribute("d")));
        context.restore();
      } else {
        const r = pod.querySelector(".body")?.getBBox().width / 2 || 8;
        context.fillRect(x - r, y - r, 2 * r, 2 * r);
      }
    }
    context.globalAlpha = 1;
    this.follow();
  }
}

/** Where an element's own origin is in the drawing: its place at rest, not where it is on its way. */
function place(element) {
  let [x, y] = [0, 0];
  for (let at = element; at && at.localName !== "svg"; at = at.parentNode) {
    const found = /translate\(\s*(-?[\d.]+)(?:px)?[\s,]+(-?[\d.]+)/.exec(at.style.transform || at.getAttribute("transform") || "");
    if (found) [x, y] = [x + Number(found[1]), y + Number(found[2])];
  }
  return [x, y];
}

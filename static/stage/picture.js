// The stage as a file: SVG, PNG, a filmstrip of the run, a recording. What style sheets say is written into the
// drawing, so that it looks the same wherever it is put.

const INHERITED = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linecap", "stroke-linejoin",
  "paint-order", "font-family", "font-size", "font-weight", "text-anchor",
];
const PLAIN = { opacity: "1", transform: "none" };
const SVG = "http://www.w3.org/2000/svg";
/** What says something to a browser only. */
const SPARE = /^(class|style|role|tabindex|aria-.*|data-.*)$/;
/** The widest and highest a picture of points may be. */
const MOST = 8192;

/** A colour as old readers of SVG know it, and how opaque it is. */
function opaque(color) {
  const [, r, g, b, a] = /^rgba?\(([\d.]+), ([\d.]+), ([\d.]+)(?:, ([\d.]+))?\)$/.exec(color) ?? [];
  return a === undefined ? [color] : [`rgb(${r}, ${g}, ${b})`, a];
}

/** Copies an element with its looks. `above` is what its parent looks like. */
function copy(from, above) {
  const style = getComputedStyle(from);
  if (style.display === "none" || from.classList.contains("leaving")) return;
  const invisible = style.fill === "rgba(0, 0, 0, 0)" && style.stroke === "none";
  if (invisible && /^(rect|circle|path)$/.test(from.localName)) return;
  const to = document.createElementNS(SVG, from.localName);
  for (const { name, value } of from.attributes) if (!SPARE.test(name)) to.setAttribute(name, value);
  const looks = {};
  for (const name of INHERITED) {
    looks[name] = style.getPropertyValue(name);
    if (looks[name] === above[name]) continue;
    const [value, alpha] = name === "fill" || name === "stroke" ? opaque(looks[name]) : [looks[name]];
    to.setAttribute(name, value.replace(/px\b/g, "").replaceAll('"', "'"));
    if (alpha !== undefined) to.setAttribute(`${name}-opacity`, alpha);
  }
  for (const [name, plain] of Object.entries(PLAIN)) {
    const value = style.getPropertyValue(name);
    if (value !== plain) to.setAttribute(name, value.replaceAll(", ", " "));
    else to.removeAttribute(name);
  }
  for (const child of from.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) to.append(child.data);
    else if (child.nodeType === Node.ELEMENT_NODE) to.append(copy(child, looks) ?? "");
  }
  const empty = to.localName === "g" && !to.hasChildNodes();
  return empty ? undefined : to;
}

/** The drawing as it is, on the page's ground: an element with its width and height. */
export function snapshot(stage, moving = false) {
  // What is on its way is drawn where it goes.
  for (const animation of stage.getAnimations({ subtree: true })) {
    if (!moving && animation.effect?.getComputedTiming().endTime !== Infinity) animation.finish();
  }
  const drawing = stage.querySelector(":scope > svg");
  const { width, height } = drawing.viewBox.baseVal;
  const made = copy(drawing, {}) ?? document.createElementNS(SVG, "svg");
  made.setAttribute("xmlns", SVG);
  made.setAttribute("viewBox", `0 0 ${width} ${height}`);
  made.setAttribute("width", width);
  made.setAttribute("height", height);
  const [ground] = opaque(getComputedStyle(stage.closest(".podscope")).backgroundColor);
  const rect = document.createElementNS(SVG, "rect");
  rect.setAttribute("width", width);
  rect.setAttribute("height", height);
  rect.setAttribute("fill", ground);
  rect.setAttribute("stroke", "none");
  made.prepend(rect);
  return { made, width, height };
}

const text = (svg) => new XMLSerializer().serializeToString(svg);
const file = (svg) => new Blob([text(svg)], { type: "image/svg+xml" });

async function image(svg) {
  const url = URL.createObjectURL(file(svg));
  try {
    const loaded = new Image();
    loaded.src = url;
    await loaded.decode();
    return loaded;
  } finally {
    URL.revokeObjectURL(url);
  }
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export function svg(stage) {
  save(file(snapshot(stage).made), "podscope.svg");
}

export async function png(stage) {
  const { made, width, height } = snapshot(stage);
  const scale = Math.min(2, MOST / Math.max(width, height));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width * scale, height * scale];
  canvas.getContext("2d").drawImage(await image(made), 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  if (!blob) throw new Error("the browser made no PNG");
  save(blob, "podscope.png");
}

const frame = () => new Promise(requestAnimationFrame);

/** The run from its beginning to its end in six pictures, side by side. */
export async function filmstrip(scene) {
  const page = scene.closest(".podscope");
  const slider = page.querySelector(".scrub input");
  const clock = page.querySelector(".clock");
  const stage = scene.querySelector(".stage");
  const go = async (to) => {
    // As a hand would.
    slider.value = to;
    slider.dispatchEvent(new InputEvent("input", { bubbles: true }));
    await frame();
    await frame();
  };
  const now = slider.value;
  const known = page.querySelector(".scrub .known").width.baseVal.value / 1000 * slider.max;
  const [columns, count, wide, gap] = [3, 6, 640, 20];
  const pictures = [];
  try {
    for (let at = 0; at < count; at++) {
      await go((known * at) / (count - 1));
      pictures.push({ ...snapshot(stage), clock: clock.textContent });
    }
  } finally {
    await go(now);
    // What was playing goes on.
    slider.dispatchEvent(new Event("change", { bubbles: true }));
  }
  const strip = document.createElementNS(SVG, "svg");
  let top = gap;
  for (let row = 0; row < count; row += columns) {
    let high = 0;
    pictures.slice(row, row + columns).forEach(({ made, width, height, clock }, column) => {
      const shown = (height * wide) / width;
      high = Math.max(high, shown);
      made.setAttribute("x", gap + column * (wide + gap));
      made.setAttribute("y", top + 26);
      made.setAttribute("width", wide);
      made.setAttribute("height", shown);
      const label = document.createElementNS(SVG, "text");
      label.setAttribute("x", gap + column * (wide + gap));
      label.setAttribute("y", top + 16);
      label.setAttribute("font-family", getComputedStyle(page).getPropertyValue("--mono").replaceAll('"', "'"));
      label.setAttribute("font-size", "15");
      label.setAttribute("fill", opaque(getComputedStyle(page).color)[0]);
      label.textContent = clock;
      strip.append(label, made);
    });
    top += high + 26 + gap;
  }
  const width = gap + columns * (wide + gap);
  strip.setAttribute("xmlns", SVG);
  strip.setAttribute("viewBox", `0 0 ${width} ${top}`);
  strip.setAttribute("width", width);
  strip.setAttribute("height", top);
  const ground = document.createElementNS(SVG, "rect");
  ground.setAttribute("width", width);
  ground.setAttribute("height", top);
  ground.setAttribute("fill", opaque(getComputedStyle(page).backgroundColor)[0]);
  strip.prepend(ground);
  save(file(strip), "podscope-filmstrip.svg");
}

/** Records what the stage shows until it is told to stop; gives what stops it, which saves the file. */
export function record(stage) {
  const { width, height } = stage.querySelector(":scope > svg").viewBox.baseVal;
  const scale = Math.min(1, 1280 / width);
  const canvas = document.createElement("canvas");
  // Some encoders take even sizes only. What grows is fitted in.
  [canvas.width, canvas.height] = [width, height].map((side) => 2 * Math.round((side * scale) / 2));
  const context = canvas.getContext("2d");
  const recorder = new MediaRecorder(canvas.captureStream(), { mimeType: "video/webm", videoBitsPerSecond: 4e6 });
  const parts = [];
  recorder.addEventListener("dataavailable", (event) => event.data.size && parts.push(event.data));
  const ended = new Promise((done, failed) => {
    recorder.addEventListener("stop", done);
    recorder.addEventListener("error", (event) => failed(event.error));
  });
  let on = true;
  const draw = async () => {
    while (on) {
      const { made, width, height } = snapshot(stage, true);
      const drawn = await image(made);
      const fit = Math.min(canvas.width / width, canvas.height / height);
      context.fillStyle = getComputedStyle(stage.closest(".podscope")).backgroundColor;
      context.fillRect(0, 0, canvas.width, canvas.height);
      context.drawImage(drawn, (canvas.width - width * fit) / 2, 0, width * fit, height * fit);
      await new Promise((next) => setTimeout(next, 80));
      await frame();
    }
  };
  recorder.start(1000);
  const drawing = draw();
  return async () => {
    on = false;
    await drawing;
    recorder.stop();
    await ended;
    save(new Blob(parts, { type: "video/webm" }), "podscope.webm");
  };
}

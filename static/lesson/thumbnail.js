// A small picture of what a lesson shows: the pods in the chapter of its first question, step by step, as they were when the
// lesson was tested. It moves while its card is pointed at or has the focus, unless the reader wants less motion.
const SVG = "http://www.w3.org/2000/svg";

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

const STATES = { R: "ready", P: "pending", C: "creating", T: "terminating", F: "failed", U: "unknown", S: "ready", "-": "none" };

/** How wide the pods of a frame are. */
function needed(frame) {
  const workloads = frame.split("; ").filter((text) => !text.startsWith("service ")).map((text) => text.split(" ")[2] ?? "");
  return workloads.reduce((sum, pods) => sum + pods.length * 22 + 14, -14);
}

/** The frame that says most: the one with most pods that are not Ready, and of these the last. */
function telling(frames) {
  const odd = (frame) => frame.split("; ").map((text) => text.split(" ")[2] ?? "").join("").replace(/[RS-]/g, "").length;
  return frames.reduce((best, frame) => (odd(frame) >= odd(best) ? frame : best), frames[0] ?? "");
}

/** The picture of a lesson, which moves while somebody is at its card. */
export function thumbnail(frames = [], card) {
  const width = Math.max(120, ...frames.map((frame) => needed(frame) + 26));
  const svg = shape("svg", { class: "thumbnail", viewBox: `0 0 ${width} 76`, "aria-hidden": "true" });
  const still = () => draw(svg, telling(frames), width);
  let timer;
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
    still();
  };
  const start = () => {
    if (timer || frames.length < 2 || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    let at = 0;
    const next = () => {
      if (!svg.isConnected) return stop();
      // The outcome stays for a while.
      draw(svg, frames[Math.min(at, frames.length - 1)], width);
      at = (at + 1) % (frames.length + 3);
    };
    next();
    timer = setInterval(next, 450);
  };
  for (const name of ["pointerenter", "focusin"]) card.addEventListener(name, start);
  for (const name of ["pointerleave", "focusout"]) card.addEventListener(name, stop);
  still();
  return svg;
}

/** Draws `service web; deploy web RRR; sts db RR-` into a picture that is as wide as all need. */
function draw(svg, frame, width) {
  const rows = frame.split("; ").filter(Boolean).map((text) => text.split(" "));
  const services = rows.filter(([kind]) => kind === "service");
  const workloads = rows.filter(([kind]) => kind !== "service").map(([kind, , pods = ""]) => ({ kind, pods: [...pods] }));
  svg.replaceChildren();
  services.forEach((_, i) => {
    const x = (width * (i + 1)) / (services.length + 1);
    svg.append(shape("rect", { class: "svc", x: x - 14, y: 8, width: 28, height: 11, rx: 5.5 }));
  });
  const used = needed(frame);
  let x = (width - used) / 2;
  for (const { kind, pods } of workloads) {
    const stateful = kind === "sts";
    for (const letter of pods) {
      const of = `${stateful ? "sts" : "dep"} ${STATES[letter] ?? "unknown"}`;
      const at = x + 11;
      if (stateful) {
        svg.append(shape("rect", { class: of, x: at - 8, y: 31, width: 16, height: 16, rx: 3 }));
        svg.append(shape("path", { class: "volume", d: `M${at - 7} 58v7c0 5 14 5 14 0v-7c0-5-14-5-14 0c0 5 14 5 14 0` }));
      } else {
        svg.append(shape("circle", { class: of, cx: at, cy: 39, r: 8.5 }));
      }
      if (letter === "F") svg.append(shape("path", { class: "mark", d: `M${at} 35v5M${at} 43v.5` }));
      x += 22;
    }
    x += 14;
  }
}

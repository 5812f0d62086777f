// A small picture of what a lesson shows: the pods as they were when its first question was decided.
const SVG = "http://www.w3.org/2000/svg";

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

const STATES = { R: "ready", P: "pending", C: "creating", T: "terminating", F: "failed", U: "unknown", S: "ready", "-": "none" };

/** Draws `service web`, `deploy web RRR` and `sts db RR-`. */
export function thumbnail(shapes = []) {
  const rows = shapes.map((text) => text.split(" "));
  const services = rows.filter(([kind]) => kind === "service");
  const workloads = rows.filter(([kind]) => kind !== "service").map(([kind, , pods = ""]) => ({ kind, pods: [...pods] }));
  const width = Math.max(120, workloads.reduce((sum, { pods }) => sum + pods.length * 22 + 14, 0) + 12);
  const svg = shape("svg", { class: "thumbnail", viewBox: `0 0 ${width} 76`, "aria-hidden": "true" });
  services.forEach((_, i) => {
    const x = (width * (i + 1)) / (services.length + 1);
    svg.append(shape("rect", { class: "svc", x: x - 14, y: 8, width: 28, height: 11, rx: 5.5 }));
  });
  const used = workloads.reduce((sum, { pods }) => sum + pods.length * 22 + 14, -14);
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
  return svg;
}

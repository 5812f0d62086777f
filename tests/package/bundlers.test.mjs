// The npm package, installed into a new project for each bundler, built by it, and opened: all that it loads is found,
// the WebAssembly modules as files of their own.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, extname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch, SHOP } from "../browser/helper.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const dist = process.env.PODSCOPE_DIST || join(here, "../../dist");
const folder = mkdtempSync(join(tmpdir(), "podscope-bundlers-"));
let browser, packed;

const JOB = `apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox, command: [sleep, "2"]}]}}}
`;
/** What a page's author writes. */
const MAIN = `import { mount } from "podscope";
const [main, aside, footer] = ["main", "aside", "footer"].map((name) => document.querySelector(name));
const shop = await mount(main, { yaml: ${JSON.stringify(SHOP)}, startAt: 30, zoom: true });
await mount(aside, { yaml: ${JSON.stringify(JOB)}, startAt: 30 });
await mount(footer, { scenario: "reverse-deletion" });
const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
const headless = await new Promise((done) => (worker.onmessage = ({ data }) => done(data)));
window.told = [(await shop.kubectl("get deploy -o name")).stdout, headless];
`;
const WORKER = `import { Cluster } from "podscope/cluster";
const cluster = await Cluster.create();
await cluster.apply(${JSON.stringify(SHOP)});
postMessage((await cluster.kubectl("kubectl rollout status deploy/shop")).exitCode);
`;
const page = (script) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title><link rel="icon" href="data:,"></head>
<body><main></main><aside></aside><footer></footer><script type="module" src="${script}"></script></body></html>`;

before(async () => {
  const made = execFileSync(process.execPath, [join(here, "../../npm/make.mjs"), dist], { encoding: "utf8" });
  packed = made.trim().split("\n").find((line) => line.endsWith(".tgz"));
  browser = await launch();
});
after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A project with the package installed, and these files. */
function project(name, files) {
  const at = join(folder, name);
  mkdirSync(at);
  const all = { "package.json": JSON.stringify({ name, private: true, type: "module" }), ...files };
  for (const [file, text] of Object.entries(all)) {
    mkdirSync(dirname(join(at, file)), { recursive: true });
    writeFileSync(join(at, file), text);
  }
  execFileSync("npm", ["install", packed, "--offline", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], { cwd: at });
  return at;
}

/** Opens what was built; checks that all of it lives, and gives the paths of what it loaded. */
async function lives(built) {
  const types = { ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".json": "application/json" };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    try {
      const file = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
      const body = readFileSync(join(built, file));
      response.writeHead(200, {
        "content-type": types[extname(file)] ?? "text/html",
        "content-security-policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; img-src data:",
      }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const tab = await (await browser.newContext()).newPage();
  const trouble = [];
  const loaded = [];
  tab.on("pageerror", (error) => trouble.push(error.message));
  tab.on("console", (m) => m.type() === "error" && trouble.push(m.text()));
  tab.on("response", (r) => {
    const { pathname } = new URL(r.url());
    if (r.status() === 200) loaded.push(pathname);
    else trouble.push(`${r.status()} ${pathname}`);
  });
  try {
    // Below a prefix, as many sites are.
    await tab.goto(`http://127.0.0.1:${server.address().port}/`);
    await tab.waitForFunction(() => window.told, undefined, { timeout: 20_000 }).catch(() => assert.fail(trouble.join("\n")));
    assert.deepEqual(await tab.evaluate(() => window.told), ["deployment.apps/shop\n", 0]);
    assert.equal(await tab.locator("main").getByRole("button", { name: /^shop-.*Running, Ready/ }).count(), 2);
    await tab.locator("main").getByRole("button", { name: "Zoom in" }).click();
    await tab.locator("aside").getByRole("button", { name: /^once-.*Succeeded/ }).waitFor();
    await tab.locator("footer .scenario h2").waitFor();
    assert.deepEqual(trouble, []);
    return loaded;
  } finally {
    await tab.context().close();
    server.close();
  }
}

/** That the page loaded both modules and kubectl's, each as a file. */
const separate = (loaded) => {
  for (const name of ["podscope_embed", "podscope_embed_more", "podscope_console"])
    assert.ok(loaded.some((path) => new RegExp(`/${name}_bg[^/]*\\.wasm$|^/[0-9a-f]{16,}\\.wasm$`).test(path)), `${name} among ${loaded}`);
  assert.ok(new Set(loaded.filter((path) => path.endsWith(".wasm"))).size >= 3, `${loaded}`);
};

test("Vite builds it without configuration", async () => {
  const at = project("vite", { "main.js": MAIN, "worker.js": WORKER, "index.html": page("/main.js") });
  const { build } = await import("vite");
  // Top-level await in a worker needs modules there.
  await build({ root: at, configFile: false, logLevel: "error", worker: { format: "es" } });
  separate(await lives(join(at, "dist")));
});

test("webpack builds it without configuration", async () => {
  const at = project("webpack", { "src/index.js": MAIN, "src/worker.js": WORKER });
  // Where it is called is where it looks.
  const script = `import webpack from ${JSON.stringify(import.meta.resolve("webpack"))};
    webpack({ mode: "production" }, (error, stats) => console.log(error ?? stats.toString({ all: false, errors: true, warnings: true })));`;
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", script], { cwd: at, encoding: "utf8" });
  assert.doesNotMatch(said, /error/i);
  writeFileSync(join(at, "dist/index.html"), page("main.js"));
  separate(await lives(join(at, "dist")));
});

test("esbuild builds it, and the modules are put beside", async () => {
  const at = project("esbuild", { "main.js": MAIN, "worker.js": WORKER });
  const { build } = await import("esbuild");
  const out = join(at, "out");
  await build({ entryPoints: ["main.js", "worker.js"], bundle: true, splitting: true, minify: true, format: "esm", outdir: out, absWorkingDir: at, logLevel: "silent" });
  // As docs/embedding.md says.
  execFileSync("sh", ["-c", "cp node_modules/podscope/*/*.wasm out"], { cwd: at });
  writeFileSync(join(out, "index.html"), page("main.js"));
  separate(await lives(out));
});

test("a plain script, the package's folder beside it", async () => {
  const at = project("plain", {
    "main.js": MAIN.replace('"podscope"', '"./node_modules/podscope/podscope.js"'),
    "worker.js": WORKER.replace('"podscope/cluster"', '"./node_modules/podscope/cluster.js"'),
    "index.html": page("main.js"),
  });
  separate(await lives(at));
});

test("Deno has a cluster, which does what it does in Node", () => {
  const story = `import { Cluster } from "podscope/cluster";
const cluster = await Cluster.create({ seed: 7 });
await cluster.apply(${JSON.stringify(SHOP)});
await cluster.advance("1m");
console.log((await cluster.kubectl("kubectl get all,events -A -o yaml")).stdout);
`;
  const at = project("deno", { "story.js": story });
  const platforms = join(here, "node_modules/@deno");
  const deno = readdirSync(platforms).map((name) => join(platforms, name, "deno")).find((file) => existsSync(file));
  const run = (program, ...args) => execFileSync(program, [...args, "story.js"], { cwd: at, encoding: "utf8", env: { ...process.env, DENO_NO_UPDATE_CHECK: "1", DENO_DIR: join(at, "cache") } });
  const told = run(deno, "run", "--node-modules-dir=manual", "--no-remote", "--allow-read");
  assert.match(told, /name: shop-/);
  assert.equal(told, run(process.execPath));
});

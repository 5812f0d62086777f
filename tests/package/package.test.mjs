// The npm package: packed, installed into a new project, and used there: from Node, by the type checker, and by a page
// of plain HTML in a browser that checks each file's integrity.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch, SHOP } from "../browser/helper.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const dist = process.env.PODSCOPE_DIST || join(here, "../../dist");
const project = mkdtempSync(join(tmpdir(), "podscope-package-"));
const installed = join(project, "node_modules/podscope");
const run = (program, ...args) => execFileSync(program, args, { cwd: project, encoding: "utf8" });
const sizes = () => JSON.parse(readFileSync(join(installed, "sizes.json"), "utf8"));
let packed;

before(() => {
  const made = run(process.execPath, join(here, "../../npm/make.mjs"), dist).trim().split("\n");
  packed = made.find((line) => line.endsWith(".tgz"));
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  run("npm", "install", packed, "--offline", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error");
});
after(() => rmSync(project, { recursive: true, force: true }));

test("it holds what the script loads, with each file's size and integrity", () => {
  const names = Object.keys(sizes());
  for (const name of ["podscope.js", "embed/style.js", "embed/podscope_embed_bg.wasm", "embed/podscope_embed_more_bg.wasm", "stage/style.js", "embed/told/reverse-deletion.js", "cluster.js", "connect.js", "embed.html", "embed/frame.js", "embed/policy.js", "share.js", "console/podscope_console_bg.wasm"])
    assert.ok(names.includes(name), `${name} among ${names}`);
  for (const name of names) assert.equal(readFileSync(join(installed, name)).length, sizes()[name].bytes, name);
  assert.ok(readFileSync(join(installed, "LICENSE"), "utf8").includes("Apache License"));
  assert.ok(!names.some((name) => /playground|podscope-page|editor/.test(name)), "nothing of the playground's");
});

test("the tarball without npm has the same files", () => {
  const name = readdirSync(dist).find((file) => /^podscope-.*-static\.tar\.gz$/.test(file));
  const listed = run("tar", "-tzf", join(dist, name)).trim().split("\n");
  assert.deepEqual(listed.sort(), [...Object.keys(sizes()), "LICENSE", "sizes.json"].sort());
});

test("a server can import it, and what the types declare is there", () => {
  const declared = readFileSync(join(installed, "index.d.ts"), "utf8");
  const values = [...declared.matchAll(/^export declare (?:function|class|const) (\w+)/gm)].map(([, name]) => name);
  const body = /export interface Player \{([^]*?)\n\}/.exec(declared)[1];
  const members = [...body.matchAll(/^ {2}(?:readonly )?(\w+)[<(:]/gm)].map(([, name]) => name);
  assert.ok(values.length >= 6 && members.length >= 14, `${values} ${members}`);
  const script = `import * as all from "podscope";
    const lacking = ${JSON.stringify(values)}.filter((name) => !(name in all));
    lacking.push(...${JSON.stringify(members)}.filter((name) => !(name in all.Player.prototype)));
    console.log(JSON.stringify(lacking));`;
  assert.deepEqual(JSON.parse(run(process.execPath, "--input-type=module", "-e", script)), []);
});

test("so is what the types of connections to frames declare", () => {
  const declared = readFileSync(join(installed, "connect.d.ts"), "utf8");
  const body = /export interface Frame \{([^]*?)\n\}/.exec(declared)[1];
  const members = [...body.matchAll(/^ {2}(?:readonly )?(\w+)[<(:]/gm)].map(([, name]) => name);
  assert.ok(members.length >= 16, `${members}`);
  const script = `import { address, connect, Frame } from "podscope/connect";
    console.log(JSON.stringify([typeof connect, ${JSON.stringify(members)}.filter((name) => !(name in Frame.prototype)), address("a.html#old", { yaml: "a b&c", startAt: 3, autoplay: true, loop: false })]));`;
  assert.deepEqual(JSON.parse(run(process.execPath, "--input-type=module", "-e", script)), ["function", [], "a.html#yaml=a+b%26c&start-at=3&autoplay="]);
});

test("a program without a page has a cluster, with all that its types declare", () => {
  const declared = readFileSync(join(installed, "cluster.d.ts"), "utf8");
  const body = /export declare class Cluster \{([^]*?)\n\}/.exec(declared)[1];
  const members = [...body.matchAll(/^ {2}(?:readonly )?(\w+)[<(:]/gm)].map(([, name]) => name).filter((name) => name !== "constructor");
  assert.ok(members.length >= 7, `${members}`);
  const script = `import { Cluster } from "podscope/cluster";
    const cluster = await Cluster.create({ seed: 7 });
    await cluster.apply(${JSON.stringify(SHOP)});
    const { stdout, exitCode } = await cluster.kubectl("kubectl rollout status deploy/shop");
    const lacking = ${JSON.stringify(members)}.filter((name) => !(name in cluster));
    console.log(JSON.stringify({ lacking, exitCode, last: stdout.trim().split("\\n").at(-1), mood: (await cluster.explain("deployment/shop")).mood }));`;
  const told = JSON.parse(run(process.execPath, "--input-type=module", "-e", script));
  assert.deepEqual(told, { lacking: [], exitCode: 0, last: 'deployment "shop" successfully rolled out', mood: "well" });
});

test("the types agree with what users write", () => {
  const tsc = join(here, "node_modules/typescript/bin/tsc");
  const flags = ["--noEmit", "--strict", "--noUncheckedIndexedAccess", "--target", "es2022"];
  const uses = [["use.ts", "es2022,dom"], ["frame.ts", "es2022,dom"], ["headless.ts", "es2022"]];
  for (const [file] of uses) cpSync(join(here, file), join(project, file));
  const ways = uses.flatMap((use) => [[...use, "nodenext", "nodenext"], [...use, "esnext", "bundler"]]);
  for (const [file, lib, module, resolution] of ways) {
    const args = [tsc, ...flags, "--lib", lib, "--module", module, "--moduleResolution", resolution, file];
    try {
      run(process.execPath, ...args);
    } catch (error) {
      assert.fail(error.stdout);
    }
  }
});

const importmap = (integrity) => JSON.stringify({ integrity });

/** Plain HTML: a head, a script, an element. */
const page = (integrity) => `<!doctype html><html data-theme="light"><head><meta charset="utf-8"><title>Shop</title><link rel="icon" href="data:,">
<script type="importmap">${importmap(integrity)}</script>
<script type="module" src="/node_modules/podscope/podscope.js"></script></head>
<body><h1>Shop</h1><pod-scope autoplay speed="100"><pre>${SHOP}</pre></pod-scope><p><a href="/other.html">Other</a></p></body></html>`;

/** Serves the project with the policy that the documentation names, Trusted Types required unless told otherwise. */
async function serve(pages, maps, trusted = "; require-trusted-types-for 'script'; trusted-types 'none'") {
  // Import maps are all that stands inline; the policy names them by their hashes.
  const inline = maps.map((map) => `'sha256-${createHash("sha256").update(importmap(map)).digest("base64")}'`).join(" ");
  const types = { ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".html": "text/html" };
  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    try {
      const body = pages[path] ?? readFileSync(join(project, path));
      response.writeHead(200, {
        "content-type": types[extname(path)] ?? "text/html",
        "content-security-policy": `default-src 'none'; script-src 'self' 'wasm-unsafe-eval' ${inline}; connect-src 'self'; img-src data:${trusted}`,
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { address: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

test("plain HTML shows a living cluster that scales, follows the theme, and is there again after navigation", async () => {
  const integrity = Object.fromEntries(
    Object.entries(sizes()).filter(([name]) => name.endsWith(".js")).map(([name, size]) => [`/node_modules/podscope/${name}`, size.integrity]),
  );
  const wrong = { ...integrity, "/node_modules/podscope/embed/podscope_embed.js": `sha384-${"A".repeat(64)}` };
  const server = await serve({ "/index.html": page(integrity), "/wrong.html": page(wrong), "/other.html": "<title>Other</title><a href='/index.html'>Back</a>" }, [integrity, wrong]);
  const browser = await launch();
  try {
    const tab = await (await browser.newContext()).newPage();
    const trouble = [];
    tab.on("pageerror", (error) => trouble.push(error.message));
    tab.on("console", (m) => m.type() === "error" && trouble.push(m.text()));
    const pods = tab.getByRole("button", { name: /^shop-.*Running, Ready/ });
    const settled = async (count) => {
      await pods.nth(count - 1).waitFor();
      assert.equal(await pods.count(), count);
    };
    await tab.goto(`${server.address}/index.html`);
    await settled(2);
    await tab.evaluate(() => document.querySelector("pod-scope").player.scale("deployment/shop", 4));
    await settled(4);
    const theme = () => tab.evaluate(() => document.querySelector("pod-scope").player.root.dataset.theme);
    assert.equal(await theme(), "light");
    await tab.evaluate(() => (document.documentElement.dataset.theme = "dark"));
    await tab.waitForFunction(() => document.querySelector("pod-scope").player.root.dataset.theme === "dark");
    await tab.getByRole("link", { name: "Other" }).click();
    await tab.getByRole("link", { name: "Back" }).click();
    await settled(2);
    assert.deepEqual(trouble, []);

    // A file that is not what its integrity value says is not run, and the manifest stays readable.
    await tab.goto(`${server.address}/wrong.html`);
    await tab.getByRole("alert").waitFor();
    assert.ok(await tab.getByText("kind: Deployment").isVisible());
  } finally {
    await browser.close();
    server.stop();
  }
});

test("a worker of a page has a cluster, which does what it does in Node", async () => {
  const story = `const cluster = await Cluster.create({ seed: 7 });
    await cluster.apply(${JSON.stringify(SHOP)});
    await cluster.kubectl("kubectl rollout status deploy/shop");
    const { stdout } = await cluster.kubectl("kubectl get all,events -A -o yaml");`;
  const node = run(process.execPath, "--input-type=module", "-e", `import { Cluster } from "podscope/cluster"; ${story} process.stdout.write(stdout);`);
  assert.match(node, /name: shop-/);
  const files = {
    "/worker.html": `<!doctype html><title>Worker</title><link rel="icon" href="data:,">`,
    "/worker.js": `import { Cluster } from "/node_modules/podscope/cluster.js"; ${story} postMessage(stdout);`,
  };
  // Without Trusted Types, which ask a page to name its workers' scripts in a policy of its own.
  const server = await serve(files, [], "");
  const browser = await launch();
  try {
    const tab = await (await browser.newContext()).newPage();
    await tab.goto(`${server.address}/worker.html`);
    const told = await tab.evaluate(() => new Promise((done, failed) => {
      const worker = new Worker("/worker.js", { type: "module" });
      worker.onmessage = ({ data }) => done(data);
      worker.onerror = (error) => failed(new Error(error.message));
    }));
    assert.equal(told, node);
  } finally {
    await browser.close();
    server.stop();
  }
});

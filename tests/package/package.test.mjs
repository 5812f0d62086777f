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
  for (const name of ["podscope.js", "embed/style.js", "embed/podscope_embed_bg.wasm", "embed/podscope_embed_more_bg.wasm", "stage/stage.css"])
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

test("the types agree with what users write", () => {
  cpSync(join(here, "use.ts"), join(project, "use.ts"));
  const tsc = join(here, "node_modules/typescript/bin/tsc");
  const flags = ["--noEmit", "--strict", "--noUncheckedIndexedAccess", "--target", "es2022", "--lib", "es2022,dom"];
  for (const [module, resolution] of [["nodenext", "nodenext"], ["esnext", "bundler"]]) {
    const args = [tsc, ...flags, "--module", module, "--moduleResolution", resolution, "use.ts"];
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

/** Serves the project with the policy that the documentation names, Trusted Types required. */
async function serve(pages, maps) {
  // Import maps are all that stands inline; the policy names them by their hashes.
  const inline = maps.map((map) => `'sha256-${createHash("sha256").update(importmap(map)).digest("base64")}'`).join(" ");
  const types = { ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".html": "text/html" };
  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    try {
      const body = pages[path] ?? readFileSync(join(project, path));
      response.writeHead(200, {
        "content-type": types[extname(path)] ?? "text/html",
        "content-security-policy": `default-src 'none'; script-src 'self' 'wasm-unsafe-eval' ${inline}; connect-src 'self'; img-src data:; require-trusted-types-for 'script'; trusted-types 'none'`,
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

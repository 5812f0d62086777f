// The project's own documentation, built (`cargo xtask docs`): its links lead somewhere, and its clusters live.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch } from "../browser/helper.mjs";
import { serve } from "../sites/serve.mjs";
import { check, skipped } from "./links.mjs";

const book = process.env.PODSCOPE_BOOK;
const skip = !book && "was not built";
let server, browser;
before(async () => {
  if (!book) return;
  server = await serve(book);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  server?.stop();
});

test("a link that leads nowhere is found", () => {
  const folder = mkdtempSync(join(tmpdir(), "podscope-links-"));
  try {
    mkdirSync(join(folder, "sub"));
    writeFileSync(join(folder, "index.html"), `<h1 id="top">T</h1><a href="sub/#there">1</a><a href='sub/index.html#gone'>2</a>
<a class="x" href="none.html">3</a><img src="none.png"><a href="#top">4</a><a href="https://elsewhere.example/">5</a>
<script>"<a href='no'>"</script><!-- <a href="no"> --><code>&lt;a href="no"&gt;</code>`);
    writeFileSync(join(folder, "sub/index.html"), `<h2 id="there">S</h2><a href="../#top">1</a><a href="../#bottom">2</a>`);
    assert.deepEqual(check(folder), {
      broken: [
        "index.html: there is no such place as sub/index.html#gone", "index.html: there is no none.html", "index.html: there is no none.png",
        "sub/index.html: there is no such place as ../#bottom",
      ],
      looked: 7,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("no link of the book leads nowhere", { skip }, () => {
  const { broken, looked } = check(book, skipped);
  assert.deepEqual(broken, []);
  assert.ok(looked > 500, `${looked}`);
});

/** Opens a page; what goes wrong ends up in `trouble`. */
async function open(path) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const trouble = [];
  page.on("pageerror", (error) => trouble.push(error.message));
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && trouble.push(m.text()));
  page.on("response", (r) => r.status() >= 400 && trouble.push(`${r.status()} ${r.url()}`));
  await page.goto(`${server.address}${path}`);
  return { page, trouble, close: () => context.close() };
}

/** Scrolls to each cluster of a page, and waits until it lives. */
async function all(page) {
  const clusters = page.locator("pod-scope");
  for (let i = 0; i < await clusters.count(); i++) {
    const cluster = clusters.nth(i);
    await cluster.scrollIntoViewIfNeeded();
    await page.waitForFunction((e) => e.player || e.shadowRoot?.querySelector("[role=alert]"), await cluster.elementHandle(), { timeout: 60_000 });
  }
  return clusters.count();
}

test("the guide's clusters live", { skip }, async () => {
  const { page, trouble, close } = await open("guide.html");
  try {
    assert.equal(await all(page), 5);
    const database = page.locator("pod-scope").nth(1);
    await database.scrollIntoViewIfNeeded();
    await database.locator('[role=button][aria-label^="db-2"][aria-label*="Running, Ready"]').waitFor({ timeout: 60_000 });
    const told = page.locator("pod-scope").last();
    await told.locator(".scenario h2").waitFor();
    assert.deepEqual(trouble, []);
  } finally {
    await close();
  }
});

test("each scenario's page has a cluster in which it can be done", { skip }, async () => {
  const pages = readdirSync(join(book, "scenarios")).filter((name) => name.endsWith(".html"));
  assert.equal(pages.length, readdirSync(new URL("../../static/scenarios", import.meta.url)).filter((name) => name.endsWith(".md")).length);
  for (const name of pages) {
    const { page, trouble, close } = await open(`scenarios/${name}`);
    try {
      assert.equal(await all(page), 1, name);
      await page.locator("pod-scope .scenario h2").waitFor();
      assert.deepEqual(trouble, [], name);
    } finally {
      await close();
    }
  }
});

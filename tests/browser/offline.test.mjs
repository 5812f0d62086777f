// After the first load the page needs no network: nor what is loaded later, such as the editor and kubectl.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { editing, launch, manifest, open, serve } from "./helper.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const READY = { timeout: 60_000 };

test("with the network cut off it opens, edits, applies and runs kubectl, under a prefix too", async () => {
  // The page is served under a path, as project sites are.
  const folder = mkdtempSync(join(tmpdir(), "offline-"));
  cpSync(join(root, "dist"), join(folder, "docs/podscope"), { recursive: true });
  const server = await serve(relative(root, folder));
  const browser = await launch();
  try {
    const { page, trouble } = await open(browser, `${server.address}docs/podscope/`, { serviceWorkers: "allow", reducedMotion: "reduce" });
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    await page.waitForFunction(() => navigator.serviceWorker.controller?.state === "activated", null, READY);
    server.stop();
    await assert.rejects(fetch(server.address), "nobody answers any more");
    for (const turn of [1, 2]) {
      await page.reload();
      await page.getByRole("button", { name: "Play" }).waitFor(READY);
      await editing(page);
      assert.match(await manifest(page), /kind: Deployment/, `turn ${turn}`);
      await page.getByRole("textbox", { name: "kubectl command" }).fill("get deployments");
      await page.keyboard.press("Enter");
      await page.getByRole("log", { name: "Output of kubectl" }).getByText(/UP-TO-DATE/).waitFor(READY);
    }
    await page.goto(`${server.address}docs/podscope/index.html?a=b#c`);
    await page.getByRole("button", { name: "Play" }).waitFor(READY);
    // Nothing but what the network refuses was complained of.
    assert.deepEqual(trouble.filter((line) => !/ERR_CONNECTION_REFUSED|Failed to fetch|service worker/i.test(line)), []);
  } finally {
    await browser.close();
    server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

test("another build takes the place of the one that was kept", async () => {
  const folder = mkdtempSync(join(tmpdir(), "offline-"));
  cpSync(join(root, "dist"), folder, { recursive: true });
  const server = await serve(relative(root, folder));
  const browser = await launch();
  try {
    const { page } = await open(browser, server.address, { serviceWorkers: "allow", reducedMotion: "reduce" });
    const kept = () => page.evaluate(() => caches.keys());
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    await page.waitForFunction(() => navigator.serviceWorker.controller?.state === "activated", null, READY);
    const [before, ...more] = await kept();
    assert.deepEqual(more, []);
    // As `cargo xtask build` would: a file differs, and so does the name.
    const worker = join(folder, "worker.js");
    writeFileSync(worker, readFileSync(worker, "utf8").replace(/"podscope-[0-9a-f]{16}"/, '"podscope-0123456789abcdef"'));
    writeFileSync(join(folder, "theme.js"), `${readFileSync(join(folder, "theme.js"), "utf8")}\nwindow.newer = true;\n`);
    await page.reload();
    assert.equal(await page.evaluate(() => window.newer), true, "what the network has goes first");
    await page.evaluate(async (before) => {
      for (;;) {
        const names = await caches.keys();
        if (names.length === 1 && names[0] !== before && navigator.serviceWorker.controller?.state === "activated") return;
        if (performance.now() > 60_000) throw new Error(`still ${names}`);
        await new Promise(requestAnimationFrame);
      }
    }, before);
    server.stop();
    await assert.rejects(fetch(server.address), "nobody answers any more");
    await page.reload();
    assert.equal(await page.evaluate(() => window.newer), true, "and is what was kept");
    await page.getByRole("button", { name: "Play" }).waitFor(READY);
  } finally {
    await browser.close();
    server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

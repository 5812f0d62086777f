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

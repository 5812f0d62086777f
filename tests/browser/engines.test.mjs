// The main path in every engine: open, apply, scale, scrub, share; and an embed in a plain page.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Browser, ENGINES, KEYS } from "./engines.mjs";
import { SHOP, serve } from "./helper.mjs";

const READY = '[role=button][aria-label^="shop-"][aria-label*="Running, Ready"]';
let folder, server;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "podscope-engines-"));
  cpSync(fileURLToPath(new URL("../../dist", import.meta.url)), folder, { recursive: true });
  writeFileSync(join(folder, "embed.html"), `<!doctype html><html lang="en"><meta charset="utf-8"><title>Docs</title><link rel="icon" href="data:,">
<script type="module" src="podscope.js"></script><h1>An embed</h1>
<pod-scope autoplay speed="16" height="480">\n${SHOP}</pod-scope></html>`);
  server = await serve(folder);
});
after(() => {
  server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What goes wrong on a page from now on, in a list of its own. */
const listen = () => {
  window.trouble = [];
  // What a ResizeObserver puts off to the next frame is told as an error, and is none.
  addEventListener("error", (e) => e.message.startsWith("ResizeObserver loop") || window.trouble.push(e.message));
  addEventListener("unhandledrejection", (e) => window.trouble.push(String(e.reason)));
  addEventListener("securitypolicyviolation", (e) => window.trouble.push(`${e.violatedDirective} ${e.blockedURI}`));
};
const trouble = () => window.trouble;
const count = (selector, least) => document.querySelectorAll(selector).length >= least;
const seconds = () => {
  const [minutes, rest] = document.querySelector(".clock").textContent.split(":");
  return Number(minutes) * 60 + Number(rest);
};
/** The pods on the stage, as they are called and are. */
const labels = () => [...document.querySelectorAll(".stage [role=button]")].map((e) => e.getAttribute("aria-label")).filter((l) => l?.startsWith("shop-")).sort();

async function mainPath(page) {
  await page.goto(server.address);
  await page.run(listen);
  await page.until(count, '.stage [role=button][aria-label*="db-0"]', 1);
  // Apply.
  await page.click("button", "^YAML$");
  await page.paste(".cm-content", SHOP);
  await page.until((text) => document.querySelector(".editor .code").editor.text() === text, SHOP);
  await page.click("button", "^Apply");
  await page.until(count, READY, 2);
  // Scale.
  await page.click("button", "^Build$");
  await page.click("button", "^More replicas of shop");
  await page.until(count, READY, 3);
  await page.click("button", "^Pause$");
  await page.see("button", "^Play$");
  // The clock shows whole tenths, and the last pod may be Ready only since a part of this one.
  const seen = (await page.run(seconds)) + 0.1;
  // Scrub: to the beginning, where nothing was applied, and on from there by keys.
  await page.run(() => document.querySelector('input[type=range][aria-label="Instant"]').focus());
  await page.type(KEYS.Home);
  await page.until(() => document.querySelector(".clock").textContent === "00:00.0");
  await page.until(() => !document.querySelector(".stage [role=button][aria-label^=shop-]"));
  const slide = (to) => {
    const slider = document.querySelector('input[type=range][aria-label="Instant"]');
    slider.value = to;
    slider.dispatchEvent(new InputEvent("input", { bubbles: true }));
  };
  await page.run(slide, seen.toFixed(1));
  await page.until((selector) => document.querySelectorAll(selector).length === 3, READY);
  // Share: the link shows the same pods to who opens it.
  await page.click("button", "^Share");
  const link = await page.until(() => location.hash.startsWith("#v1.") && location.href);
  const before = await page.run(labels);
  assert.ok(before.length >= 3);
  await page.until(() => document.querySelector(".said").textContent === "Link copied.");
  await page.run(() => document.body.append(Object.assign(document.createElement("textarea"), { className: "pasted", style: "position:fixed;inset:0 auto auto 0;z-index:99" })));
  await page.click(".pasted");
  await page.type("v", KEYS.Control);
  await page.until((link) => document.querySelector(".pasted").value === link, link);
  assert.deepEqual(await page.run(trouble), []);
  await page.goto("about:blank");
  await page.goto(link);
  await page.run(listen);
  await page.until((selector) => document.querySelectorAll(selector).length === 3, READY);
  assert.deepEqual(await page.run(labels), before);
  assert.deepEqual(await page.run(trouble), []);
}

async function embed(page) {
  await page.goto(`${server.address}embed.html`);
  const inside = (selector) => document.querySelector("pod-scope").shadowRoot?.querySelectorAll(selector).length;
  await page.until((selector) => document.querySelector("pod-scope").shadowRoot?.querySelectorAll(selector).length === 2, READY);
  assert.equal(await page.run(inside, "button[aria-label=Pause]"), 1);
  await page.click("button", "^Pause$");
  await page.until(() => document.querySelector("pod-scope").shadowRoot.querySelector("button[aria-label=Play]"));
}

for (const { name, there } of ENGINES) {
  test(`${name}: open, apply, scale, scrub, share; and an embed`, { skip: !there && `no ${name} here` }, async () => {
    const page = await Browser.start(name);
    try {
      await page.resize(1440, 900);
      await mainPath(page);
      await embed(page);
    } catch (error) {
      await page.picture(join(tmpdir(), `podscope-${name}.png`)).catch(() => {});
      throw error;
    } finally {
      await page.close();
    }
  });
}

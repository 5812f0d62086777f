// The manifest's editor on the built page: loaded late, under the page's policy, and never losing what was written.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readFileSync } from "node:fs";
import { SHOP, editing, manifest, site, violations, write } from "./helper.mjs";

const built = site();

const READY = { timeout: 30_000 };
const MINE = `# mine\n${SHOP}`;
const field = (page) => page.getByRole("textbox", { name: "Manifest" });
const pod = (page, name) => page.getByRole("button", { name });

test("the code editor is loaded when it is first opened, and is styled under the page's policy", async () => {
  const { page, trouble } = await built.open();
  const asked = [];
  page.on("request", (r) => asked.push(r.url()));
  await page.getByRole("button", { name: "Play" }).or(page.getByRole("button", { name: "Pause" })).waitFor(READY);
  await pod(page, /^db-0,/).waitFor(READY);
  const early = await page.evaluate(() => performance.getEntriesByType("resource").map((r) => r.name));
  assert.deepEqual(early.filter((url) => url.includes("/editor/")), []);
  await editing(page);
  assert.equal(asked.filter((url) => url.endsWith("/editor/editor.js")).length, 1);
  // The styles are there: monospaced, with line numbers at the left of the text.
  const look = await page.evaluate(() => {
    const root = document.querySelector(".editor .code").shadowRoot;
    const box = (selector) => root.querySelector(selector).getBoundingClientRect();
    return { left: box(".cm-lineNumbers").right <= box(".cm-content").left + 60, font: getComputedStyle(root.querySelector(".cm-scroller")).fontFamily, sheets: root.adoptedStyleSheets.length };
  });
  assert.ok(look.left && look.sheets > 0 && /mono/i.test(look.font), JSON.stringify(look));
  // Opened once more, it is not loaded once more.
  await page.getByRole("button", { name: "Build", exact: true }).click();
  await editing(page);
  assert.equal(asked.filter((url) => url.endsWith("/editor/editor.js")).length, 1);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("where the code editor cannot be loaded, the text field does", async () => {
  const { page } = await built.open();
  await page.route("**/editor/editor.js", (route) => route.abort());
  await page.getByRole("button", { name: "YAML", exact: true }).click();
  await page.locator("textarea[aria-label=Manifest]").fill(MINE);
  await page.getByRole("button", { name: "Apply" }).click();
  await pod(page, /^shop-/).first().waitFor(READY);
  await page.close();
});

test("an error stands at its line, in the API server's words, while it is written", async () => {
  const { page, trouble } = await built.open();
  await write(page, MINE.replace("replicas: 2", "replicas: two"));
  await page.locator(".cm-lintRange-error").waitFor(READY);
  const line = await page.evaluate(() => {
    const root = document.querySelector(".editor .code").shadowRoot;
    return [...root.querySelectorAll(".cm-line")].findIndex((l) => l.querySelector(".cm-lintRange-error")) + 1;
  });
  assert.equal(line, 7);
  await page.locator(".cm-lint-marker-error").hover();
  await page.getByText(/cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32/).waitFor(READY);
  // Nothing was applied by it, and putting it right takes the mark away.
  await write(page, MINE);
  await page.locator(".cm-lintRange-error").waitFor({ state: "detached" });
  await page.keyboard.press("ControlOrMeta+Enter");
  await pod(page, /^shop-/).first().waitFor(READY);
  assert.equal(await manifest(page), MINE);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("by keyboard: Tab indents, and leaves after Escape; search opens and closes", async () => {
  const { page, trouble } = await built.open({ reducedMotion: "reduce" });
  await write(page, "a: 1");
  await page.keyboard.press("Home");
  await page.keyboard.press("Tab");
  assert.equal(await manifest(page), "  a: 1");
  await page.keyboard.press("ControlOrMeta+f");
  const search = page.getByRole("textbox", { name: "Find" });
  await search.waitFor();
  await page.keyboard.press("Escape");
  await search.waitFor({ state: "detached" });
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  assert.equal(await manifest(page), "  a: 1");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Apply");
  // Its keys are not the page's: a space is a space.
  await field(page).focus();
  await page.keyboard.press("End");
  await page.keyboard.type(" #");
  assert.equal(await manifest(page), "  a: 1 #");
  await page.getByRole("button", { name: "Play" }).waitFor();
  assert.deepEqual(trouble, []);
  await page.close();
});

test("files: opened, dropped and saved; what is no text is refused", async () => {
  const { page, trouble } = await built.open();
  await editing(page);
  const picker = page.locator("input[type=file]");
  await picker.setInputFiles({ name: "shop.yaml", mimeType: "application/yaml", buffer: Buffer.from(MINE) });
  await page.waitForFunction((text) => document.querySelector(".editor .code").editor.text() === text, MINE);
  const drop = (text) => page.evaluate((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], "a.yaml"));
    const at = document.querySelector(".editor .code").shadowRoot.querySelector(".cm-content");
    at.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, composed: true, cancelable: true }));
  }, text);
  await drop("dropped: true\n");
  await page.waitForFunction(() => document.querySelector(".editor .code").editor.text() === "dropped: true\n");
  await picker.setInputFiles({ name: "a.png", mimeType: "image/png", buffer: Buffer.from([0x89, 0x50, 0, 0xff]) });
  await page.getByText("This file is no text.").waitFor();
  assert.equal(await manifest(page), "dropped: true\n");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save" }).click();
  assert.equal(readFileSync(await (await download).path(), "utf8"), "dropped: true\n");
  assert.deepEqual(trouble, []);
  await page.close();
});

test("what is written survives a reload, a crash, and storage that is full or forbidden", async () => {
  const { page } = await built.open({ reducedMotion: "reduce" });
  const reloaded = async (expected) => {
    await page.reload();
    await editing(page);
    assert.equal(await manifest(page), expected);
  };
  await write(page, "kept: 1");
  await reloaded("kept: 1");
  // Killed in the middle of typing: another page of the same browser has it.
  await write(page, "kept: 2");
  const other = await page.context().newPage();
  const client = await page.context().newCDPSession(page);
  void client.send("Page.crash").catch(() => {});
  await other.goto(built.address);
  await editing(other);
  assert.equal(await manifest(other), "kept: 2");
  // Full, but for what is worth less.
  const fill = (first) => other.evaluate((first) => {
    if (first) localStorage.setItem("podscope/kubectl", "x".repeat(3000));
    for (let size = 1 << 22; size >= 1; size >>= 1) {
      try {
        for (;;) localStorage.setItem(`full/${localStorage.length}`, "x".repeat(size));
      } catch {
        // As full as it gets in steps of this size.
      }
    }
  }, first);
  await fill(true);
  await write(other, `kept: 3 # ${"y".repeat(1000)}`);
  assert.equal(await other.evaluate(() => localStorage.getItem("podscope/manifest").slice(0, 7)), "kept: 3");
  // Full altogether: the tab keeps it, and the page says so.
  await fill(false);
  const long = `kept: 4 # ${"z".repeat(9000)}`;
  await write(other, long);
  await other.getByText(/kept only until this tab is closed/).waitFor();
  await other.reload();
  await editing(other);
  assert.equal(await manifest(other), long);
  // Room again: the text moves back, and no older one returns.
  await other.evaluate(() => Object.keys(localStorage).filter((k) => k.startsWith("full/")).forEach((k) => localStorage.removeItem(k)));
  await write(other, "kept: 5");
  await other.getByText(/kept only until this tab is closed/).waitFor({ state: "detached" });
  assert.deepEqual(await other.evaluate(() => [localStorage.getItem("podscope/manifest"), sessionStorage.getItem("podscope/manifest")]), ["kept: 5", null]);
  // Forbidden altogether.
  await other.evaluate(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException("no", "QuotaExceededError");
    };
  });
  await write(other, "kept: 6");
  await other.getByText(/The browser keeps nothing/).waitFor();
  assert.equal(await manifest(other), "kept: 6");
  await other.close();
});

for (const colorScheme of ["light", "dark"]) {
  for (const width of [1440, 360]) {
    test(`axe finds nothing in the editor, ${colorScheme}, ${width} px`, async () => {
      const { page, trouble } = await built.open({ viewport: { width, height: 800 }, colorScheme });
      await write(page, MINE.replace("replicas: 2", "replicas: two"));
      await page.locator(".cm-lintRange-error").waitFor(READY);
      assert.deepEqual(await violations(page), []);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
      assert.deepEqual(trouble, []);
      await page.close();
    });
  }
}

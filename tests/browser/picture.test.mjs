// The stage as a file.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { site, violations } from "./helper.mjs";

const READY = { timeout: 30_000 };

const built = site();

async function ready(options = {}) {
  const { page, trouble } = await built.open(options);
  await page.getByLabel("Speed").selectOption("16");
  await page.getByRole("button", { name: /^db-2, Running, Ready/ }).waitFor(READY);
  const menu = page.locator(".view-tools details");
  await menu.getByText("Picture").click();
  return { page, trouble, menu };
}

/** What a button saves. */
async function saved(page, menu, name) {
  const [download] = await Promise.all([
    page.waitForEvent("download", READY),
    menu.getByRole("button", { name, exact: true }).click(),
  ]);
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

/** A page of a browser that shows nothing but this drawing, without any style sheet. */
async function alone(page, bytes) {
  const shown = await page.context().newPage();
  await shown.setContent(`<body style="margin:0">${bytes}</body>`);
  return shown;
}

test("a picture looks as the stage does without any style sheet, in both themes", async () => {
  for (const colorScheme of ["light", "dark"]) {
    const { page, trouble, menu } = await ready({ colorScheme });
    assert.deepEqual(await violations(page), []);
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    const { name, bytes } = await saved(page, menu, "SVG");
    assert.equal(name, "podscope.svg");
    const text = String(bytes);
    assert.doesNotMatch(text, /var\(|class=|style=|<style/);
    // Each pod in its own colour, and what is written.
    const looks = (selector) => page.evaluate((selector) => getComputedStyle(document.querySelector(selector)).fill, selector);
    const drawn = await alone(page, bytes);
    for (const selector of [".stage .pod.square .body", ".stage .pod.round .body", ".stage .frame .card"]) {
      const fill = await looks(selector);
      assert.ok(await drawn.locator(`[fill="${fill}"]`).count() > 0, `${selector}: ${fill} in ${colorScheme}`);
    }
    assert.equal(await drawn.getByText("db-2").count(), 1);
    // As wide and as high as the drawing, and each pod where it is on the stage.
    const at = (page) => page.evaluate(() => {
      const svg = document.querySelector(".stage > svg") ?? document.querySelector("svg");
      const whole = svg.getBoundingClientRect();
      const label = [...svg.querySelectorAll("text")].find((text) => text.textContent === "db-1").getBoundingClientRect();
      return [(label.left - whole.left) / whole.width, (label.top - whole.top) / whole.height];
    });
    const [stage, picture] = [await at(page), await at(drawn)];
    assert.ok(Math.hypot(stage[0] - picture[0], stage[1] - picture[1]) < 0.01, `${stage} ${picture}`);
    await drawn.close();

    const png = await saved(page, menu, "PNG");
    assert.equal(png.bytes.toString("latin1", 1, 4), "PNG");
    assert.equal(png.bytes.readUInt32BE(16), 2 * Math.round(Number(/ width="(\d+)"/.exec(text)[1])));
    assert.deepEqual(trouble, []);
    await page.close();
  }
});

test("a filmstrip shows the run from its beginning, and leaves it where it was", async () => {
  const { page, trouble, menu } = await ready();
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  const clock = await page.locator(".clock").textContent();
  const { name, bytes } = await saved(page, menu, "Filmstrip of the run (SVG)");
  assert.equal(name, "podscope-filmstrip.svg");
  const strip = await alone(page, bytes);
  const clocks = await strip.locator("svg > text").allTextContents();
  assert.equal(clocks.length, 6);
  assert.equal(clocks[0], "00:00.0");
  assert.equal(clocks[5], clock);
  // At the beginning there is no db-2, at the end there is.
  const has = (n) => strip.locator("svg svg").nth(n).getByText("db-2", { exact: true }).count();
  assert.equal(await strip.locator("svg svg").count(), 6);
  assert.ok(await has(5) > 0);
  assert.notEqual(await strip.locator("svg svg").nth(0).textContent(), await strip.locator("svg svg").nth(5).textContent());
  assert.equal(await page.locator(".clock").textContent(), clock);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("what the stage shows is recorded", async () => {
  const { page, trouble, menu } = await ready();
  await menu.getByRole("button", { name: "Record a video (WebM)" }).click();
  await menu.getByRole("button", { name: "Stop, and save the video" }).waitFor(READY);
  const since = await page.evaluate(() => document.querySelector(".clock").textContent);
  await page.waitForFunction((since) => document.querySelector(".clock").textContent.slice(0, 4) !== since.slice(0, 4), since, READY);
  const { name, bytes } = await saved(page, menu, "Stop, and save the video");
  assert.equal(name, "podscope.webm");
  assert.equal(bytes.toString("hex", 0, 4), "1a45dfa3");
  assert.ok(bytes.length > 5_000, `${bytes.length} bytes`);
  assert.deepEqual(trouble, []);
  await page.close();
});

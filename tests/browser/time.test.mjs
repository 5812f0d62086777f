// Time turns back, branches are kept, and a link holds a run.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site } from "./helper.mjs";

const built = site();

const seconds = async (page) => {
  const [minutes, rest] = (await page.getByRole("timer").first().textContent()).split(":");
  return Number(minutes) * 60 + Number(rest);
};
const slider = (page) => page.getByRole("slider", { name: "Instant" }).first();
const RUNNING = ".stage [role=button][aria-label*=Running]";
const pods = (page) => page.locator(RUNNING).count();
/** Lets 20 seconds pass at the highest speed, and stops. */
const begin = async (page) => {
  await page.getByRole("combobox", { name: "Speed" }).selectOption("16");
  await page.waitForFunction(() => {
    const [minutes, rest] = document.querySelector(".clock").textContent.split(":");
    return Number(minutes) * 60 + Number(rest) > 20;
  });
  await page.getByRole("button", { name: "Pause" }).click();
};

test("a seek shows what was there, and acting there begins a branch that is kept beside the first", async () => {
  const { page, trouble } = await built.open();
  await begin(page);
  const end = await seconds(page);
  const all = await pods(page);
  assert.ok(all > 3, `${all} pods`);
  await slider(page).fill("0");
  assert.equal(await seconds(page), 0);
  await page.waitForFunction((running) => !document.querySelector(running), RUNNING);
  await slider(page).fill("5");
  assert.equal(await seconds(page), 5);
  assert.equal(await page.getByRole("combobox", { name: "Branch" }).count(), 0);
  await page.getByRole("button", { name: /^More replicas/ }).first().click();
  const branch = page.getByRole("combobox", { name: "Branch" });
  await branch.waitFor();
  await page.getByRole("combobox", { name: "Compare with" }).selectOption("1");
  await page.getByRole("region", { name: "Branch 1" }).waitFor();
  await branch.selectOption("1");
  await page.getByRole("region", { name: "Branch 1" }).waitFor({ state: "detached" });
  await slider(page).fill(String(Math.floor(end)));
  await page.waitForFunction(([running, all]) => document.querySelectorAll(running).length === all, [RUNNING, all]);
  assert.deepEqual(trouble, []);
  await page.context().close();
});

test("keys step back by event and by second", async () => {
  const { page } = await built.open();
  await begin(page);
  await page.locator(".stage").first().focus();
  const start = await seconds(page);
  await page.keyboard.press("Shift+ArrowLeft");
  assert.ok(Math.abs(start - 1 - (await seconds(page))) < 0.11);
  await page.keyboard.press("ArrowLeft");
  assert.ok((await seconds(page)) <= start - 0.9);
  await page.keyboard.press("[");
  assert.equal(await seconds(page), 0);
  await page.context().close();
});

test("a link shows the same run to somebody else, and what they wrote before is not lost", async () => {
  const { page, trouble } = await built.open();
  await begin(page);
  await slider(page).fill("12");
  // Those that come later are still leaving the stage.
  await page.waitForFunction((running) => document.querySelectorAll(running).length < 5, RUNNING);
  const all = await pods(page);
  await page.getByRole("button", { name: "Share" }).click();
  await page.waitForFunction(() => location.hash.startsWith("#v1."));
  const link = page.url();
  assert.ok(link.length < 8200, `${link.length} bytes`);
  const other = await built.browser.newContext({ viewport: { width: 1440, height: 900 } });
  await other.addInitScript(() => {
    if (!localStorage.getItem("podscope/manifest")) localStorage.setItem("podscope/manifest", "# mine");
  });
  const shown = await other.newPage();
  await shown.goto(link);
  await shown.getByRole("timer").first().waitFor();
  assert.equal(await seconds(shown), 12);
  await shown.waitForFunction(([running, all]) => document.querySelectorAll(running).length === all, [RUNNING, all]);
  await shown.getByRole("button", { name: "My manifest" }).click();
  await shown.waitForFunction(() => location.hash === "" && !document.querySelector(".leave") && document.querySelector(".clock"));
  assert.equal(await shown.evaluate(() => localStorage.getItem("podscope/manifest")), "# mine");
  // A link that is broken says so, and the page works.
  await shown.goto(`${built.address}?broken#v1.AAAA`);
  await shown.getByText(/This link cannot be shown/).waitFor();
  assert.deepEqual(trouble, []);
  await other.close();
  await page.context().close();
});

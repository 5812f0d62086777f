// Time that stops by itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site, violations, write } from "./helper.mjs";

const READY = { timeout: 30_000 };

const built = site();

const menu = async (page) => {
  await page.getByText("Pause when …").click();
  return page.getByRole("group", { name: "Pause when" });
};
const paused = (page, words) => page.locator(".paused", { hasText: words }).waitFor(READY);
const playing = (page) => page.getByRole("button", { name: "Pause", exact: true });

test("time stops where a pod is Ready no more, at the very event, and the time line shows where", async () => {
  const { page, trouble } = await built.open();
  await page.getByLabel("Speed").selectOption("16");
  await page.getByRole("button", { name: /^db-2, Running, Ready/ }).waitFor(READY);
  await (await menu(page)).getByLabel("a pod is Ready no more").check();
  assert.deepEqual(await violations(page), []);
  await page.getByText("Pause when …").click();
  await playing(page).waitFor();
  const line = page.getByRole("textbox", { name: "kubectl command" });
  await line.fill("set image deploy/web *=nginx:1.28");
  await line.press("Enter");
  await paused(page, /^Paused: web-\S+, Terminating/);
  await page.getByRole("button", { name: "Play", exact: true }).waitFor(READY);
  await page.locator(".playhead .stop").waitFor({ state: "attached" });
  // One pod of the three is on its way out; just before it was Ready.
  const leaving = page.locator('.stage [role=button][aria-label^="web-"][aria-label*="Terminating"]');
  assert.equal(await leaving.count(), 1);
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press("ArrowLeft");
  await leaving.waitFor({ state: "detached", ...READY });
  // It goes on to the next.
  await page.keyboard.press("ArrowRight");
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await page.waitForFunction(() => document.querySelectorAll(".playhead .stop").length === 2, null, READY);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("time stops where something fails, and where a workload has too few Ready pods", async () => {
  const { page, trouble } = await built.open();
  await page.getByLabel("Speed").selectOption("16");
  await page.getByRole("button", { name: /^db-2, Running, Ready/ }).waitFor(READY);
  const options = await menu(page);
  await options.getByRole("combobox").selectOption("web");
  await options.getByLabel("Ready pods at least", { exact: true }).waitFor();
  assert.equal(await options.getByLabel("Ready pods at least", { exact: true }).inputValue(), "3");
  await options.getByRole("button", { name: "Fewer Ready pods at least" }).click();
  const line = page.getByRole("textbox", { name: "kubectl command" });
  await line.fill("scale deploy/web --replicas=1");
  await line.press("Enter");
  await paused(page, "Paused: web has 1 Ready, fewer than 2");
  await options.getByRole("combobox").selectOption("no workload");
  await options.getByLabel("anything fails").check();
  await write(page, `apiVersion: v1
kind: Pod
metadata: {name: short, annotations: {podscope.dev/crash-after: 3s}}
spec: {containers: [{name: short, image: nginx}]}
`);
  await page.getByRole("button", { name: "Apply", exact: true }).click();
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await paused(page, /^Paused: short, (CrashLoopBackOff|Failed)/);
  assert.deepEqual(trouble, []);
  await page.close();
});

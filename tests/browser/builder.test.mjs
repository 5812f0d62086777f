// Built visually: what the palette and the cards add, the text in step with it, undone and done again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { editing, manifest, site, violations, write } from "./helper.mjs";

const built = site();

const READY = { timeout: 60_000 };
const log = (page) => page.getByRole("log", { name: "Output of kubectl" });
const TEXT = `# The shop.
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: 2 # two are enough
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers:
      - name: nginx
        image: nginx:1.27 # not the newest
`;
const says = (page, text) => page.waitForFunction((text) => window.wasmBindings.podscopeText() === text, text, READY);
/** Waits until the text has all of these parts: it follows what is done. */
const has = (page, ...parts) =>
  page.waitForFunction((parts) => parts.every((part) => window.wasmBindings?.podscopeText?.().includes(part)), parts, READY);
const build = (page) => page.getByRole("button", { name: "Build", exact: true }).click();

/** A page that runs nothing but the shop, and whose editor was open. */
async function shop(options) {
  const opened = await built.open({ reducedMotion: "reduce", ...options });
  const { page } = opened;
  await page.evaluate((text) => localStorage.setItem("podscope/manifest", text), TEXT);
  await page.reload();
  await editing(page);
  await build(page);
  await page.getByRole("button", { name: "+ Deployment" }).waitFor(READY);
  return opened;
}

test("a card's change is written into the text, which keeps its comments; undo and redo take both along", async () => {
  const { page, trouble } = await shop();
  const undo = page.getByRole("button", { name: "Undo", exact: true });
  const redo = page.getByRole("button", { name: "Redo", exact: true });
  assert.equal(await undo.getAttribute("aria-disabled"), "true");
  const more = page.getByRole("button", { name: "More replicas of shop" });
  await more.click();
  const three = TEXT.replace("replicas: 2", "replicas: 3");
  await says(page, three);
  await page.getByRole("button", { name: "Step one event" }).click();
  await page.getByLabel("Image of nginx in shop").fill("nginx:1.28");
  await page.keyboard.press("Enter");
  const newer = three.replace("1.27", "1.28");
  await says(page, newer);
  // The command that would have done it, to copy.
  await page.locator(".palette .did").getByText("kubectl set image deployment/shop nginx=nginx:1.28").waitFor();
  // Not while something is written, which has a history of its own.
  const line = page.getByRole("textbox", { name: "kubectl command" });
  await line.focus();
  await page.keyboard.type("get");
  await page.keyboard.press("ControlOrMeta+z");
  assert.equal(await line.inputValue(), "");
  await says(page, newer);
  await page.getByRole("button", { name: "shop", exact: true }).first().focus();
  await page.keyboard.press("ControlOrMeta+z");
  await says(page, three);
  await page.getByRole("status").filter({ hasText: /^Undo: replace Deployment shop, at / }).waitFor({ state: "attached" });
  await undo.click();
  await says(page, TEXT);
  assert.equal(await page.getByRole("textbox", { name: "replicas of shop" }).inputValue(), "2");
  await redo.click();
  await says(page, three);
  await page.keyboard.press("ControlOrMeta+Shift+z");
  await says(page, newer);
  assert.equal(await page.getByRole("textbox", { name: "replicas of shop" }).inputValue(), "3");
  assert.equal(await redo.getAttribute("aria-disabled"), "true");
  // No branches for what was taken back.
  assert.equal(await page.getByRole("combobox", { name: "Branch" }).count(), 0);
  // What is applied is shown on the card.
  await write(page, newer.replace("replicas: 3", "replicas: 4"));
  await page.keyboard.press("ControlOrMeta+Enter");
  await build(page);
  await page.waitForFunction(() => document.querySelector('input[aria-label="replicas of shop"]').value === "4");
  assert.deepEqual(trouble, []);
  await page.close();
});

test("what the palette adds runs, stands in the text, and goes again", async () => {
  const { page, trouble } = await shop();
  for (const [words, said] of [
    ["+ Database", "statefulset.apps/store created"],
    ["+ Service", "service/shop-svc exposed"],
    ["+ PDB", "poddisruptionbudget.policy/shop created"],
  ]) {
    await page.getByRole("button", { name: words, exact: true }).click();
    await log(page).getByText(said).waitFor(READY);
  }
  await has(page, "kind: StatefulSet", "name: store-read", "name: shop-svc", "kind: PodDisruptionBudget");
  assert.ok((await manifest(page)).startsWith(TEXT), "what was there stays as it was");
  await page.getByRole("button", { name: "More for shop", exact: true }).click();
  await page.getByRole("button", { name: "Duplicate" }).click();
  await log(page).getByText("deployment.apps/shop-2 created").waitFor(READY);
  await has(page, "name: shop-2\n");
  assert.deepEqual(await violations(page), []);
  await page.getByRole("button", { name: "Delete Deployment shop-2" }).click();
  await page.waitForFunction(() => !window.wasmBindings.podscopeText().includes("shop-2"), null, READY);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("an autoscaler is added in the module that simulates it, and stands in the text there", async () => {
  const { page, trouble } = await shop();
  await page.getByRole("button", { name: "+ HPA", exact: true }).click();
  await has(page, "kind: HorizontalPodAutoscaler", "name: shop\n");
  assert.ok((await page.evaluate(() => window.wasmBindings.podscopeText())).startsWith(TEXT), "what was there stays as it was");
  await page.getByRole("textbox", { name: "kubectl command" }).fill("get hpa");
  await page.keyboard.press("Enter");
  await log(page).getByText("Deployment/shop").waitFor(READY);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("the text is compared with what runs, and follows it", async () => {
  const { page, trouble } = await shop();
  await write(page, TEXT.replace("replicas: 2", "replicas: 7"));
  const diff = page.getByRole("button", { name: "Diff" });
  await diff.click();
  await page.locator(".cm-deletedChunk", { hasText: "replicas: 2 # two are enough" }).waitFor(READY);
  await page.locator(".cm-changedLine", { hasText: "replicas: 7 # two are enough" }).waitFor();
  if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/diff.png` });
  assert.deepEqual(await violations(page), []);
  await page.getByRole("button", { name: "Apply" }).click();
  await page.getByText("It says what runs.").waitFor(READY);
  await page.locator(".cm-deletedChunk").waitFor({ state: "detached" });
  await diff.click();
  assert.equal(await diff.getAttribute("aria-pressed"), "false");
  assert.deepEqual(trouble, []);
  await page.close();
});

test("in a lesson the text stays", async () => {
  const { page, trouble } = await shop();
  await page.getByRole("button", { name: "Lessons", exact: true }).click();
  await page.locator(".open-lesson").first().click();
  await page.getByRole("button", { name: "Apply the manifest" }).waitFor(READY);
  await page.getByRole("textbox", { name: "kubectl command" }).fill("create deployment other --image=nginx");
  await page.keyboard.press("Enter");
  await log(page).getByText("deployment.apps/other created").waitFor(READY);
  await page.getByRole("textbox", { name: "kubectl command" }).fill("scale deployment other --replicas=2");
  await page.keyboard.press("Enter");
  await log(page).getByText("deployment.apps/other scaled").waitFor(READY);
  assert.equal(await page.evaluate(() => window.wasmBindings.podscopeText()), TEXT);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("a Service is connected to a workload by keyboard and by dragging", async () => {
  const { page, trouble } = await shop();
  await page.getByRole("button", { name: "+ Service", exact: true }).click();
  await page.getByRole("button", { name: "+ Deployment", exact: true }).click();
  await page.getByRole("button", { name: "More for web", exact: true }).waitFor(READY);
  await page.getByRole("button", { name: "More for shop-svc", exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Connect to web" }).focus();
  await page.keyboard.press("Enter");
  await log(page).getByText(`kubectl patch service/shop-svc -p '{"spec":{"selector":{"app":"web"}}}'`).waitFor(READY);
  await log(page).getByText("service/shop-svc patched").waitFor(READY);
  // The menu is closed, and the focus where it was opened.
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "More for shop-svc");
  await page.locator(".card.service", { hasText: "shop-svc" }).locator(".handle").dragTo(page.locator(".card", { has: page.getByRole("button", { name: "shop", exact: true }) }));
  await log(page).getByText(`kubectl patch service/shop-svc -p '{"spec":{"selector":{"app":"shop"}}}'`).waitFor(READY);
  assert.deepEqual(trouble, []);
  await page.close();
});

for (const colorScheme of ["light", "dark"]) {
  for (const width of [1440, 360]) {
    test(`axe finds nothing in the builder, ${colorScheme}, ${width} px`, async () => {
      const { page } = await shop({ viewport: { width, height: 800 }, colorScheme });
      await page.getByRole("button", { name: "More replicas of shop" }).click();
      await page.locator(".palette .did code").waitFor();
      await page.getByRole("button", { name: "More for shop", exact: true }).click();
      if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/builder-${colorScheme}-${width}.png` });
      assert.deepEqual(await violations(page), []);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
      await page.close();
    });
  }
}

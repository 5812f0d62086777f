// The kubectl drawer: tabs, completion while one types, copying, and its height; on a small page it opens from the bottom.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site, violations } from "./helper.mjs";

const built = site();
const line = (page) => page.getByRole("textbox", { name: "kubectl command" });
const log = (page) => page.getByRole("log", { name: "Output of kubectl" });
const tabs = (page) => page.getByRole("group", { name: "Tabs of kubectl" });
const still = (options = {}) => built.open({ reducedMotion: "reduce", ...options });

async function run(page, command) {
  await line(page).fill(command);
  await line(page).press("Enter");
}

test("each tab runs commands of its own: one watches while another works; what is clicked goes to the one that is shown", async () => {
  const { page, trouble } = await still();
  await run(page, "get pods -w");
  await page.getByRole("button", { name: "Stop" }).waitFor();
  await tabs(page).getByRole("button", { name: "New tab" }).click();
  await page.waitForFunction(() => document.querySelectorAll(".terminal .entry").length === 0);
  await page.getByRole("button", { name: "Stop" }).waitFor({ state: "detached" });
  await run(page, "get nodes");
  await log(page).getByText("node-c").first().waitFor();
  await page.getByRole("button", { name: /^Fewer replicas of web/ }).click();
  await log(page).getByText("kubectl scale deployment/web --replicas=2").waitFor();
  await page.getByLabel("Speed").selectOption("16");
  await page.getByRole("button", { name: "Play" }).click();
  await page.getByRole("button", { name: /^db-1, Running, Ready/ }).waitFor({ timeout: 30_000 });
  assert.doesNotMatch(await log(page).innerText(), /db-1/);
  await tabs(page).getByRole("button", { name: "Tab 1" }).click();
  await log(page).getByText(/^db-1 .*1\/1/m).first().waitFor();
  await page.getByRole("button", { name: "Stop" }).waitFor();
  assert.deepEqual(await violations(page), []);
  // Closing a tab ends what runs in it.
  await tabs(page).getByRole("button", { name: "Close this tab" }).click();
  await log(page).getByText("node-c").first().waitFor();
  await page.getByRole("button", { name: "Stop" }).waitFor({ state: "detached" });
  assert.equal(await tabs(page).getByRole("button", { name: /^Tab/ }).count(), 1);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("what may come next is listed while one types, and takes no key but its own", async () => {
  const { page, trouble } = await still();
  await run(page, "get svc");
  await log(page).getByText("ClusterIP").first().waitFor();
  await line(page).pressSequentially("rollout re");
  const list = page.getByRole("listbox", { name: "Completions" });
  await list.getByRole("option", { name: /^restart/ }).waitFor();
  assert.equal(await list.getByRole("option", { selected: true }).count(), 0);
  // Up is the history; Enter runs what is written.
  await line(page).press("ArrowUp");
  assert.equal(await line(page).inputValue(), "get svc");
  await list.waitFor({ state: "detached" });
  await line(page).fill("rollout re");
  await list.waitFor();
  await line(page).press("ArrowDown");
  await line(page).press("Enter");
  assert.match(await line(page).inputValue(), /^rollout (restart|resume) $/);
  await line(page).fill("get no");
  await list.waitFor();
  await line(page).press("Enter");
  await log(page).locator(".entry.failed, pre").last().waitFor();
  assert.equal(await line(page).inputValue(), "");
  await line(page).fill("get dep");
  await list.waitFor();
  await line(page).blur();
  await list.waitFor({ state: "detached" });
  assert.deepEqual(trouble, []);
  await page.close();
});

test("a command, and all that a tab shows, are copied", async () => {
  const { page, trouble } = await still({ permissions: ["clipboard-read", "clipboard-write"] });
  await run(page, "get nodes");
  await log(page).getByText("node-c").first().waitFor();
  const clipboard = (pattern) =>
    page.waitForFunction(async (source) => new RegExp(source).test(await navigator.clipboard.readText()), pattern.source, { timeout: 5000 });
  const copy = page.getByRole("button", { name: "Copy this command" });
  await copy.focus();
  await page.keyboard.press("Enter");
  await clipboard(/^kubectl get nodes$/);
  await tabs(page).getByRole("button", { name: "Copy what this tab shows" }).click();
  await clipboard(/^\$ kubectl get nodes\nNAME +STATUS[^]*node-c/);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("the drawer is made higher by hand and by key", async () => {
  const { page, trouble } = await still();
  await run(page, "get nodes");
  await log(page).getByText("node-c").first().waitFor();
  const grip = page.getByRole("separator", { name: "Height of the kubectl drawer" });
  const height = async () => Math.round((await log(page).boundingBox()).height);
  const before = await height();
  await grip.focus();
  await page.keyboard.press("ArrowUp");
  assert.equal(await height(), before + 24);
  const at = await grip.boundingBox();
  await page.mouse.move(at.x + 200, at.y + 4);
  await page.mouse.down();
  await page.mouse.move(at.x + 200, at.y - 76, { steps: 4 });
  await page.mouse.up();
  assert.equal(await height(), before + 24 + 80);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("at 360 px it opens from the bottom, and the stage stays", async () => {
  const { page, trouble } = await still({ viewport: { width: 360, height: 780 }, hasTouch: true });
  await page.getByRole("button", { name: "kubectl", exact: true }).tap();
  await run(page, "get nodes");
  await log(page).getByText("node-c").first().waitFor();
  const drawer = await page.locator(".terminal").boundingBox();
  const tabs = await page.locator(".tabs").boundingBox();
  assert.ok(Math.abs(drawer.y + drawer.height - tabs.y) < 2, "it ends where the tabs begin");
  assert.ok((await page.locator(".stage").boundingBox()).height > 150);
  const before = drawer.height;
  await page.getByRole("separator", { name: "Height of the kubectl drawer" }).focus();
  await page.keyboard.press("ArrowDown");
  assert.ok((await page.locator(".terminal").boundingBox()).height < before);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(trouble, []);
  await page.close();
});

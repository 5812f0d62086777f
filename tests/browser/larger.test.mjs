// Kinds that the page's first module does not simulate: a larger one goes on with the run.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SHOP, manifest, site, write } from "./helper.mjs";

const built = site();
const READY = { timeout: 30_000 };

const JOB = `apiVersion: batch/v1
kind: Job
metadata:
  name: once
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: work, image: busybox}]
`;

/** The larger module's requests so far. */
const larger = (page) => page.evaluate(() => performance.getEntriesByType("resource").filter((r) => r.name.includes("/more/")).length);

async function run(page, command) {
  const line = page.getByRole("textbox", { name: "kubectl command" });
  await line.fill(command);
  await line.press("Enter");
}

test("what is applied brings the module that runs it; the run, its instant and the text are kept, also over a reload", async () => {
  const { page, trouble } = await built.open();
  await page.getByLabel("Speed").selectOption("16");
  await page.getByRole("button", { name: /^db-2, Running, Ready/ }).waitFor(READY);
  assert.equal(await larger(page), 0);
  await write(page, SHOP + "---\n" + JOB);
  await page.getByRole("button", { name: "Apply" }).click();
  await page.getByRole("button", { name: /^once-[a-z0-9]+, / }).waitFor(READY);
  await page.locator("#manifest-outcome").getByText("job/once created").waitFor();
  assert.ok(await larger(page) > 0);
  assert.equal(await manifest(page), SHOP + "---\n" + JOB);
  // Nothing began again.
  await page.getByRole("button", { name: /^db-2, / }).waitFor();
  assert.equal(await page.getByRole("button", { name: "My manifest" }).count(), 0);
  await page.reload();
  await page.getByRole("button", { name: /^shop-[a-z0-9]+-[a-z0-9]+, / }).first().waitFor(READY);
  await page.getByRole("button", { name: /^once-[a-z0-9]+, / }).waitFor(READY);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("so does a command", async () => {
  const { page, trouble } = await built.open();
  await page.getByRole("button", { name: /^web-[a-z0-9]+-[a-z0-9]+, Running, Ready/ }).first().waitFor(READY);
  await run(page, "create job once --image=busybox");
  await page.getByRole("button", { name: /^once-[a-z0-9]+, / }).waitFor(READY);
  assert.ok(await larger(page) > 0);
  await run(page, "get jobs");
  await page.getByRole("log", { name: "Output of kubectl" }).getByText(/^once +/m).first().waitFor();
  assert.deepEqual(trouble, []);
  await page.close();
});

test("what was printed, in its tabs, and the other branches of the run come along", async () => {
  const { page, trouble } = await built.open({ reducedMotion: "reduce" });
  const log = page.getByRole("log", { name: "Output of kubectl" });
  const at = (second) => page.getByRole("slider", { name: "Instant" }).first().fill(String(second));
  await page.getByRole("button", { name: /^Service web,/ }).waitFor(READY);
  for (let second = 0; second < 20; second++) await page.keyboard.press("Shift+ArrowRight");
  await run(page, "get nodes");
  await log.getByText("node-c").first().waitFor(READY);
  await at(5);
  await page.getByRole("button", { name: /^More replicas of web/ }).click();
  await page.getByRole("combobox", { name: "Branch" }).waitFor();
  await page.getByRole("button", { name: "New tab" }).click();
  await run(page, "create job once --image=busybox");
  await page.waitForFunction(() => performance.getEntriesByType("resource").some((r) => r.name.includes("/more/")), null, READY);
  await log.getByText("kubectl create job once --image=busybox").waitFor(READY);
  await log.getByText("job.batch/once created").waitFor(READY);
  await page.getByRole("button", { name: "Tab 1" }).click();
  await log.getByText("node-c").first().waitFor();
  await log.getByText("kubectl scale deployment/web --replicas=4").waitFor();
  // The first branch has no Job, three replicas, and its lanes.
  await page.getByRole("combobox", { name: "Branch" }).selectOption("1");
  await at(20);
  await page.waitForFunction(() => document.querySelector('input[aria-label="replicas of web"]').value === "3", null, READY);
  assert.equal(await page.getByRole("button", { name: /^once-[a-z0-9]+, / }).count(), 0);
  await page.locator(".timeline .span").first().waitFor({ state: "attached" });
  await page.getByRole("combobox", { name: "Branch" }).selectOption("2");
  await page.waitForFunction(() => document.querySelector('input[aria-label="replicas of web"]').value === "4", null, READY);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("a lesson that needs it begins with it", async () => {
  const { page, trouble } = await built.open();
  await page.getByRole("button", { name: "Lessons", exact: true }).click();
  await page.getByRole("button", { name: "Autoscaling under load" }).click();
  await page.waitForFunction(() => performance.getEntriesByType("resource").some((r) => r.name.includes("/more/")), null, READY);
  await page.getByRole("heading", { name: "Autoscaling under load" }).waitFor(READY);
  await page.locator(".lesson-text").getByText("HorizontalPodAutoscaler").first().waitFor(READY);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("without it the page works, and keeps what nothing acts on", async () => {
  const context = await built.browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" });
  await context.route(/\/more\//, (route) => route.abort());
  const page = await context.newPage();
  await page.goto(built.address);
  await write(page, JOB);
  await page.getByRole("button", { name: "Apply" }).click();
  await page.locator("#manifest-outcome").getByText("job/once created (kept, not simulated)").waitFor(READY);
  await page.locator(".editor.rich .cm-content").waitFor(READY);
  assert.equal(await manifest(page), JOB);
  await context.close();
});

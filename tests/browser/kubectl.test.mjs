// The kubectl line and the answer to why, on the built page under its real Content-Security-Policy.
import assert from "node:assert/strict";
import { test } from "node:test";
import { editing, manifest, site, write } from "./helper.mjs";

const built = site();

const line = (page) => page.getByRole("textbox", { name: "kubectl command" });
const log = (page) => page.getByRole("log", { name: "Output of kubectl" });
const READY = { timeout: 30_000 };

/** Types a command and runs it. */
async function run(page, command) {
  await line(page).fill(command);
  await line(page).press("Enter");
}

/** A page on which time stands still until the test lets it run. */
const still = (options = {}) => built.open({ reducedMotion: "reduce", ...options });

test("commands answer in the log, with and without their prefix; errors are told apart; clear forgets", async () => {
  const { page, trouble } = await still();
  await run(page, "get nodes");
  await log(page).getByText("node-b").first().waitFor();
  await run(page, "kubectl scale deployment web --replicas=2");
  await log(page).getByText("deployment.apps/web scaled").waitFor();
  await run(page, "frobnicate");
  await log(page).locator("pre.error").getByText('unknown command "frobnicate"').waitFor();
  // What is typed is text, never markup.
  await run(page, "get pod '<img src=x>'");
  await log(page).getByText("<img src=x>").first().waitFor();
  assert.equal(await page.locator("img").count(), 0);
  await run(page, "clear");
  await page.waitForFunction(() => document.querySelectorAll(".terminal .entry").length === 0);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("the arrows walk through the history, which outlives the page", async () => {
  const { page, trouble } = await still();
  await run(page, "get sts");
  await run(page, "get svc");
  await line(page).fill("half typed");
  await line(page).press("ArrowUp");
  assert.equal(await line(page).inputValue(), "get svc");
  await line(page).press("ArrowUp");
  assert.equal(await line(page).inputValue(), "get sts");
  await line(page).press("ArrowDown");
  await line(page).press("ArrowDown");
  assert.equal(await line(page).inputValue(), "half typed");
  await page.reload();
  await line(page).press("ArrowUp");
  assert.equal(await line(page).inputValue(), "get svc");
  assert.deepEqual(trouble, []);
  await page.close();
});

test("Tab completes; the list is walked by arrows; Escape closes it and Tab then leaves the line", async () => {
  const { page, trouble } = await still();
  // Pressed before kubectl is there, it is done when kubectl is: a second Tab does not leave the line.
  let come;
  const slow = new Promise((resolve) => { come = resolve; });
  await page.route("**/console/*.wasm", async (route) => {
    await slow;
    await route.continue();
  });
  await line(page).fill("roll");
  await line(page).press("Tab");
  await line(page).press("Tab");
  assert.equal(await line(page).inputValue(), "roll");
  assert.equal(await line(page).evaluate((l) => l === document.activeElement), true);
  come();
  await page.waitForFunction(() => document.querySelector("#kubectl-line").value === "rollout ");
  await line(page).press("Tab");
  const list = page.getByRole("listbox", { name: "Completions" });
  await list.getByRole("option", { name: /^restart/ }).waitFor();
  await line(page).press("ArrowDown");
  const first = await list.getByRole("option", { selected: true }).locator("b").innerText();
  await line(page).press("Enter");
  assert.equal(await line(page).inputValue(), `rollout ${first} `);
  await list.waitFor({ state: "detached" });
  await line(page).fill("get ");
  await line(page).press("Tab");
  await list.waitFor();
  await line(page).press("Escape");
  await list.waitFor({ state: "detached" });
  await line(page).press("Tab");
  assert.equal(await line(page).evaluate((l) => l === document.activeElement), false);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("several pasted lines run one after another, and only when asked; a here-document is applied", async () => {
  const { page, trouble } = await still();
  await line(page).fill(`$ kubectl get nodes
# and a document
kubectl apply -f - <<EOF
apiVersion: v1
kind: ConfigMap
metadata:
  name: pasted
EOF
get configmap pasted -o name`);
  assert.equal(await page.locator(".terminal .entry").count(), 0);
  await line(page).press("Enter");
  await log(page).getByText("configmap/pasted created").waitFor();
  await page.waitForFunction(() => document.querySelectorAll(".terminal .entry").length === 3);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("a watch follows simulated time until Ctrl+C; what is clicked appears as its command", async () => {
  const { page, trouble } = await still();
  await run(page, "get pods -w");
  await page.getByRole("button", { name: "Stop" }).waitFor();
  await page.getByLabel("Speed").selectOption("16");
  await page.getByRole("button", { name: "Play" }).click();
  await page.getByRole("button", { name: /^db-1, Running, Ready/ }).waitFor(READY);
  assert.match(await log(page).innerText(), /db-1/);
  await line(page).press("Control+c");
  await log(page).getByText("^C").waitFor();
  await page.getByRole("button", { name: "Stop" }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: /^More replicas of db/ }).click();
  await log(page).getByText("kubectl scale statefulset/db --replicas=4").waitFor();
  await page.getByRole("button", { name: /^db-3, / }).waitFor(READY);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("everything on the stage can be asked why, by mouse and by keyboard; a cause points at its object", async () => {
  const { page, trouble } = await still();
  await page.getByLabel("Speed").selectOption("16");
  await page.getByRole("button", { name: "Play" }).click();
  await page.getByRole("button", { name: /^db-2, Running, Ready/ }).waitFor(READY);
  await page.getByRole("button", { name: "Pause" }).click();
  const answer = page.locator(".why .answer");
  const things = [[/^Deployment web,/, "web"], [/^Service db,/, "db"], [/^Volume claim data-db-0,/, "data-db-0"], [/^Node node-a,/, "node-a"],
    [/^db-1, Running/, "db-1"]];
  for (const [name, said] of things) {
    const thing = page.locator(".stage").getByRole("button", { name });
    await thing.focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction((label) => document.querySelector(".stage [aria-pressed=true]")?.getAttribute("aria-label") === label,
      await thing.getAttribute("aria-label"));
    await answer.getByText(said, { exact: false }).waitFor();
  }
  const cause = page.locator(".chain button").filter({ hasText: "Pod db-1" }).first();
  await cause.hover();
  await page.locator('.stage .hit.lit[aria-label^="db-1,"]').waitFor();
  await page.locator(".timeline .lit").waitFor();
  await page.mouse.move(700, 20);
  await page.locator(".stage .lit").waitFor({ state: "detached" });
  assert.deepEqual(trouble, []);
  await page.close();
});

test("a rollout that is stuck names the command that frees it, which runs at a click", async () => {
  const { page, trouble } = await still();
  await page.getByLabel("Speed").selectOption("16");
  await page.getByRole("button", { name: "Play" }).click();
  await page.getByRole("button", { name: /^db-2, Running, Ready/ }).waitFor(READY);
  await run(page, "cordon node-a node-b node-c");
  await page.getByRole("button", { name: /^More replicas of web/ }).click();
  const pending = page.getByRole("button", { name: /^web-.*, Pending/ });
  await pending.click();
  await page.locator(".why .answer").getByText(/unschedulable|cordon|fits|node/).waitFor();
  const command = page.locator(".why .command code");
  await command.waitFor();
  const text = await command.innerText();
  assert.match(text, /^kubectl /);
  await page.getByRole("button", { name: "Run it" }).click();
  await log(page).getByText(text).waitFor();
  assert.deepEqual(trouble, []);
  await page.close();
});

test("without storage the page works, and what is typed stays", async () => {
  const context = await built.browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" });
  await context.addInitScript(() => {
    Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };
  });
  const page = await context.newPage();
  const trouble = [];
  page.on("pageerror", (e) => trouble.push(e.message));
  await page.goto(built.address);
  await run(page, "get nodes");
  await log(page).getByText("node-a").first().waitFor();
  await write(page, "apiVersion: v1\nkind: Nope");
  await page.getByRole("button", { name: "Apply" }).click();
  await page.locator("#manifest-outcome .errors li").first().waitFor();
  assert.equal(await manifest(page), "apiVersion: v1\nkind: Nope");
  assert.deepEqual(trouble, []);
  await context.close();
});

test("hostile manifests are refused within bounded time, and what runs goes on", async () => {
  const { page, trouble } = await still();
  await editing(page);
  const bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + [..."bcdefghij"].map((c, i) => `${c}: &${c} [${Array(9).fill("*" + "abcdefghi"[i]).join(",")}]`).join("\n");
  const inputs = [bomb, "[".repeat(100_000), "a: ".repeat(50_000), "\u0000\u0001\uFFFD", "metadata:\n  na", "x".repeat(10_500_000)];
  for (const text of inputs) {
    // As a paste would: typed input of this size is no input.
    await page.evaluate((insert) => {
      const { view } = document.querySelector(".editor .code").editor;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert } });
    }, text);
    await page.waitForTimeout(50);
    const took = await page.evaluate(() => {
      const began = performance.now();
      document.querySelector(".apply .primary").click();
      return performance.now() - began;
    });
    await page.locator("#manifest-outcome .errors li").first().waitFor();
    assert.ok(took < 3000, `${text.slice(0, 12)}… took ${Math.round(took)} ms`);
  }
  assert.equal(await page.locator(".broken").count(), 0);
  assert.deepEqual(trouble, []);
  await page.close();
});

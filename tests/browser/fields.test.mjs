// Every field of every card is changed as the API server takes it, told of in a sentence, and taken back; what has no
// drawing has a card; and what is dragged from the palette onto the stage runs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site, violations } from "./helper.mjs";

const built = site();
const READY = { timeout: 60_000 };
const log = (page) => page.getByRole("log", { name: "Output of kubectl" });
const TEXT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers: [{name: nginx, image: "nginx:1.27"}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 1
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers: [{name: db, image: "nginx:1.27"}]
---
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {clusterIP: None, selector: {app: db}, ports: [{port: 80}]}
`;

async function open(text, options) {
  const opened = await built.open({ reducedMotion: "reduce", ...options });
  await opened.page.evaluate((text) => localStorage.setItem("podscope/manifest", text), text);
  await opened.page.reload();
  await opened.page.getByRole("button", { name: "+ Deployment" }).waitFor(READY);
  return opened;
}

const card = (page, title) => page.locator(".card", { has: page.locator(`[aria-label="Delete ${title}"]`) });
/** What an object says at a path, of the page's own cluster. */
const says = (page, kind, name, path, wanted) =>
  page.waitForFunction(async ({ kind, name, path, wanted }) => {
    window.wasmBindings.podscopePage("f", 0);
    const there = await window.podscopeConsole();
    const object = JSON.parse(there.value(kind, "default", name));
    return JSON.stringify(path.reduce((value, key) => value?.[key], object) ?? null) === JSON.stringify(wanted);
  }, { kind, name, path, wanted }, READY);

const TEMPLATE = ["spec", "template"];
const note = (name) => [...TEMPLATE, "metadata", "annotations", `podscope.dev/${name}`];
const CHANGES = [
  ["Deployment shop", "maxSurge", "40%", ["spec", "strategy", "rollingUpdate", "maxSurge"], "40%"],
  ["Deployment shop", "maxUnavailable", "1", ["spec", "strategy", "rollingUpdate", "maxUnavailable"], 1],
  ["Deployment shop", "progressDeadlineSeconds", "300", ["spec", "progressDeadlineSeconds"], 300],
  ["Deployment shop", "revisionHistoryLimit", "3", ["spec", "revisionHistoryLimit"], 3],
  ["Deployment shop", "paused", { choose: "true" }, ["spec", "paused"], true],
  ["Deployment shop", "requests.cpu", "250m", [...TEMPLATE, "spec", "containers", 0, "resources", "requests", "cpu"], "250m"],
  ["Deployment shop", "ready-after", "3s", note("ready-after"), "3s"],
  ["Deployment shop", "terminationGracePeriodSeconds", "5", [...TEMPLATE, "spec", "terminationGracePeriodSeconds"], 5],
  ["StatefulSet db", "partition", "1", ["spec", "updateStrategy", "rollingUpdate", "partition"], 1],
  ["StatefulSet db", "whenScaled", { choose: "Delete" }, ["spec", "persistentVolumeClaimRetentionPolicy", "whenScaled"], "Delete"],
  ["Service db", "publishNotReadyAddresses", { choose: "true" }, ["spec", "publishNotReadyAddresses"], true],
  ["Service db", "targetPort", "8080", ["spec", "ports", 0, "targetPort"], 8080],
];

test("fields are changed by a patch of their own, and told of in a sentence", async () => {
  const { page, trouble } = await open(TEXT);
  for (const title of ["Deployment shop", "StatefulSet db", "Service db"]) await card(page, title).getByText("more fields").click();
  for (const [title, name, to, path, wanted] of CHANGES) {
    const [kind, object] = title.split(" ");
    const field = card(page, title).getByLabel(`${name} of ${object}`, { exact: true });
    if (to.choose) await field.selectOption(to.choose);
    else {
      await field.fill(to);
      await field.press("Enter");
    }
    await says(page, kind, object, path, wanted);
  }
  const alerts = await page.getByRole("alert").allInnerTexts();
  assert.deepEqual(alerts.filter(Boolean), []);
  // A sentence below every field that there is.
  const untold = await page.locator(".card .fields .one").evaluateAll((all) =>
    all.filter((one) => !one.querySelector(".help").textContent.endsWith(".")).map((one) => one.querySelector("span").textContent));
  assert.deepEqual(untold, []);
  // Steppers step, and undo takes a step back.
  const seconds = card(page, "Deployment shop").getByLabel("minReadySeconds of shop", { exact: true });
  await page.getByRole("button", { name: "Raise minReadySeconds, shop" }).click();
  await page.getByRole("button", { name: "Raise minReadySeconds, shop" }).click();
  await says(page, "Deployment", "shop", ["spec", "minReadySeconds"], 2);
  await page.getByRole("button", { name: "Undo", exact: true }).click();
  await says(page, "Deployment", "shop", ["spec", "minReadySeconds"], 1);
  await page.waitForFunction((input) => input.value === "1", await seconds.elementHandle(), READY);
  await page.getByRole("button", { name: "Redo", exact: true }).click();
  await page.waitForFunction((input) => input.value === "2", await seconds.elementHandle(), READY);
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("a budget and an autoscaler have cards, which change, say why, and go", async () => {
  const { page, trouble } = await open(TEXT);
  await page.getByRole("button", { name: "+ PDB", exact: true }).click();
  const budget = page.getByRole("article", { name: "PodDisruptionBudget shop" });
  await budget.getByText("app=shop").waitFor(READY);
  await budget.getByLabel("minAvailable of shop", { exact: true }).fill("50%");
  await page.keyboard.press("Enter");
  await says(page, "PodDisruptionBudget", "shop", ["spec", "minAvailable"], "50%");
  await says(page, "PodDisruptionBudget", "shop", ["spec", "maxUnavailable"], null);
  await log(page).getByText(/^\$ kubectl patch poddisruptionbudget\/shop -p/m).first().waitFor();
  assert.match(await budget.locator(".why-so").innerText(), /shop|evict|pods/);
  await page.getByRole("button", { name: "+ HPA", exact: true }).click();
  const scaler = page.getByRole("article", { name: "HorizontalPodAutoscaler shop" });
  await scaler.getByText("Deployment/shop").waitFor(READY);
  await scaler.getByRole("button", { name: "Raise maxReplicas, shop" }).click();
  await says(page, "HorizontalPodAutoscaler", "shop", ["spec", "maxReplicas"], 11);
  await scaler.getByLabel("averageUtilization of shop", { exact: true }).fill("75");
  await page.keyboard.press("Enter");
  await says(page, "HorizontalPodAutoscaler", "shop", ["spec", "metrics", 0, "resource", "target", "averageUtilization"], 75);
  assert.deepEqual(await violations(page), []);
  await page.getByRole("button", { name: "Delete HorizontalPodAutoscaler shop" }).click();
  await scaler.waitFor({ state: "detached", ...READY });
  await budget.waitFor();
  assert.deepEqual(trouble, []);
  await page.close();
});

test("what is dragged from the palette onto the stage is added; onto a workload, for that workload", async () => {
  const { page, trouble } = await open(TEXT);
  const stage = page.locator(".scene .stage");
  await page.getByRole("button", { name: "+ Deployment", exact: true }).dragTo(stage, { targetPosition: { x: 300, y: 420 } });
  await log(page).getByText("deployment.apps/web created").waitFor(READY);
  const frames = page.locator(".stage > svg .frame .card");
  await page.waitForFunction(() => document.querySelectorAll(".stage > svg .frame .card").length === 3, null, READY);
  const names = await page.locator(".card .more[data-kind]").evaluateAll((all) => all.map((at) => at.dataset).filter((of) => of.kind !== "Service").map((of) => of.name));
  await page.getByRole("button", { name: "+ PDB", exact: true }).dragTo(frames.nth(names.indexOf("shop")), { force: true });
  await log(page).getByText("poddisruptionbudget.policy/shop created").waitFor(READY);
  // A Service's handle connects it to the workload that it is dropped on.
  await card(page, "Service db").locator(".handle").dragTo(frames.nth(names.indexOf("shop")), { force: true });
  await log(page).getByText(`kubectl patch service/db -p '{"spec":{"selector":{"app":"shop"}}}'`).waitFor(READY);
  // An address for a StatefulSet's pods: kubectl exposes none, so it is applied.
  await page.getByRole("combobox", { name: "For" }).selectOption("db");
  await page.getByRole("button", { name: "+ Service", exact: true }).click();
  await log(page).getByText("service/db-svc created").waitFor(READY);
  assert.deepEqual(trouble, []);
  await page.close();
});

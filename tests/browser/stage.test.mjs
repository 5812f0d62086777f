// What the stage shows: requests, arrangements, databases, zoom, pictures.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site, violations } from "./helper.mjs";

const READY = { timeout: 30_000 };

const built = site();

const pod = (page, name) => page.getByRole("button", { name });

/** A page that begins with this manifest. */
async function begun(yaml, options = {}) {
  const { page, trouble } = await built.open(options);
  await page.evaluate((text) => localStorage.setItem("podscope/manifest", text), yaml);
  await page.reload();
  await page.getByRole("button", { name: /^(Play|Pause)$/ }).waitFor(READY);
  return { page, trouble };
}

const WEB = `
apiVersion: v1
kind: Service
metadata: {name: web, annotations: {podscope.dev/clients: 50/s}}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 4
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}, annotations: {podscope.dev/ready-after: 3s}}
    spec: {containers: [{name: web, image: "nginx:1"}]}
`;

const DATABASE = `
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {clusterIP: None, selector: {app: db}, ports: [{port: 3306}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, annotations: {podscope.dev/writes: 20/s, podscope.dev/reads: 50/s}}
spec:
  serviceName: db
  replicas: 3
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers:
      - name: mysql
        image: mysql:8.4
        readinessProbe: {exec: {command: [mysql, -e, SELECT 1]}, periodSeconds: 2}
        volumeMounts: [{name: data, mountPath: /var/lib/mysql}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
`;

/** How many points of the canvas are painted. */
const painted = () => {
  const canvas = document.querySelector(".stage canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width || 1, canvas.height || 1);
  let n = 0;
  for (let at = 3; at < data.length; at += 4) if (data[at] > 0) n++;
  return n;
};

test("requests are seen, counted and lost where nobody is ready for them, and their rate can be set", async () => {
  const { page, trouble } = await begun(WEB);
  await page.getByLabel("Speed").selectOption("4");
  const rate = page.locator(".service .rate");
  const counted = (least) => page.waitForFunction((n) => parseFloat(document.querySelector(".service .rate")?.textContent) >= n, least, READY);
  await counted(40);
  await page.waitForFunction(painted, null, READY);
  await page.getByText("clients · 50/s").waitFor();
  // The panel of the Service, and that of one of its pods.
  await page.getByRole("button", { name: /^Service web,/ }).first().press("Enter");
  const panel = page.getByRole("region", { name: "Traffic" });
  await panel.getByText(/^\d+ \/ \d+ \/ \d+ ms$/).waitFor(READY);
  await pod(page, /^web-.*Running, Ready/).first().press("Enter");
  await page.locator('[data-panel="inspect"] h2', { hasText: /^web-/ }).waitFor();
  await panel.getByText("served", { exact: true }).waitFor(READY);
  // The slider writes the annotation, and the terminal shows how.
  const slider = page.getByRole("slider", { name: "Requests a second to web" });
  await slider.press("ArrowRight");
  await page.getByText("clients · 100/s").waitFor(READY);
  await page.getByText(/kubectl patch service\/web -p .*podscope\.dev\/clients.*100\/s/).first().waitFor(READY);
  await counted(80);
  // No readiness probe and a slow start: a rollout loses requests, and says so.
  const line = page.getByRole("textbox", { name: "kubectl command" });
  await line.fill("set image deploy/web web=nginx:2");
  await line.press("Enter");
  await page.locator(".service .lost").waitFor(READY);
  assert.match(await page.locator(".service .lost").textContent(), /\/s lost$/);
  // Without clients nothing is sent.
  for (let i = 0; i < 8; i++) await slider.press("ArrowLeft");
  await page.getByText("clients", { exact: true }).first().waitFor(READY);
  await rate.waitFor({ state: "detached", ...READY });
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("with less motion requests are numbers only", async () => {
  const { page, trouble } = await begun(WEB, { reducedMotion: "reduce" });
  await page.getByLabel("Speed").selectOption("8");
  await page.getByRole("button", { name: "Play" }).click();
  await page.waitForFunction(() => parseFloat(document.querySelector(".service .rate")?.textContent) >= 40, null, READY);
  assert.equal(await page.locator(".stage canvas").count(), 0);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("the same pods stand by workload or by node, and travel between the two", async () => {
  const { page, trouble } = await built.open();
  await page.getByLabel("Speed").selectOption("16");
  await pod(page, /^db-2, Running, Ready/).waitFor(READY);
  await page.getByRole("button", { name: "Pause" }).click();
  const place = () => page.evaluate(() => {
    const hit = document.querySelector('.stage [role=button][aria-label^="db-0,"]');
    hit.mark ??= "the same element";
    return [hit.mark, hit.closest(".pod").style.transform];
  });
  const before = await place();
  const by = page.getByRole("group", { name: "Arrangement" });
  await by.getByRole("button", { name: "By node" }).press("Enter");
  await page.locator(".node.open").first().waitFor();
  const after = await place();
  assert.equal(after[0], before[0], "the pod was drawn anew");
  assert.notEqual(after[1], before[1], "the pod did not move");
  // Each pod is within the card of its node.
  await page.waitForFunction(() => [...document.querySelectorAll(".stage .pod [role=button]")].every((hit) => {
    const node = hit.getAttribute("aria-label").split(", ").at(-1);
    const card = document.querySelector(`.stage [role=button][aria-label^="Node ${node},"] .card`).getBoundingClientRect();
    const at = hit.querySelector(".body").getBoundingClientRect();
    return at.left >= card.left && at.right <= card.right && at.top >= card.top && at.bottom <= card.bottom;
  }), null, READY);
  assert.deepEqual(await violations(page), []);
  // One workload alone.
  await by.getByRole("button", { name: "By workload" }).click();
  await page.getByLabel("Workload shown").selectOption({ label: "only db" });
  await page.waitForFunction(() => !document.querySelector('.stage .pod [aria-label^="web-"]'));
  await page.getByLabel("Workload shown").selectOption({ label: "all workloads" });
  await pod(page, /^web-/).first().waitFor();
  assert.deepEqual(trouble, []);
  await page.close();
});

test("a database's primary is told from its replicas, which follow it, and its volumes have rows", async () => {
  const { page, trouble } = await begun(DATABASE);
  await page.getByLabel("Speed").selectOption("16");
  await pod(page, /^db-2, Running, Ready/).waitFor(READY);
  await page.getByLabel("Speed").selectOption("1");
  const words = page.locator(".stage .member text");
  await words.filter({ hasText: /^primary · [1-9]/ }).waitFor(READY);
  assert.equal(await words.filter({ hasText: /^primary/ }).count(), 1);
  assert.equal(await words.filter({ hasText: /^(replica|lag)/ }).count(), 2);
  await page.waitForFunction(() => document.querySelectorAll(".stage .copy.stream").length === 2, null, READY);
  await page.waitForFunction(() => document.querySelectorAll(".stage .rows").length === 3, null, READY);
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(trouble, []);
  await page.close();
});

// What is known of a database: its members, and what its clients saw, judged.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site, violations } from "./helper.mjs";

const READY = { timeout: 30_000 };

const built = site();

async function begun(yaml, options = {}) {
  const { page, trouble } = await built.open(options);
  await page.evaluate((text) => localStorage.setItem("podscope/manifest", text), yaml);
  await page.reload();
  await page.getByRole("button", { name: /^(Play|Pause)$/ }).waitFor(READY);
  return { page, trouble };
}

const database = (replication) => `
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {clusterIP: None, selector: {app: db}, ports: [{port: 3306}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, annotations: {podscope.dev/writes: 20/s, podscope.dev/reads: 50/s, podscope.dev/replication: ${replication}}}
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

const panel = (page) => page.getByRole("region", { name: "Database" });

test("asynchronous replication fails linearizability on a read from a replica, with the operations that prove it", async () => {
  const { page, trouble } = await begun(database("async"));
  await page.getByLabel("Speed").selectOption("16");
  await page.getByRole("button", { name: /^db-2, Running, Ready/ }).waitFor(READY);
  await page.getByRole("button", { name: /^StatefulSet db,/ }).press("Enter");
  const of = panel(page);
  await of.getByText("asynchronous", { exact: true }).waitFor(READY);
  await of.locator(".is-primary", { hasText: /^db-0primarylog \d+/ }).waitFor(READY);
  assert.equal(await of.locator(".is-replica").count(), 2);
  await of.getByText(/^Asynchronous replication fails linearizability on a read from a replica/).waitFor(READY);
  // What proves it: at least a write, and the read that did not see it.
  const proof = of.locator(".checks li.fails", { hasText: "Linearizable" }).locator(".proof li");
  assert.ok(await proof.count() >= 2);
  const said = (await proof.allTextContents()).join("\n");
  assert.match(said, /client \d+ of \S+ wrote \d+ at db-0, /);
  assert.match(said, /client \d+ of \S+ read \d+ at db-[12], /);
  // The replicas' lag is drawn, and what is said changes as time goes on.
  assert.equal(await of.getByRole("img", { name: /^Lag of db-\d in the last minute/ }).count(), 2);
  const log = await of.locator(".is-primary .mono").textContent();
  await page.waitForFunction((log) => document.querySelector(".database .is-primary .mono").textContent !== log, log, READY);
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("synchronous replication is as one copy; a member and the Service lead to the same panel", async () => {
  const { page, trouble } = await begun(database("sync"));
  await page.getByLabel("Speed").selectOption("16");
  await page.getByRole("button", { name: /^db-1, Running, Ready/ }).waitFor(READY);
  await page.getByRole("button", { name: /^db-1, Running, Ready/ }).press("Enter");
  await panel(page).getByText("synchronous", { exact: true }).waitFor(READY);
  await page.getByRole("button", { name: /^Service db,/ }).first().press("Enter");
  await panel(page).getByText("Sequentially consistent").waitFor(READY);
  // A clone shows how far it is.
  const line = page.getByRole("textbox", { name: "kubectl command" });
  await line.fill("scale sts/db --replicas=4");
  await line.press("Enter");
  await panel(page).getByText("db-3", { exact: true }).waitFor(READY);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("what dies with its pod is drawn as lost, and told", async () => {
  const { page, trouble } = await begun(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: db}
spec:
  replicas: 2
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers: [{name: mysql, image: "mysql:8.4", volumeMounts: [{name: data, mountPath: /var/lib/mysql}]}]
      volumes: [{name: data, emptyDir: {}}]
---
apiVersion: v1
kind: Service
metadata: {name: db, annotations: {podscope.dev/writes: 20/s}}
spec: {selector: {app: db}, ports: [{port: 3306}]}
`);
  await page.getByLabel("Speed").selectOption("8");
  await page.locator(".stage .member.primary text", { hasText: /^primary · [1-9]/ }).first().waitFor(READY);
  await page.getByRole("button", { name: /^Deployment db,/ }).press("Enter");
  await panel(page).getByText("none: every pod believes itself primary").waitFor(READY);
  await page.getByLabel("Speed").selectOption("2");
  const line = page.getByRole("textbox", { name: "kubectl command" });
  await line.fill("delete pod -l app=db --wait=false --grace-period=1");
  await line.press("Enter");
  await page.locator(".stage .gone text", { hasText: /^\d+ rows lost with db-/ }).waitFor(READY);
  await panel(page).locator(".gone li", { hasText: /db-\S+: \d+ rows?/ }).first().waitFor(READY);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("what can be broken of a pod, its node and its claim is a button, and so is what mends it", async () => {
  const { page, trouble } = await begun(database("async"));
  await page.getByLabel("Speed").selectOption("16");
  await page.getByRole("button", { name: /^db-2, Running, Ready/ }).waitFor(READY);
  await page.getByRole("button", { name: /^db-1, Running, Ready/ }).press("Enter");
  await page.getByText("Break something").click();
  const faults = page.getByRole("group", { name: "Faults of db-1" });
  await faults.getByRole("button", { name: "Hold the link to db-0" }).click();
  await faults.getByRole("button", { name: "Release the link to db-0" }).waitFor(READY);
  assert.deepEqual(await faults.getByRole("button").allTextContents(), [
    "Crash its containers", "Fail its readiness probe", "Release the link to db-0", "Hold the link to db-2", "Make it the primary",
  ]);
  const log = page.getByRole("log", { name: "Output of kubectl" });
  await log.getByText("link between db-1 and db-0 held").waitFor();
  await faults.getByRole("button", { name: "Crash its containers" }).press("Enter");
  await log.getByText("pod/db-1 crashed").waitFor(READY);
  await page.locator('[data-panel="inspect"] dl', { hasText: /restarts1/ }).waitFor(READY);
  assert.deepEqual(await violations(page), []);
  await page.getByRole("button", { name: /^Node node-a/ }).first().press("Enter");
  await page.getByText("Break something").click();
  const machine = page.getByRole("group", { name: "Faults of node-a" });
  await machine.getByRole("button", { name: "Stop the machine" }).click();
  await machine.getByRole("button", { name: "Start the machine" }).waitFor(READY);
  await page.getByRole("button", { name: /^Node node-a · NotReady/ }).first().waitFor(READY);
  assert.deepEqual(trouble, []);
  await page.close();
});

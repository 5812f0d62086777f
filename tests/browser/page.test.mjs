// The built page, under its real Content-Security-Policy: apply, scale, order, errors, accessibility.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { SHOP, editing, manifest, site, violations, write } from "./helper.mjs";

const docs = new URL("../../docs/", import.meta.url);

const built = site();

const pod = (page, name) => page.getByRole("button", { name });
const READY = { timeout: 30_000 };

async function applied(page, yaml) {
  await write(page, yaml);
  await page.getByRole("button", { name: "Apply" }).click();
}

test("the example runs, in order, and scales", async () => {
  const { page, trouble } = await built.open();
  await page.getByText("it runs no containers").first().waitFor();
  await page.getByLabel("Speed").selectOption("16");
  await pod(page, /^db-0, Running, Ready/).waitFor(READY);
  await pod(page, /^db-2, Running, Ready/).waitFor(READY);
  await page.waitForFunction(() => document.querySelectorAll('[role=button][aria-label^="web-"][aria-label*=" Ready"]').length >= 3);
  await page.getByLabel("Speed").selectOption("1");
  assert.deepEqual(await violations(page), []);
  // Watch the names appear: a StatefulSet creates db-3 only after db-2, and db-4 only when db-3 is Ready.
  await page.evaluate(() => {
    window.seen = [];
    new MutationObserver(() => {
      for (const g of document.querySelectorAll('[role=button][aria-label^="db-"]')) {
        const label = g.getAttribute("aria-label");
        const word = /Running, Ready/.test(label) ? "ready" : "there";
        const entry = `${label.split(",")[0]} ${word}`;
        if (!window.seen.includes(entry)) window.seen.push(entry);
      }
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
  });
  const more = page.getByRole("button", { name: /^More replicas of db/ });
  await more.click();
  await pod(page, /^db-3, Creating/).click(READY);
  const image = page.getByLabel("Image of nginx in web");
  await image.fill("nginx:1.28");
  await image.press("Enter");
  const line = page.getByRole("textbox", { name: "kubectl command" });
  await line.fill("get sts,deploy");
  await line.press("Enter");
  // The picture in the README: a rolling update, a replica that waits for another, why it does, and kubectl's view.
  await page.waitForFunction(() => document.querySelectorAll(".stage .pod.ready.old, .stage .pod.terminating").length >= 2
    && document.querySelectorAll(".stage .pod.round.ready:not(.old)").length >= 1);
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("button", { name: "More output" }).click();
  await page.evaluate(() => document.activeElement.blur());
  await page.mouse.move(0, 0);
  await page.waitForTimeout(600);
  await page.screenshot({ path: fileURLToPath(new URL("playground.png", docs)) });
  assert.deepEqual(await violations(page), []);
  // Not Ready yet, so that the next one has to wait.
  await more.click();
  await page.getByRole("button", { name: "Play" }).click();
  await page.getByLabel("Speed").selectOption("4");
  await pod(page, /^db-4, Running, Ready/).waitFor(READY);
  const seen = await page.evaluate(() => window.seen);
  assert.ok(seen.indexOf("db-4 there") > seen.indexOf("db-3 ready"), `db-4 came before db-3 was Ready: ${seen}`);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("a manifest of one's own is applied; a wrong one is refused at its line and nothing is lost", async () => {
  const { page, trouble } = await built.open();
  await page.getByLabel("Speed").selectOption("16");
  await applied(page, SHOP);
  await pod(page, /^shop-.*Running, Ready/).first().waitFor(READY);
  const bad = SHOP.replace("replicas: 2", "replicas: two");
  await applied(page, bad);
  const errors = page.locator("#manifest-outcome");
  await errors.getByText(/cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32/).waitFor();
  await errors.getByRole("button", { name: /^Go to line 6/ }).waitFor();
  assert.equal(await manifest(page), bad);
  await pod(page, /^shop-.*Running, Ready/).first().waitFor();
  // What was typed survives a reload.
  await page.reload();
  await editing(page);
  assert.equal(await manifest(page), bad);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("names are never markup", async () => {
  const { page, trouble } = await built.open();
  await applied(page, `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "<img src=x onerror=alert(1)>"}\n`);
  await page.locator("#manifest-outcome li, #manifest-outcome p").first().waitFor();
  assert.equal(await page.locator("img").count(), 0);
  assert.deepEqual(trouble, []);
  await page.close();
});

for (const colorScheme of ["light", "dark"]) {
  test(`at 360 px and ${colorScheme} nothing overflows and axe finds nothing`, async () => {
    const { page, trouble } = await built.open({ viewport: { width: 360, height: 740 }, colorScheme });
    await page.getByLabel("Speed").selectOption("16");
    await pod(page, /^db-1, Running, Ready/).waitFor(READY);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(trouble, []);
    await page.close();
  });
}

test("by keyboard: space plays and pauses, the arrow steps, pods are reachable; reduced motion does not start by itself", async () => {
  const { page, trouble } = await built.open({ reducedMotion: "reduce" });
  await page.getByRole("button", { name: "Play" }).waitFor();
  for (let i = 0; i < 40; i++) await page.keyboard.press("ArrowRight");
  await pod(page, /^db-0,/).waitFor();
  await page.keyboard.press("Space");
  await page.getByRole("button", { name: "Pause" }).waitFor();
  await page.keyboard.press("Space");
  await page.getByRole("button", { name: "Play" }).waitFor();
  await pod(page, /^db-0,/).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: /^db-0/ }).waitFor();
  assert.deepEqual(trouble, []);
  await page.close();
});

/** From now on until the function is called that it gives: the longest task of the page's main thread, in milliseconds. */
async function traced(page) {
  const client = await page.context().newCDPSession(page);
  const events = [];
  client.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  const traceConfig = { includedCategories: ["toplevel", "__metadata"], excludedCategories: ["*"] };
  await client.send("Tracing.start", { transferMode: "ReportEvents", traceConfig });
  return async () => {
    const done = new Promise((resolve) => client.once("Tracing.tracingComplete", resolve));
    await client.send("Tracing.end");
    await done;
    const mains = events.filter((e) => e.name === "thread_name" && e.args.name === "CrRendererMain").map((e) => `${e.pid}/${e.tid}`);
    const tasks = events.filter((e) => e.ph === "X" && /RunTask$/.test(e.name) && mains.includes(`${e.pid}/${e.tid}`));
    const most = (of) => Math.round(Math.max(0, ...tasks.map((e) => (e[of] ?? 0) / 1000)));
    return { cpu: most("tdur"), wall: most("dur") };
  };
}

test("export gives back all that was applied, simulated or not", async () => {
  const { page, trouble } = await built.open();
  const applied_ = `apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  motto: "yes: no"
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: shop
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: reader
rules:
  - apiGroups: [""]
    resources: ["pods"]
    verbs: ["get", "list"]
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
  annotations:
    example.org/note: kept
spec:
  replicas: 2
  selector:
    matchLabels:
      app: shop
  template:
    metadata:
      labels:
        app: shop
    spec:
      serviceAccountName: shop
      dnsPolicy: None
      containers:
        - name: shop
          image: nginx
          envFrom:
            - configMapRef:
                name: settings
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
spec:
  defaultBackend:
    service:
      name: shop
      port:
        number: 80
`;
  await applied(page, applied_);
  await page.getByText(/^kept, not simulated:/).waitFor();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export YAML" }).click();
  const text = readFileSync(await (await download).path(), "utf8");
  // Each document comes back, and each line of it within that document (quotes and lists may be written otherwise).
  const documents = text.split(/^---$/m);
  for (const wanted of applied_.split(/^---$/m)) {
    const kind = wanted.match(/^kind: .*$/m)[0];
    const found = documents.find((d) => d.includes(kind) && d.includes(wanted.match(/^  name: .*$/m)[0]));
    assert.ok(found, `${kind} is not exported`);
    const words = (s) => s.match(/[\w./:-]+/g);
    for (const word of words(wanted)) assert.ok(words(found).includes(word), `${word} of ${kind} is not exported:\n${found}`);
  }
  assert.deepEqual(trouble, []);
  await page.close();
});

test("a panic is told, and the manifest is still there to copy", async () => {
  const { page, trouble } = await built.open();
  const mine = "# half a thought\nkind: Depl";
  await write(page, mine);
  await page.getByRole("button", { name: "Build", exact: true }).click();
  // A browser that cannot make elements any more: Yew has no other answer to that than to panic.
  await page.evaluate(() => {
    document.createElementNS = () => {
      throw new Error("out of elements");
    };
  });
  await page.getByRole("button", { name: /^More replicas of db/ }).click();
  const panel = page.getByRole("alertdialog", { name: "Podscope stopped" });
  await panel.waitFor(READY);
  assert.equal(await panel.getByRole("textbox", { name: "Your manifest" }).inputValue(), mine);
  await panel.getByText(/panicked at/).waitFor();
  assert.deepEqual(await violations(page), []);
  assert.ok(trouble.length > 0, "nothing went wrong");
  // It starts again with what was written.
  await panel.getByRole("button", { name: "Start again" }).click();
  await editing(page);
  assert.equal(await manifest(page), mine);
  await page.close();
});

test("a thousand pods do not freeze the page", async () => {
  const { page, trouble } = await built.open();
  const trace = await traced(page);
  const box = page.getByRole("textbox", { name: /^replicas of web/ });
  await box.fill("1000");
  await box.press("Enter");
  // All of them are there, as dots, each with a name that the arrow keys come to.
  const dots = pod(page, /^web-.*\(1 of \d+; arrow keys/);
  await dots.first().waitFor(READY);
  const all = () => {
    const dots = [...document.querySelectorAll(".block path")].map((path) => path.getAttribute("d").split("M").length - 1);
    return dots.reduce((sum, n) => sum + n, 0) === 1000;
  };
  await page.waitForFunction(all, null, READY);
  await page.waitForTimeout(3000);
  const { cpu, wall } = await trace();
  console.log(`longest task with 1,000 pods: ${cpu} ms of CPU, ${wall} ms by the clock`);
  // Some 50 ms of CPU; drawing the pods one by one took 240. By the clock it depends on what else the machine does.
  assert.ok(cpu > 0 && cpu < 150, `${cpu} ms of CPU`);
  await dots.first().focus();
  await page.keyboard.press("ArrowRight");
  await pod(page, /^web-.*\(2 of/).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: /^web-/ }).waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("button", { name: "Play" }).waitFor();
  assert.deepEqual(trouble, []);
  await page.close();
});

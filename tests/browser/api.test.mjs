// The element from JavaScript: kubectl, why, snapshots, forks, clients and scenarios.
import assert from "node:assert/strict";
import { mkdtempSync, cpSync, readFileSync, writeFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch, open, serve, violations } from "./helper.mjs";

const example = readFileSync(new URL("../../static/example.yaml", import.meta.url), "utf8");
let folder, server, browser;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "podscope-"));
  cpSync(fileURLToPath(new URL("../../dist", import.meta.url)), join(folder, "assets"), { recursive: true });
  const page = (name, body) => writeFileSync(join(folder, `${name}.html`), `<!doctype html><html lang="en"><title>Docs</title>
<link rel="icon" href="data:,"><script type="module" src="assets/podscope.js"></script>\n${body}</html>`);
  page("index", "<main></main><aside></aside>");
  page("scenario", `<main><h1>Docs</h1><pod-scope scenario="reverse-deletion" speed="16" loading="eager" autoplay></pod-scope></main>`);
  page("unknown", `<pod-scope scenario="no-such-thing" loading="eager"></pod-scope>`);
  server = await serve(folder);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens a page of the folder; all that it loads is below it. */
async function at(path) {
  const { page, trouble } = await open(browser, server.address + path);
  return { page, trouble: () => trouble.filter((t) => !t.startsWith(`elsewhere: ${server.address}`)) };
}

/** Opens an empty page in which `mount` is at hand and the example is mounted. */
async function mounted(options = {}) {
  const opened = await at("");
  await opened.page.evaluate(async ([yaml, options]) => {
    const module = await import(new URL("assets/podscope.js", location.href));
    window.player = await module.mount(document.querySelector("main"), { yaml, ...options });
  }, [example, options]);
  return opened;
}

test("kubectl acts on the cluster of the page, and what waits follows simulated time", async () => {
  const { page, trouble } = await mounted();
  await page.evaluate(() => player.seek(120));
  const got = await page.evaluate(() => player.kubectl("get pods -o name"));
  assert.equal(got.exitCode, 0, got.stderr);
  assert.equal(got.stdout.trim().split("\n").length, 6);
  const scaled = await page.evaluate(() => player.kubectl("scale sts db --replicas=5"));
  assert.deepEqual(scaled, { stdout: "statefulset.apps/db scaled\n", stderr: "", exitCode: 0 });
  const waited = await page.evaluate(async () => {
    const output = [];
    const done = player.kubectl("rollout status sts db", { output: (text) => output.push(text) });
    player.speed = 100;
    await player.play();
    return [await done, output.length];
  });
  assert.equal(waited[0].exitCode, 0, waited[0].stderr);
  assert.match(waited[0].stdout, /Waiting for \d pods to be ready[^]*partitioned roll out complete: 5 new pods|5 pods at revision/);
  assert.ok(waited[1] > 1);
  await page.getByRole("button", { name: /^db-4, Running, Ready/ }).waitFor();
  const refused = await page.evaluate(() => player.kubectl("get nothing"));
  assert.equal(refused.exitCode, 1);
  assert.match(refused.stderr, /the server doesn't have a resource type "nothing"/);
  const edited = await page.evaluate(() => player.kubectl("edit deployment web", { edit: (text) => text.replace(/replicas: 3/, "replicas: 1") }));
  assert.equal(edited.stdout, "deployment.apps/web edited\n", edited.stderr);
  const manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kept}\n";
  const applied = await page.evaluate((manifest) => player.kubectl("apply -f manifest.yaml", { manifest }), manifest);
  assert.equal(applied.stdout, "configmap/kept created\n", applied.stderr);
  // A watch has no end of its own.
  const watched = await page.evaluate(async () => {
    const stop = new AbortController();
    const done = player.kubectl("get pods -w", { signal: stop.signal });
    stop.abort();
    return done;
  });
  assert.equal(watched.exitCode, null);
  assert.match(watched.stdout, /^NAME /);
  assert.deepEqual(trouble(), []);
  await page.close();
});

test("why is answered with a sentence and its chain, also after going back", async () => {
  const { page, trouble } = await mounted();
  const first = await page.evaluate(async () => {
    await player.seek(120);
    await player.kubectl("cordon node-a node-b node-c");
    await player.scale("deployment/web", 9);
    await player.seek(140);
    const pods = await player.kubectl("get pods --field-selector=status.phase=Pending -o name");
    return player.explain(pods.stdout.split("\n")[0].trim());
  });
  assert.match(first.sentence, /unschedulable|cordon|node/);
  assert.ok(first.chain.length > 0 && first.chain.every((link) => link.actor && link.kind && link.time >= 0));
  const back = await page.evaluate(async () => {
    await player.seek(30);
    return [player.currentTime, await player.explain("deployment/web")];
  });
  assert.equal(back[0], 30);
  assert.ok(back[1].sentence.length > 10);
  assert.deepEqual(trouble(), []);
  await page.close();
});

test("a snapshot and a fork go on from the same instant, each on its own", async () => {
  const { page, trouble } = await mounted({ seed: 7 });
  const names = await page.evaluate(async () => {
    const list = async (of) => (await of.kubectl("get pods -o name")).stdout;
    await player.seek(60);
    await player.scale("deployment/web", 5);
    await player.seek(90);
    window.other = await player.fork(document.querySelector("aside"));
    const same = [await list(player), await list(other), player.currentTime, other.currentTime];
    await other.scale("statefulset/db", 1);
    await other.seek(200);
    await player.seek(200);
    return [...same, await list(player), await list(other), JSON.stringify(player.snapshot().inputs) === JSON.stringify(other.snapshot().inputs)];
  });
  assert.equal(names[0], names[1]);
  assert.deepEqual(names.slice(2, 4), [90, 90]);
  assert.match(names[4], /db-2/);
  assert.doesNotMatch(names[5], /db-1|db-2/);
  assert.equal(names[6], false);
  assert.equal(await page.locator("pod-scope").count(), 2);
  await page.evaluate(() => other.dispose());
  assert.equal(await page.locator("pod-scope").count(), 1);
  assert.deepEqual(trouble(), []);
  await page.close();
});

test("a snapshot of a page goes on in a program, where what was asked is still due at the same instant", async () => {
  const { page, trouble } = await mounted({ seed: 9 });
  const all = "get all,events -A -o yaml";
  const [snapshot, printed, later] = await page.evaluate(async (all) => {
    // Loaded before: the run is done again then, with all that is due at its instant.
    await player.kubectl("version");
    await player.seek(30.25);
    await player.scale("statefulset/db", 5);
    const snapshot = player.snapshot();
    const { stdout } = await player.kubectl(all);
    await player.seek(60);
    return [snapshot, stdout, (await player.kubectl(all)).stdout];
  }, all);
  assert.deepEqual([snapshot.time, snapshot.seed, snapshot.after > 0], [30.25, 9, true]);
  const { Cluster } = await import("../../dist/cluster.js");
  const cluster = await Cluster.create({ snapshot });
  assert.ok((await cluster.kubectl(`kubectl ${all}`)).stdout === printed, "at once");
  await cluster.advance(29.75);
  assert.ok((await cluster.kubectl(`kubectl ${all}`)).stdout === later && later !== printed, "later");
  cluster.dispose();
  assert.deepEqual(trouble(), []);
  await page.close();
});

test("traffic gives each Service clients, again after a reset", async () => {
  const { page, trouble } = await mounted({ traffic: 20 });
  const clients = await page.evaluate(async () => {
    const asked = async () => (await player.kubectl("get svc web -o jsonpath={.metadata.annotations}")).stdout;
    const before = await asked();
    await player.reset();
    return [before, await asked()];
  });
  for (const text of clients) assert.match(text, /"podscope.dev\/clients":"20\/s"/);
  await page.evaluate(() => player.seek(60));
  await page.locator(".rate").first().getByText(/\d+\/s/).waitFor();
  assert.deepEqual(trouble(), []);
  await page.close();
});

test("a scenario tells its chapters and does them at a click", async () => {
  const { page, trouble } = await at("scenario.html");
  const panel = page.getByRole("region", { name: "Reverse deletion" });
  await panel.getByRole("heading", { name: "Reverse deletion · Four members" }).waitFor();
  await page.getByRole("button", { name: /^db-3, Running, Ready/ }).waitFor();
  await panel.getByRole("button", { name: "Next: Down to one" }).click();
  await panel.getByText("$ kubectl scale sts db --replicas=1").waitFor();
  await panel.locator("li.seen").nth(4).waitFor();
  assert.equal(await panel.locator("li:not(.seen)").count(), 0);
  await page.getByRole("button", { name: /^db-1,/ }).waitFor({ state: "detached" });
  await panel.getByRole("button", { name: /^Next: What stays/ }).click();
  await panel.getByText(/kubectl get/).first().waitFor();
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(trouble(), []);
  await page.close();
});

test("a scenario that there is not is said to be missing", async () => {
  const { page } = await at("unknown.html");
  await page.getByRole("alert").getByText("there is no scenario no-such-thing").waitFor();
  await page.close();
});

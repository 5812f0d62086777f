// The cluster without a page, in Node, as its types and the documentation say. package.test.mjs uses it from the package.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { SHOP } from "../shop.mjs";

const dist = workerData?.dist || process.env.PODSCOPE_DIST || fileURLToPath(new URL("../../dist", import.meta.url));
const { Cluster } = await import(pathToFileURL(join(dist, "cluster.js")));

/** What a run of some length printed, and where it ended. */
async function story(seed) {
  const cluster = await Cluster.create({ seed });
  await cluster.apply(SHOP);
  const rolled = await cluster.kubectl("kubectl rollout status deploy/shop");
  const pods = await cluster.kubectl("kubectl get pods -o wide");
  const told = { time: cluster.currentTime, rolled, pods };
  cluster.dispose();
  return told;
}

if (!isMainThread) {
  parentPort.postMessage(await story(7));
  process.exit();
}

/** A cluster with the shop in it. */
async function shop(options) {
  const cluster = await Cluster.create(options);
  await cluster.apply(SHOP);
  return cluster;
}
const code = (code) => (error) => error instanceof Error && error.code === code && error.message.length > 0;

test("time passes when it is told to, and then things happen", async () => {
  const cluster = await shop();
  assert.equal(cluster.currentTime, 0);
  const ready = async () => (await cluster.kubectl("kubectl get deploy shop -o jsonpath={.status.readyReplicas}")).stdout;
  assert.equal(await ready(), "");
  await cluster.advance(30);
  assert.equal(cluster.currentTime, 30);
  assert.equal(await ready(), "2");
  await cluster.advance("1m30s");
  assert.equal(cluster.currentTime, 120);
  cluster.dispose();
});

test("applying says what was done, and refuses with Kubernetes' message", async () => {
  const cluster = await Cluster.create();
  const [made] = await cluster.apply(SHOP);
  assert.deepEqual(made, { apiVersion: "apps/v1", kind: "Deployment", namespace: "default", name: "shop", what: "created", simulated: true });
  assert.equal((await cluster.apply(SHOP))[0].what, "unchanged");
  await assert.rejects(cluster.apply(SHOP.replace("replicas: 2", "replicas: -1")), (error) => {
    assert.ok(code("Invalid")(error));
    assert.match(error.message, /spec\.replicas: Invalid value: -1: must be greater than or equal to 0/);
    return error.errors.length === 1;
  });
  assert.equal((await cluster.kubectl("kubectl get deploy shop -o jsonpath={.spec.replicas}")).stdout, "2");
  cluster.dispose();
});

test("a command that waits lets time pass until it ends", async () => {
  const cluster = await shop();
  const rolled = await cluster.kubectl("kubectl rollout status deployment/shop");
  assert.equal(rolled.exitCode, 0);
  assert.match(rolled.stdout, /deployment "shop" successfully rolled out\n$/);
  const then = cluster.currentTime;
  assert.ok(then > 0 && then < 60, `${then}`);
  // kubectl's own limit is an end, too.
  const waited = await cluster.kubectl("kubectl wait --for=jsonpath={.status.readyReplicas}=9 deploy/shop --timeout=20s");
  // Instants are microseconds, told in seconds.
  assert.deepEqual([waited.exitCode, Math.round((cluster.currentTime - then) * 1e6)], [1, 20e6]);
  assert.match(waited.stderr, /timed out waiting for the condition/);
  cluster.dispose();
});

test("what does not end is stopped: by the limit, or when it says nothing", async () => {
  const cluster = await shop();
  await cluster.advance(30);
  const stuck = await cluster.kubectl("kubectl wait --for=delete deploy/shop --timeout=1h", { limit: "5s" });
  assert.deepEqual([stuck.exitCode, cluster.currentTime], [null, 35]);
  const watched = await cluster.kubectl("kubectl get pods -w");
  assert.equal(watched.exitCode, null);
  assert.match(watched.stdout, /^NAME .*\nshop-/);
  assert.equal(cluster.currentTime, 95);
  assert.equal((await cluster.kubectl("kubectl get nothing")).exitCode, 1);
  cluster.dispose();
});

test("commands take what is piped to them, a file, and an editor's text", async () => {
  const cluster = await Cluster.create();
  assert.equal((await cluster.kubectl("kubectl apply -f -", { stdin: SHOP })).stdout, "deployment.apps/shop created\n");
  const more = SHOP.replace("replicas: 2", "replicas: 3");
  assert.equal((await cluster.kubectl("kubectl apply -f manifest.yaml", { manifest: more })).stdout, "deployment.apps/shop configured\n");
  const edit = async (text) => text.replace("replicas: 3", "replicas: 4");
  assert.equal((await cluster.kubectl("kubectl edit deploy shop", { edit })).stdout, "deployment.apps/shop edited\n");
  assert.equal((await cluster.kubectl("kubectl get deploy shop -o jsonpath={.spec.replicas}")).stdout, "4");
  assert.deepEqual(await cluster.kubectl("kubectl edit deploy shop"), { stdout: "", stderr: "error: there is no editor here\n", exitCode: 1 });
  await assert.rejects(cluster.kubectl("kubectl edit deploy shop", { edit: () => { throw new RangeError("no"); } }), RangeError);
  assert.equal((await cluster.kubectl("kubectl get deploy shop -o jsonpath={.spec.replicas}")).stdout, "4");
  cluster.dispose();
});

test("it says why an object is as it is", async () => {
  const cluster = await Cluster.create();
  await cluster.apply(SHOP.replace("image: nginx", "image: nginx, resources: {requests: {cpu: 999}}"));
  await cluster.advance(10);
  const name = (await cluster.kubectl("kubectl get pods -o jsonpath={.items[0].metadata.name}")).stdout;
  const why = await cluster.explain(`pod/${name}`);
  assert.equal(why.mood, "stuck");
  assert.match(why.sentence, /cpu/i);
  assert.ok(why.chain.some((link) => link.kind === "Deployment" && link.name === "shop" && link.time === 0), JSON.stringify(why.chain));
  assert.deepEqual(await cluster.explain({ kind: "Pod", name }), why);
  await assert.rejects(cluster.explain("what"), code("BadRequest"));
  cluster.dispose();
});

test("the same seed gives the same run, also in a worker; another seed another one", async () => {
  const [one, two, other] = [await story(7), await story(7), await story(8)];
  assert.deepEqual(one, two);
  assert.notEqual(one.pods.stdout, other.pods.stdout);
  const worker = new Worker(new URL(import.meta.url), { workerData: { dist } });
  const told = await new Promise((done, failed) => worker.once("message", done).once("error", failed));
  assert.deepEqual(told, one);
});

test("a snapshot is plain data, and gives the same run again", async () => {
  const cluster = await shop({ seed: 7 });
  await cluster.advance(12.5);
  await cluster.kubectl("kubectl scale deploy shop --replicas=5");
  // Taken where what was asked is still due at the same instant.
  const snapshot = JSON.parse(JSON.stringify(cluster.snapshot()));
  assert.deepEqual([snapshot.time, snapshot.seed, snapshot.inputs.length], [12.5, 7, 2]);
  const again = await Cluster.create({ snapshot });
  assert.deepEqual(again.snapshot(), snapshot);
  const all = "kubectl get all,events,nodes -A -o yaml";
  assert.equal((await again.kubectl(all)).stdout, (await cluster.kubectl(all)).stdout);
  await again.kubectl("kubectl delete deploy shop");
  for (const one of [cluster, again]) await one.advance(60);
  assert.match((await cluster.kubectl("kubectl get deploy")).stdout, /^shop +5\/5/m);
  assert.equal((await again.kubectl("kubectl get deploy")).stdout, "");
  for (const one of [cluster, again]) one.dispose();
});

test("what is no snapshot, time or seed is refused, and not run", async () => {
  const { inputs, ...rest } = (await shop()).snapshot();
  const late = [{ ...inputs[0], at: Number.MAX_SAFE_INTEGER }];
  for (const snapshot of [7, {}, { ...rest, inputs: late }, { ...rest, inputs: [null] }, { ...rest, inputs, time: -1 }, { ...rest, inputs, seed: "a" }])
    await assert.rejects(Cluster.create({ snapshot }), code("BadRequest"), JSON.stringify(snapshot));
  await assert.rejects(Cluster.create({ seed: -1 }), code("BadRequest"));
  const cluster = await shop();
  for (const by of [-1, NaN, Infinity, "soon", 1e12]) await assert.rejects(cluster.advance(by), code("BadRequest"), `${by}`);
  assert.equal(cluster.currentTime, 0);
  cluster.dispose();
});

test("what is asked is done in order", async () => {
  const cluster = await shop();
  const asked = [cluster.advance(20), cluster.kubectl("kubectl delete deploy shop"), cluster.advance("6h"), cluster.kubectl("kubectl get deploy")];
  const [, deleted, , left] = await Promise.all(asked);
  assert.match(deleted.stdout, /deployment\.apps "shop" deleted/);
  assert.match(left.stderr, /No resources found/);
  assert.ok(cluster.currentTime >= 20 + 6 * 3600);
  cluster.dispose();
});

test("others are let in while much time passes", async () => {
  const cluster = await Cluster.create();
  await cluster.kubectl("kubectl create cronjob tick --image=busybox --schedule='* * * * *' -- true");
  // A million Jobs: nobody would wait for them, and the timer would never come if it were not let in.
  const long = cluster.advance(60e6);
  setTimeout(() => cluster.dispose());
  await assert.rejects(long, code("Gone"));
});

test("after it was disposed of, all that is asked fails, and so does what waited", async () => {
  const cluster = await shop();
  const waiting = cluster.kubectl("kubectl wait --for=delete deploy/shop --timeout=10h");
  const behind = cluster.advance(1);
  waiting.catch(() => {});
  cluster.dispose();
  cluster.dispose();
  await assert.rejects(waiting, code("Gone"));
  await assert.rejects(behind, code("Gone"));
  for (const ask of [() => cluster.apply(SHOP), () => cluster.advance(1), () => cluster.kubectl("get pods"), () => cluster.explain("pod/a")])
    await assert.rejects(ask(), code("Gone"));
  assert.throws(() => cluster.snapshot(), code("Gone"));
});

test("the module may come from elsewhere", async () => {
  // Another copy of the script, which has loaded nothing yet.
  const { Cluster: Fresh } = await import(`${pathToFileURL(join(dist, "cluster.js"))}?again`);
  const bytes = readFileSync(join(dist, "console/podscope_console_bg.wasm"));
  const cluster = await Fresh.create({ wasm: Promise.resolve(bytes) });
  assert.equal((await cluster.kubectl("kubectl get nodes -o name")).exitCode, 0);
  cluster.dispose();
});

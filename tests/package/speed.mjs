// How long one Deployment takes, to be created and to be rolled out: in our engine and in @ngrok/webernetes, in the same process.
// Prints figures, judges nothing. Both have as many nodes, and
// neither waits: the peer's clock is stepped as soon as nothing is left to do (in steps of 100 ms, with which it is faster than with 10).
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Impatient, Peer } from "./peer.mjs";

const dist = process.env.PODSCOPE_DIST || fileURLToPath(new URL("../../dist", import.meta.url));
const { Cluster } = await import(pathToFileURL(join(dist, "cluster.js")));

const SIZES = [50, 100, 200, 500, 1000];
/** How often ours is measured: the fastest counts. The peer is measured once, as it takes minutes. */
const TIMES = 3;
/** So long may the peer take for one size, in milliseconds. */
const PATIENCE = 180_000;
/** 100 pods fit on each node and a few of its own, and a rollout's surge is a quarter. */
const NODES = 14;

const deployment = (replicas, image) => ({
  apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web", labels: { app: "web" } },
  spec: {
    replicas, selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "app", image }] } },
  },
});
const node = (i) => ({
  apiVersion: "v1", kind: "Node", metadata: { name: `more-${i}` },
  status: { capacity: { cpu: "16", memory: "64Gi", pods: "110" }, allocatable: { cpu: "16", memory: "64Gi", pods: "110" } },
});

/** Milliseconds that something takes. */
async function took(what) {
  const from = performance.now();
  await what();
  return performance.now() - from;
}

async function ours(size) {
  const cluster = await Cluster.create();
  const rolled = async () => {
    const { exitCode, stderr } = await cluster.kubectl("kubectl rollout status deployment/web");
    if (exitCode !== 0) throw new Error(stderr);
  };
  // Three nodes are there.
  await cluster.apply(Array.from({ length: NODES - 3 }, (_, i) => JSON.stringify(node(i))).join("\n---\n"));
  await cluster.advance(1);
  const created = await took(async () => {
    await cluster.apply(JSON.stringify(deployment(size, "app:v1")));
    await rolled();
  });
  const updated = await took(async () => {
    await cluster.kubectl("kubectl set image deployment/web app=app:v2");
    await rolled();
  });
  cluster.dispose();
  return [created, updated];
}

async function theirs(size) {
  const peer = await Peer.start({ images: ["app:v1", "app:v2"], nodes: NODES, step: 100, patience: PATIENCE });
  const told = [];
  try {
    told.push(await took(async () => {
      await peer.apply([deployment(size, "app:v1")]);
      await peer.rolledOut("web");
    }));
    told.push(await took(async () => {
      await peer.kubectl("set image deployment/web app=app:v2");
      await peer.rolledOut("web");
    }));
  } catch (error) {
    if (!(error instanceof Impatient)) throw error;
  }
  await peer.close();
  return told;
}

/** The fastest of several. */
async function best(measure, size) {
  const all = [];
  for (let i = 0; i < TIMES; i += 1) all.push(await measure(size));
  return [0, 1].map((i) => Math.min(...all.map((one) => one[i])));
}

// What is compiled and found out at first counts for neither.
await ours(10);
await theirs(10);
const cell = (text) => String(text).padStart(15);
const columns = ["create, ours", "webernetes", "times", "update, ours", "webernetes", "times"];
console.log(["pods".padEnd(6), ...columns.map(cell)].join(""));
for (const size of SIZES) {
  const [we, they] = [await best(ours, size), await theirs(size)];
  const late = `> ${PATIENCE / 1000} s`;
  const figures = [0, 1].flatMap((i) => {
    const theirs = they[i] === undefined ? [late, ""] : [`${they[i].toFixed(1)} ms`, (they[i] / we[i]).toFixed(1)];
    return [`${we[i].toFixed(1)} ms`, ...theirs];
  });
  console.log([String(size).padEnd(6), ...figures.map(cell)].join(""));
}

// @ngrok/webernetes 0.3.5, a simulator of Kubernetes that others wrote: played on the same manifests and commands as our engine.
//
// Its clock stands still unless it is stepped, and its chance comes from a seed, so that a run is the same each time.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { setImmediate as turn } from "node:timers/promises";
import { build } from "esbuild";

/** No wait of ours is this long. */
const LIMIT = 300_000;

let module;

/** The package as one file, which Node can load: its own modules leave out the ends of names. */
async function load() {
  const folder = mkdtempSync(join(tmpdir(), "podscope-peer-"));
  try {
    const outfile = join(folder, "peer.mjs");
    await build({
      stdin: { contents: `export * from "@ngrok/webernetes";`, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
      bundle: true, format: "esm", platform: "node", target: "es2022", outfile, logLevel: "error",
      define: { "Math.random": "peerRandom", "Date.now": "peerNow" },
    });
    globalThis.peerNow = () => 1_700_000_000_000;
    return await import(pathToFileURL(outfile));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Numbers from a seed, evenly between 0 and 1. */
function dice(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const image = (Base, name, version) => class extends Base {
  static imageName = name;
  static imageVersion = version;
  defaultCommand = ["server"];
  exec = (context) => context.waitUntilKilled();
};

/** What is thrown when it takes too long. */
export class Impatient extends Error {}

/** A cluster of it. */
export class Peer {
  #cluster;
  #api;
  #names = new Map();
  #step;
  #deadline;
  /** What its ReplicaSets were asked for: `web#rs1=3`, as in the recordings. */
  scale = [];

  /**
   * Begins. `images` are those that can be pulled; `ends` says how long a container of an image takes to end, and `step` how finely time
   * passes, both in milliseconds. After `patience` milliseconds of real time it gives up.
   */
  static async start({ images, ends = () => 300, nodes = 3, step = 10, patience = Infinity }) {
    module ??= await load();
    globalThis.peerRandom = dice(1);
    const peer = new Peer();
    peer.#step = step;
    peer.#deadline = performance.now() + patience;
    const latencyProvider = module.newLatencyProvider({ containerTerminationLatency: (_, { container }) => ends(container.image) });
    peer.#cluster = new module.Cluster({ nodes, latencyProvider });
    peer.#api = peer.#cluster.api.appsv1;
    for (const one of images) peer.#cluster.registerImage(image(module.BaseImage, ...one.split(":")));
    peer.#cluster.pause();
    await peer.#finish(peer.#cluster.init());
    peer.#cluster.informer("replicasets", (type, set) => peer.#saw(type, set), { namespace: "default" });
    return peer;
  }

  #saw(type, { metadata, spec }) {
    const owner = metadata.ownerReferences?.[0]?.name ?? "-";
    const known = [...this.#names.values()].filter((one) => one.owner === owner).length;
    if (!this.#names.has(metadata.name)) this.#names.set(metadata.name, { owner, alias: `${owner}#rs${known + 1}` });
    const set = this.#names.get(metadata.name);
    if (type === "delete") this.scale.push(`${set.alias} deleted`);
    else if (set.replicas !== spec.replicas) this.scale.push(`${set.alias}=${spec.replicas}`);
    set.replicas = spec.replicas;
  }

  get now() {
    return this.#cluster.clock.nowMs();
  }

  /** Lets it do what is due, and a little time pass. */
  async #tick() {
    for (let i = 0; i < 3; i += 1) await turn();
    if (performance.now() > this.#deadline) throw new Impatient();
    this.#cluster.clock.step(this.#step);
  }

  /** Waits for a promise of it, which may need time to pass. */
  async #finish(promise) {
    let over = false;
    const ended = Promise.resolve(promise).finally(() => { over = true; });
    ended.catch(() => {});
    const end = this.now + LIMIT;
    while (!over) {
      if (this.now > end) throw new Error("webernetes does not answer");
      await this.#tick();
    }
    return ended;
  }

  /** Lets so many milliseconds pass. */
  async sleep(length) {
    const end = this.now + length;
    while (this.now < end) await this.#tick();
  }

  /** Waits until something is so. */
  async until(what, holds) {
    const end = this.now + LIMIT;
    while (!(await holds())) {
      if (this.now > end) throw new Error(`webernetes: never ${what}: ${this.scale.join(" ")}`);
      await this.#tick();
    }
  }

  apply(objects) {
    // Its types are looser than its code: a namespace has to be there.
    const placed = objects.map((one) => ({ ...one, metadata: { namespace: "default", ...one.metadata } }));
    return this.#finish(this.#cluster.apply(placed));
  }

  deployment(name) {
    return this.#finish(this.#api.readNamespacedDeployment({ name, namespace: "default" }));
  }

  /** Changes a Deployment as one command does. */
  async #change(name, change) {
    const one = await this.deployment(name);
    change(one);
    await this.#finish(this.#api.replaceNamespacedDeployment({ name, namespace: "default", body: one }));
  }

  /** Does what a line of kubectl does, of those that the recordings of Deployments have; what only prints does nothing. */
  async kubectl(line) {
    const [verb, ...rest] = line.split(" ");
    const set = /^set image deployment\/(\S+) (\S+)=(\S+)$/.exec(line);
    if (set) {
      return this.#change(set[1], ({ spec }) => {
        for (const one of spec.template.spec.containers) if (one.name === set[2]) one.image = set[3];
      });
    }
    const scaled = /^scale deployment\/(\S+) --replicas=(\d+)$/.exec(line);
    if (scaled) return this.#change(scaled[1], ({ spec }) => { spec.replicas = Number(scaled[2]); });
    const name = rest.at(1)?.replace("deployment/", "");
    if (verb !== "rollout") throw new Error(`not known here: ${line}`);
    switch (rest[0]) {
      case "pause": return this.#change(name, ({ spec }) => { spec.paused = true; });
      case "resume": return this.#change(name, ({ spec }) => { spec.paused = false; });
      case "restart": return this.#change(name, ({ spec: { template } }) => {
        template.metadata.annotations = { ...template.metadata.annotations, "kubectl.kubernetes.io/restartedAt": String(this.now) };
      });
      case "undo": return this.#undo(name);
      case "status":
      case "history": return undefined;
      default: throw new Error(`not known here: ${line}`);
    }
  }

  /** kubectl's own part of it: the template of the revision before the last. */
  async #undo(name) {
    const { items } = await this.#finish(this.#api.listNamespacedReplicaSet({ namespace: "default" }));
    const revision = ({ metadata }) => Number(metadata.annotations?.["deployment.kubernetes.io/revision"] ?? 0);
    const mine = items.filter(({ metadata }) => metadata.ownerReferences?.some((o) => o.name === name));
    const before = mine.sort((a, b) => revision(b) - revision(a))[1];
    await this.#change(name, ({ spec }) => {
      spec.template = structuredClone(before.spec.template);
      delete spec.template.metadata.labels["pod-template-hash"];
    });
  }

  /** Waits until a Deployment is what was asked for. It has no observedGeneration, so its controller is given a moment first. */
  async rolledOut(name) {
    await this.sleep(100);
    await this.until("rolled out", async () => {
      const { spec, status } = await this.deployment(name);
      return ["updatedReplicas", "replicas", "availableReplicas"].every((key) => (status?.[key] ?? 0) === spec.replicas);
    });
  }

  /** The pods with these labels. */
  async pods(labels) {
    const { items } = await this.#finish(this.#cluster.api.corev1.listNamespacedPod({ namespace: "default" }));
    return items.filter(({ metadata }) => Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value));
  }

  async close() {
    this.#deadline = Infinity;
    await this.#finish(this.#cluster.close());
  }
}

// What a program without a page writes, held against the package's types without those of pages. It is not run.
import { Cluster, type Explanation, type KubernetesError, type Printed, type Snapshot } from "podscope/cluster";

const cluster = await Cluster.create({ seed: 7 });
const [made] = await cluster.apply("kind: Pod");
const what: string | undefined = made?.what;
await cluster.advance(30);
await cluster.advance("1m30s");
const { stdout, exitCode }: Printed = await cluster.kubectl("kubectl apply -f -", { stdin: "kind: Pod", limit: "5m" });
await cluster.kubectl("kubectl edit deploy web", { edit: async (text) => text.replace("2", "3") });
const why: Explanation = await cluster.explain("pod/db-0");
const first: number | undefined = why.chain[0]?.time;
const run: Snapshot = cluster.snapshot();
const again = await Cluster.create({ snapshot: run, wasm: new Uint8Array() });
const told: [number, number, string, string | undefined, number | undefined] = [again.currentTime, exitCode ?? 1, stdout, what, first];
const failed = (error: KubernetesError): string => error.code;
cluster.dispose();
export { failed, told };

// @ts-expect-error clusters are created, as the module is loaded first
new Cluster();
// @ts-expect-error a seed is a number
await Cluster.create({ seed: "7" });
// @ts-expect-error time is told, and cannot be set
cluster.currentTime = 3;
// @ts-expect-error a command that was stopped has no exit code
const code: number = (await cluster.kubectl("get pods -w")).exitCode;

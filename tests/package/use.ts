// What a user writes, held against the package's types by tests/package/package.test.mjs. It is not run.
import { ATTRIBUTES, follow, type KubernetesError, mount, Player, PodScope, type Snapshot, upgrade } from "podscope";

const place = document.createElement("div");
const player = await mount(place, { yaml: "kind: Pod", startAt: "20s", seed: 7, loop: true, speed: 4, readOnly: false, zoom: true });
await player.scale("deployment/web", 4);
await player.scale({ kind: "StatefulSet", namespace: "data", name: "db" }, 3);
await player.seek("1m");
await player.seek(90);
player.speed *= 2;
player.on("change", ({ time }) => console.log(time.toFixed(1))).on("why", (event) => event.name.trim());
const run: Snapshot = player.snapshot();
console.log(run.inputs.length, player.currentTime + player.duration, player.paused, player instanceof Player);
const { stdout, exitCode } = await player.kubectl("rollout status sts db", { output: (text, isError) => console.log(text.length, isError) });
const { sentence, chain } = await player.explain("pod/db-0");
console.log(stdout.trim(), exitCode === 0, sentence.length, chain[0]?.time.toFixed(1));
const other: Player = await player.fork(place);
other.dispose();
try {
  await player.apply("kind: Nothing");
} catch (error) {
  const { code, message } = error as KubernetesError;
  console.log(code.length, message.length);
}
player.dispose();

const element: PodScope = document.createElement("pod-scope");
element.player?.play();
(await upgrade(document, { autoplay: "" })).forEach((made) => made.player?.pause());
const stop: () => void = await follow(place);
stop();
console.log(ATTRIBUTES["speed"]?.[0]);

// @ts-expect-error the theme is one of three
await mount(place, { theme: "pink" });
// @ts-expect-error options are in camelCase
await mount(place, { "start-at": "20s" });
// @ts-expect-error an event that there is not
player.on("explode", () => {});
// @ts-expect-error time is told, and cannot be set: seek
player.currentTime = 3;
// @ts-expect-error replicas are a number
await player.scale("deployment/web", "4");

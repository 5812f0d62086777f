// What the page around an <iframe> writes, held against the package's types by tests/package/package.test.mjs. It is not run.
import { address, connect, type Frame } from "podscope/connect";

const iframe = document.createElement("iframe");
iframe.sandbox.add("allow-scripts");
iframe.src = address("/podscope/embed.html", { yaml: "kind: Pod", startAt: "20s", autoplay: true, parents: "https://docs.example" });
const frame: Frame = await connect(iframe, { resize: false, timeout: 5000 });
frame.on("resize", ({ height }) => console.log(height.toFixed())).on("why", ({ name }) => name.trim());
await frame.seek("1m");
await frame.theme("dark");
const { exitCode } = await frame.kubectl("get pods", { output: (text, isError) => console.log(text.length, isError), signal: AbortSignal.timeout(100) });
const { currentTime, paused } = await frame.state();
const time: number = (await frame.snapshot()).time;
console.log(exitCode, currentTime + time, paused, (await frame.explain("pod/db-0")).sentence.length);
const other: Frame = await frame.fork(document.createElement("iframe"));
await other.dispose();
await frame.dispose();

// @ts-expect-error time is told by state()
console.log(frame.currentTime);
// @ts-expect-error a frame goes on in a frame
await frame.fork(document.body);
// @ts-expect-error a command is not limited there
await frame.kubectl("get pods", { limit: "5m" });

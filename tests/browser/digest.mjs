// The digests of random runs, recorded cases and scenarios in each engine: builds their test, has wasm-bindgen-test-runner serve it,
// opens it in each engine that is here, and says how it ended.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { setTimeout as pause } from "node:timers/promises";
import { Browser, ENGINES, freePort } from "./engines.mjs";

const port = await freePort();
const address = `http://127.0.0.1:${port}/`;
const build = ["test", "--package", "podscope-proof", "--test", "digest_browser", "--target", "wasm32-unknown-unknown"];
const runner = spawn("cargo", build, {
  cwd: fileURLToPath(new URL("../..", import.meta.url)),
  // A group of its own: cargo starts the server, and both are to end.
  detached: true,
  stdio: ["ignore", "ignore", "inherit"],
  env: {
    ...process.env, NO_HEADLESS: "1", WASM_BINDGEN_TEST_ADDRESS: `127.0.0.1:${port}`,
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: "wasm-bindgen-test-runner",
  },
});
const ended = new Promise((resolve) => { runner.once("exit", resolve).once("error", resolve); });
let over = false;
ended.then(() => { over = true; });
while (!over && !(await fetch(address).then((answer) => answer.ok, () => false))) await pause(200);
let [passed, failed] = [0, 0];
for (const { name, there } of ENGINES) {
  if (!there) {
    console.log(`${name}: not here, left out`);
    continue;
  }
  const page = await Browser.start(name);
  try {
    await page.goto(address);
    const told = await page.until(() => {
      const text = document.querySelector("#output")?.textContent ?? "";
      return /test result: |panicked|error/i.test(text) && text;
    });
    const ok = /test result: ok\. [1-9]/.test(told);
    if (ok) passed += 1;
    else failed += 1;
    console.log(ok ? `${name}: the same` : `${name}: ${told}`);
  } catch (error) {
    failed += 1;
    console.log(`${name}: ${error.message}`);
  } finally {
    await page.close();
  }
}
if (!over) process.kill(-runner.pid);
await ended;
console.log(`# pass ${passed}\n# fail ${failed}`);
process.exitCode = failed || !passed ? 1 : 0;

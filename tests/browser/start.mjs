// How long the page takes until something moves, from a cold cache on loopback, beside a counter in Yew: prints figures,
// judges nothing. `cargo xtask size` builds both.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { launch, serve } from "./helper.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const RUNS = 7;

/** Milliseconds from the navigation to the frame after `done` first holds. */
async function first(browser, address, done) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: "block" });
  const page = await context.newPage();
  await page.addInitScript((done) => {
    const holds = new Function(`return ${done}`);
    const look = () => {
      if (!holds()) return void requestAnimationFrame(look);
      requestAnimationFrame(() => { window.firstFrame = performance.now(); });
    };
    requestAnimationFrame(look);
  }, done);
  await page.goto(address);
  const taken = await (await page.waitForFunction(() => window.firstFrame)).jsonValue();
  await context.close();
  return taken;
}

const folder = mkdtempSync(join(tmpdir(), "start-"));
cpSync(join(root, "dist"), join(folder, "page"), { recursive: true });
cpSync(join(root, "target/floor"), join(folder, "floor"), { recursive: true });
writeFileSync(join(folder, "floor/index.html"), '<!doctype html><title>floor</title><script type="module" src="boot.js"></script><body></body>');
writeFileSync(join(folder, "floor/boot.js"), 'import init from "./floor.js";\ninit();\n');
const server = await serve(relative(root, folder));
const browser = await launch();
try {
  const kinds = [
    ["a counter in Yew", "floor/", "document.body?.childElementCount > 0"],
    ["the playground, drawn", "page/", 'document.querySelector(".stage svg, svg.stage") !== null'],
    ["the playground, time runs", "page/", '/[1-9]/.test(document.querySelector(".clock")?.textContent)'],
  ];
  const taken = kinds.map(() => []);
  for (let run = 0; run < RUNS; run++) {
    for (const [at, [, path, done]] of kinds.entries()) taken[at].push(await first(browser, server.address + path, done));
  }
  for (const [at, [name]] of kinds.entries()) {
    const sorted = taken[at].toSorted((a, b) => a - b).map((ms) => Math.round(ms));
    console.log(`${name.padEnd(28)} ${String(sorted[RUNS >> 1]).padStart(6)} ms (${sorted[0]} to ${sorted.at(-1)}, ${RUNS} runs)`);
  }
} finally {
  await browser.close();
  server.stop();
  rmSync(folder, { recursive: true, force: true });
}

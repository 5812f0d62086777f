// What Lighthouse says of the built page, on a desktop and on a phone: prints scores and what they are made of. The files are
// served compressed, as hosts of static files do. `node tests/browser/lighthouse.mjs [--preset desktop|mobile] [--runs N]`
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompressSync, constants } from "node:zlib";

const VERSION = "12.8.2";
const dist = process.env.PODSCOPE_DIST ?? fileURLToPath(new URL("../../dist", import.meta.url));
const option = (name, otherwise) => process.argv[process.argv.indexOf(name) + 1 || Infinity] ?? otherwise;
const runs = Number(option("--runs", 3));
const presets = process.argv.includes("--preset") ? [option("--preset")] : ["desktop", "mobile"];
const TYPES = {
  ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
  ".wasm": "application/wasm", ".json": "application/json", ".svg": "image/svg+xml", ".md": "text/plain; charset=utf-8",
};
const packed = new Map();

async function answer(request, response) {
  const path = normalize(decodeURIComponent(new URL(request.url, "http://page/").pathname));
  const file = join(dist, path.endsWith("/") ? `${path}index.html` : path);
  try {
    if (!packed.has(file)) {
      const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
      packed.set(file, brotliCompressSync(await readFile(file), { params }));
    }
    response.writeHead(200, {
      "Content-Type": TYPES[extname(file)] ?? "application/octet-stream", "Content-Encoding": "br", "Cache-Control": "no-cache",
    });
    response.end(packed.get(file));
  } catch {
    response.writeHead(404).end("not found\n");
  }
}

const METRICS = ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift", "speed-index"];
const server = createServer(answer).listen(0, "127.0.0.1");
await new Promise((ready) => server.once("listening", ready));
const address = `http://127.0.0.1:${server.address().port}/`;
try {
  for (const preset of presets) {
    const all = [];
    for (let run = 0; run < runs; run++) {
      const flags = ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"];
      if (process.getuid?.() === 0) flags.push("--no-sandbox");
      const args = [
        "--yes", `lighthouse@${VERSION}`, address, "--quiet", "--output=json", "--only-categories=performance,accessibility,best-practices",
        `--chrome-flags=${flags.join(" ")}`, ...(preset === "desktop" ? ["--preset=desktop"] : []),
      ];
      const env = { ...process.env, CHROME_PATH: process.env.CHROMIUM || "/usr/bin/chromium" };
      const { stdout } = await promisify(execFile)("npx", args, { env, maxBuffer: 1e8 });
      all.push(JSON.parse(stdout));
    }
    const middle = (of) => all.map(of).toSorted((a, b) => a - b)[runs >> 1];
    const ids = Object.keys(all[0].categories);
    console.log(`${preset} (the middle of ${runs}): ${ids.map((id) => `${id} ${Math.round(middle((r) => r.categories[id].score) * 100)}`).join(", ")}`);
    for (const id of METRICS) console.log(`  ${id.padEnd(26)} ${+middle((r) => r.audits[id].numericValue).toFixed(3)}`);
    for (const id of ["accessibility", "best-practices"]) {
      for (const { id: audit, weight } of all[0].categories[id].auditRefs) {
        const { score, title } = all[0].audits[audit];
        if (score !== null && score < 1 && weight) console.log(`  ${id}: ${audit}: ${title}`);
      }
    }
    if (process.env.DETAILS) {
      const { audits } = all[0];
      for (const id of ["layout-shifts", "long-tasks", "mainthread-work-breakdown", "bootup-time", "largest-contentful-paint-element", "render-blocking-resources"]) {
        console.log(id, JSON.stringify(audits[id]?.details?.items?.slice(0, 8).map(({ node, subItems, items, ...rest }) => ({ ...rest, node: node?.selector, items: items?.map((i) => i.node?.selector ?? i) }))));
      }
    }
  }
} finally {
  server.close();
  server.closeAllConnections();
}

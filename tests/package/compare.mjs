// What others load, beside which `cargo xtask size` prints what an embed loads: bundled and minified by the same esbuild,
// and compressed in the same way. Prints figures, judges nothing.
//
// mermaid's documentation has pages load dist/mermaid.esm.min.mjs, which loads what each kind of diagram needs when there is
// one. @ngrok/webernetes simulates a cluster in the browser and draws nothing.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const version = (name) => JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), "utf8")).version;

/** The files that `contents` becomes: of each its text, what else it imports at once, and which modules are in it. */
async function bundled(contents) {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: here }, bundle: true, splitting: true, minify: true, format: "esm", platform: "browser", target: "es2022",
    outdir: "out", absWorkingDir: here, write: false, metafile: true, logLevel: "error",
  });
  return Object.entries(metafile.outputs).map(([path, { imports, inputs, entryPoint }], i) => ({
    path, first: entryPoint === "<stdin>", bytes: outputFiles[i].contents, modules: Object.keys(inputs),
    imports: imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => path),
  }));
}

/** These files, and all that they import at once. */
function closed(files, some) {
  const all = new Set(some);
  for (const file of all) for (const path of file.imports) all.add(files.find((one) => one.path === path));
  return [...all];
}

function row(name, files) {
  const sum = (size) => files.reduce((sum, { bytes }) => sum + size(bytes), 0) / 1000;
  const brotli = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
  const numbers = [(bytes) => bytes.length, (bytes) => gzipSync(bytes, { level: 9 }).length, brotli].map(sum);
  console.log(name.padEnd(44) + numbers.map((n) => ` ${n.toFixed(1).padStart(9)}`).join(""));
}

const mermaid = await bundled(`import mermaid from "./node_modules/mermaid/dist/mermaid.esm.min.mjs"; window.mermaid = mermaid;`);
const first = closed(mermaid, mermaid.filter((file) => file.first));
// What a page is seen to load for `flowchart LR; A-->B`: the diagram's own module, and the layout that this version uses.
const flow = mermaid.filter((file) => file.modules.some((name) => /\/(flowDiagram|elk)-[^/]*$/.test(name)));
if (flow.length !== 2) throw new Error(`mermaid's flowcharts are in ${flow.length} files`);
row(`mermaid ${version("mermaid")}, before there is a diagram`, first);
row("mermaid, with a flowchart", closed(mermaid, [...first, ...flow]));
// What its README imports.
const webernetes = await bundled(`import { BaseImage, Cluster } from "@ngrok/webernetes"; window.webernetes = { BaseImage, Cluster };`);
row(`@ngrok/webernetes ${version("@ngrok/webernetes")}, which draws nothing`, webernetes);

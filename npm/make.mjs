// Makes the npm package, and a tarball of the same static files, from what `cargo xtask build` built.
//
// node npm/make.mjs DIST: DIST/npm is the package's folder, DIST/podscope-VERSION.tgz what `npm pack` makes of it, and
// DIST/podscope-VERSION-static.tar.gz the files alone, for a site without npm.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const dist = resolve(process.argv[2] ?? join(here, "../dist"));
const out = join(dist, "npm");

/** The scripts, and all that they may load: what they and what they load name in quotes, where there is such a file. */
function reached(...entries) {
  const found = new Set(entries);
  for (const file of found) {
    if (!file.endsWith(".js")) continue;
    const text = readFileSync(join(dist, file), "utf8");
    for (const [, name] of text.matchAll(/["'`]((?:\.{1,2}\/)?[\w./-]+\.(?:js|css|wasm))["'`]/g)) {
      const path = posix.join(posix.dirname(file), name);
      if (!path.startsWith("..") && existsSync(join(dist, path))) found.add(path);
    }
  }
  return [...found].sort();
}

function put(from, name) {
  mkdirSync(dirname(join(out, name)), { recursive: true });
  copyFileSync(from, join(out, name));
}

rmSync(out, { recursive: true, force: true });
const files = [...reached("podscope.js", "cluster.js", "connect.js", "embed/frame.js", "embed/policy.js"), "embed.html"].sort();
for (const file of files) put(join(dist, file), file);
for (const file of ["index.d.ts", "cluster.d.ts", "connect.d.ts", "README.md"]) put(join(here, file), file);
put(join(here, "../LICENSE"), "LICENSE");

// The version is the workspace's.
const version = /\[workspace\.package\][^[]*?\nversion = "([^"]+)"/.exec(readFileSync(join(here, "../Cargo.toml"), "utf8"))[1];
const manifest = { ...JSON.parse(readFileSync(join(here, "package.json"), "utf8")), version };
writeFileSync(join(out, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);

const kb = (bytes) => (bytes / 1000).toFixed(1).padStart(9);
const sizes = {};
console.log(`${"".padEnd(34)}${["raw", "gzip", "brotli"].map((w) => w.padStart(9)).join("")}  kB`);
for (const file of files) {
  const bytes = readFileSync(join(dist, file));
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
  const integrity = `sha384-${createHash("sha384").update(bytes).digest("base64")}`;
  sizes[file] = { bytes: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli, integrity };
  console.log(`${file.padEnd(34)}${kb(bytes.length)}${kb(sizes[file].gzip)}${kb(brotli)}  ${integrity}`);
}
writeFileSync(join(out, "sizes.json"), `${JSON.stringify(sizes, null, 2)}\n`);

const packed = execFileSync("npm", ["pack", out, "--pack-destination", dist, "--ignore-scripts", "--loglevel=error"]);
console.log(join(dist, packed.toString().trim().split("\n").at(-1)));
const tarball = join(dist, `podscope-${version}-static.tar.gz`);
// The same files give the same archive, whoever packs them and when.
const same = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
const args = [...same, "-cf", "-", "-C", out, ...files, "LICENSE", "sizes.json"];
writeFileSync(tarball, gzipSync(execFileSync("tar", args, { maxBuffer: 1 << 28 }), { level: 9 }));
console.log(tarball);

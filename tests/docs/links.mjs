// Looks at every link of built pages that leads to one of them: that there is such a file, and such a place in it.
//
// node tests/docs/links.mjs FOLDER
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

const decode = (text) => text.replace(/&(?:amp|#38);/g, "&").replace(/&quot;/g, '"').replace(/&#x27;|&#39;/g, "'");

/** The files below a folder that are pages. */
function pages(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return pages(path);
    return entry.name.endsWith(".html") ? [path] : [];
  });
}

/** Addresses that a page names, and the places in it that can be named. */
function read(file) {
  // What is shown as code, or is a script's text, names nothing.
  const html = readFileSync(file, "utf8").replace(/<!--.*?-->/gs, "").replace(/(<script\b[^>]*>).*?<\/script>/gs, "$1");
  const tags = [...html.matchAll(/<[a-z][a-z0-9-]*(?:\s+[^<>"']*(?:"[^"]*"|'[^']*')?)*>/gi)].map(([tag]) => tag);
  const values = (pattern) => tags.flatMap((tag) => [...tag.matchAll(pattern)].map(([, double, single]) => decode(double ?? single)));
  return { links: values(/\s(?:href|src)=(?:"([^"]*)"|'([^']*)')/gi), places: new Set(values(/\s(?:id|name)=(?:"([^"]*)"|'([^']*)')/gi)) };
}

/** What is wrong with the pages of a folder: a line for each link that leads nowhere; and how many were looked at. */
export function check(folder, skip = () => false) {
  const top = resolve(folder);
  const read_ = new Map();
  const known = (file) => read_.get(file) ?? read_.set(file, read(file)).get(file);
  const broken = [];
  let looked = 0;
  for (const page of pages(top)) {
    const name = relative(top, page).split(sep).join("/");
    if (skip(name)) continue;
    for (const link of known(page).links) {
      if (/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(link)) continue;
      looked += 1;
      const { pathname, hash } = new URL(link, `http://book/${name}`);
      let file = join(top, decodeURIComponent(pathname));
      if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) file = join(file, "index.html");
      if (!existsSync(file)) broken.push(`${name}: there is no ${link}`);
      else if (hash.length > 1 && file.endsWith(".html") && !known(file).places.has(decodeURIComponent(hash.slice(1)))) {
        broken.push(`${name}: there is no such place as ${link}`);
      }
    }
  }
  return { broken, looked };
}

/** mdBook's page for what is not there is served for any address, so its links are none of a folder; and frames have no links. */
export const skipped = (name) => name === "404.html" || name.startsWith("podscope/");

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { broken, looked } = check(process.argv[2] ?? "book", skipped);
  for (const line of broken) console.error(line);
  console.log(`${looked} links, ${broken.length} broken`);
  process.exitCode = broken.length ? 1 : 0;
}

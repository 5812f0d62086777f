// Makes the table of attributes in docs/embedding.md of the parser's own (static/embed/attributes.js), which has what each may be and its
// default as data, and what it does as the comment behind it, so that no page loads the words.
//
// node npm/attributes.mjs
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ATTRIBUTES } from "../static/embed/attributes.js";

const HEAD = "| attribute | may be | default | what it does |\n|---|---|---|---|\n";
const MARK = "<!-- Made by `cargo xtask attributes` of static/embed/attributes.js. -->\n\n";

/** The table, of the parser's source. */
export function table(source) {
  const words = new Map([...source.matchAll(/^ {2}"?([a-z-]+)"?: \[.*\], \/\/ (.+)$/gm)].map(([, name, text]) => [name, text]));
  return HEAD + Object.entries(ATTRIBUTES).map(([name, [usual, type]]) => {
    if (!words.has(name)) throw new Error(`static/embed/attributes.js does not say what ${name} does`);
    const shown = usual === false || usual === "" ? "" : `\`${usual}\``;
    return `| \`${name}\` | ${type.replaceAll("|", " \\| ")} | ${shown} | ${words.get(name)} |\n`;
  }).join("");
}

/** A page with this table in the place of the one that it has. */
export function inserted(page, table) {
  const [before, after] = page.split(MARK);
  if (after === undefined) throw new Error(`docs/embedding.md has no ${MARK.trim()}`);
  return before + MARK + table + after.replace(/^(\|.*\n)*/, "");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = (path) => new URL(`../${path}`, import.meta.url);
  const docs = at("docs/embedding.md");
  writeFileSync(docs, inserted(readFileSync(docs, "utf8"), table(readFileSync(at("static/embed/attributes.js"), "utf8"))));
}

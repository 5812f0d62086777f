// The table of attributes in the documentation says what the parser does: both are held against static/embed/attributes.js.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ATTRIBUTES, object, parse, seconds } from "../../static/embed/attributes.js";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

test("docs/embedding.md has a row for each attribute, as the parser's table says it", () => {
  const lines = [...read("static/embed/attributes.js").matchAll(/^ {2}"?([a-z-]+)"?: \[.*\], \/\/ (.*)$/gm)];
  assert.deepEqual(lines.map(([, name]) => name), Object.keys(ATTRIBUTES));
  const rows = lines.map(([, name, words]) => {
    const [usual, type] = ATTRIBUTES[name];
    const shown = usual === false || usual === "" ? "" : `\`${usual}\``;
    return `| \`${name}\` | ${type.replaceAll("|", " \\| ")} | ${shown} | ${words} |`;
  });
  const table = /\n\| attribute \|.*\n\|.*\n((?:\|.*\n)+)/.exec(read("docs/embedding.md"))[1].trim().split("\n");
  assert.deepEqual(table, rows);
});

test("values are read by their type, and what cannot be is the default", () => {
  const warn = console.warn;
  let warned = 0;
  console.warn = () => warned++;
  const cases = [
    ["loading", "click", "click"], ["loading", "later", "lazy"], ["speed", "4", 4], ["speed", "-1", 1], ["speed", "NaN", 1],
    ["speed", "", 1], ["seed", "7", 7], ["seed", "1e400", 1], ["autoplay", "", true], ["autoplay", "false", false],
    ["start-at", "1m30s", 90], ["start-at", "300ms", 0.3], ["start-at", "2 weeks", 0], ["start-at", "9e9", 0],
    ["loop", "", true], ["loop", "20s", 20], ["loop", "x", ""], ["focus", "sts/db", "StatefulSet/db"],
    ["focus", "script/<b>", ""], ["focus", "deploy/", ""], ["theme", "javascript:alert(1)", "auto"], ["src", null, ""],
  ];
  for (const [name, text, value] of cases) assert.deepEqual(parse(name, text), value, `${name}=${text}`);
  console.warn = warn;
  assert.equal(warned, 11);
  assert.equal(seconds("1h"), 3600);
  assert.deepEqual(object("Deployment/web"), ["Deployment", "web"]);
  for (const [text, kind] of [["cj/a", "CronJob"], ["cronjob/a", "CronJob"], ["NO/a", "Node"], ["constructor/a"], ["set/a"], ["deploy/A"], ["deploy Deployment/a"]])
    assert.equal(object(text)?.[0], kind, text);
});

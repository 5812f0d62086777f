// Attributes are read as the parser's table says, and the documentation has that table.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inserted, table } from "../../npm/attributes.mjs";
import { ATTRIBUTES, object, parse, seconds } from "../../static/embed/attributes.js";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

test("docs/embedding.md has the table that is made of the parser's own", () => {
  const source = read("static/embed/attributes.js");
  const rows = table(source).trimEnd().split("\n");
  assert.equal(rows.length, Object.keys(ATTRIBUTES).length + 2);
  assert.equal(rows[4], "| `loading` | lazy \\| click \\| eager | `lazy` | When the simulator is loaded: near the viewport, when the reader asks for it, or at once. |");
  const docs = read("docs/embedding.md");
  assert.equal(docs, inserted(docs, table(source)), "docs/embedding.md is not what `cargo xtask attributes` makes");
  assert.throws(() => table(source.replace(/ \/\/ Seeds all chance.*/, "")), /seed/, "an attribute without words");
  assert.notEqual(docs, inserted(docs, table(source.replace("Seeds all chance", "Seeds much"))));
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

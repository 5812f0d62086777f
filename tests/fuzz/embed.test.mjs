// A short run of the fuzzer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chance, hash, run } from "./embed.mjs";

test("no hash, attribute or message of many breaks a rule", async () => {
  const count = await run(3, 2026);
  assert.ok(count > 100, `${count}`);
});

test("the same seed gives the same numbers", () => {
  const [a, b, c] = [7, 7, 8].map((seed) => Array.from({ length: 5 }, ((random) => () => random.below(1e9))(chance(seed))));
  assert.deepEqual(a, b);
  assert.notDeepEqual(a, c);
});

test("a link that claims to be small is not unpacked without end", async () => {
  const word = await window.podscopePack("a".repeat(5e6));
  assert.ok(word.length < 10_000);
  await assert.rejects(window.podscopeUnpack(word), /too much/);
  await hash(`#packed=${word}`);
});

test("no hash takes long, however it repeats itself", async () => {
  const long = 400_000;
  const parts = ["1", "1m", " ", "a-", "a/", "kind ", "kind: ", "%", "%41", "+", "&", "=", "https://a ", "[", "(", "\\"];
  const heads = ["start-at=", "loop=", "speed=", "focus=deploy/", "height=", "theme=", "src=", "parents=", "yaml=", "packed=", "zoom&", ""];
  let slowest = [0];
  const warn = console.warn;
  console.warn = () => {};
  for (const head of heads) {
    for (const part of parts) {
      const begun = performance.now();
      await hash(`#${head}${part.repeat(long / part.length)}x`);
      const took = performance.now() - begun;
      if (took > slowest[0]) slowest = [took, head, part];
    }
  }
  console.warn = warn;
  assert.ok(slowest[0] < 3000, `${slowest}`);
});

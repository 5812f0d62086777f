// The shapes of the legend, which are those of the stage, beside the pictures of them that are kept in `shapes/`.
// `SHAPES=write node --test shapes.test.mjs` takes the pictures anew.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { site } from "./helper.mjs";

const built = site();

const kept = fileURLToPath(new URL("shapes/", import.meta.url));
/** How much of a shape may differ, and from which difference of a colour's part on, as edges are smoothed in other ways. */
const SHARE = 0.03;
const DIFFERENCE = 64;

/** The share of points in which two pictures differ. */
const differing = (page, pictures) => page.evaluate(async ([pictures, difference]) => {
  const points = async (picture) => {
    const image = new Image();
    image.src = `data:image/png;base64,${picture}`;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, image.width, image.height);
  };
  const [a, b] = [await points(pictures[0]), await points(pictures[1])];
  if (a.width !== b.width || a.height !== b.height) return 1;
  let count = 0;
  for (let at = 0; at < a.data.length; at += 4) {
    count += [0, 1, 2].some((part) => Math.abs(a.data[at + part] - b.data[at + part]) > difference);
  }
  return count / (a.data.length / 4);
}, [pictures, DIFFERENCE]);

for (const colorScheme of ["light", "dark"]) {
  test(`shapes look as they did, ${colorScheme}`, async () => {
    const { page } = await built.open({ reducedMotion: "reduce", colorScheme, deviceScaleFactor: 2 });
    await page.getByText("Legend", { exact: true }).click({ timeout: 60_000 });
    const shapes = page.locator(".legend li svg");
    const names = await page.locator(".legend li").allTextContents();
    assert.equal(await shapes.count(), names.length);
    assert.equal(names.length, 13);
    const taken = [];
    for (const [at, name] of names.entries()) {
      const file = `${kept}${colorScheme}-${name.toLowerCase().replace(/\W+/g, "-")}.png`;
      const picture = await shapes.nth(at).screenshot({ animations: "disabled" });
      taken.push(picture.toString("base64"));
      if (process.env.SHAPES === "write") {
        mkdirSync(kept, { recursive: true });
        writeFileSync(file, picture);
      }
      const share = await differing(page, [readFileSync(file).toString("base64"), taken[at]]);
      assert.ok(share <= SHARE, `${name}: ${(share * 100).toFixed(1)} % of it differs`);
    }
    // And no two of them look alike, but for those that are the same shape.
    for (const [at, name] of names.entries()) {
      for (let other = at + 1; other < names.length; other++) {
        const same = name.startsWith("Ready") && names[other].startsWith("Round");
        const share = await differing(page, [taken[at], taken[other]]);
        assert.ok(same || share > SHARE, `${name} looks like ${names[other]}: ${(share * 100).toFixed(1)} % differs`);
      }
    }
    await page.close();
  });
}

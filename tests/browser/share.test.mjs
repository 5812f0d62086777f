// A run that is too long for a link is given as a file, which opens as the same run.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { SHOP, editing, manifest, site, write } from "./helper.mjs";

const built = site();
const READY = { timeout: 30_000 };

/** Text that cannot be made shorter: a comment of so many hexadecimal digits. */
function noise(digits) {
  let state = 1;
  const next = () => (state = (state * 48271) % 2147483647) % 16;
  const line = () => `# ${Array.from({ length: 80 }, () => next().toString(16)).join("")}\n`;
  return Array.from({ length: digits / 80 }, line).join("");
}

test("a run of more than 8 kB is offered as a file, which shows the same run to somebody else", async () => {
  const { page, trouble } = await built.open({ reducedMotion: "reduce", permissions: ["clipboard-read", "clipboard-write"] });
  const share = page.getByRole("button", { name: "Share", exact: true });
  await write(page, SHOP);
  await page.getByRole("button", { name: "Apply" }).click();
  await share.click();
  await page.waitForFunction(() => location.hash.startsWith("#v1."));
  assert.ok((await page.evaluate(() => location.hash)).length < 8000);
  const text = `${noise(24_000)}${SHOP}`;
  await write(page, text);
  await page.keyboard.press("Escape");
  for (let second = 0; second < 5; second++) await page.getByRole("button", { name: "Step one event" }).click();
  const [saved] = await Promise.all([page.waitForEvent("download"), share.click()]);
  assert.equal(saved.suggestedFilename(), "podscope-run.json");
  await page.getByText("Too long for a link: saved as a file").waitFor();
  const clock = await page.locator(".clock").textContent();
  const run = JSON.parse(await readFile(await saved.path(), "utf8"));
  assert.equal(run.podscope, 1);
  assert.equal(run.yaml, text);

  const other = await built.open({ reducedMotion: "reduce" });
  await editing(other.page);
  await other.page.locator('input[type="file"]').first().setInputFiles({
    name: "podscope-run.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(run)),
  });
  await other.page.waitForFunction((clock) => document.querySelector(".clock")?.textContent === clock, clock, READY);
  await other.page.getByRole("button", { name: /^Deployment shop,/ }).waitFor(READY);
  await editing(other.page);
  assert.equal(await manifest(other.page), text);
  assert.deepEqual([...trouble, ...other.trouble], []);
  await page.context().close();
  await other.page.context().close();
});

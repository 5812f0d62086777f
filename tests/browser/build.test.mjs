// The cards and the palette on the built page: each change is a request, and its command is shown.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site, violations } from "./helper.mjs";

const built = site();

const READY = { timeout: 30_000 };
const log = (page) => page.getByRole("log", { name: "Output of kubectl" });

test("fields of a card are patched, refusals are told, objects are added and deleted", async () => {
  const { page, trouble } = await built.open();
  await page.getByRole("button", { name: /^More replicas of web/ }).waitFor(READY);
  for (const summary of await page.getByText("more fields").all()) await summary.click();
  const seconds = page.getByLabel("minReadySeconds of web");
  await seconds.fill("5");
  await seconds.press("Enter");
  await log(page).getByText(`kubectl patch deployment/web -p '{"spec":{"minReadySeconds":5}}'`).waitFor();
  // The field is still the same, and has the focus.
  assert.equal(await seconds.evaluate((field) => field === document.activeElement), true);
  await seconds.fill("-5");
  await seconds.press("Enter");
  await page.getByRole("alert").getByText(/spec.minReadySeconds: Invalid value: -5/).waitFor();
  // What was refused is not shown as if it were so.
  await page.waitForFunction(() => document.querySelector('[aria-label="minReadySeconds of web"]').value === "5");
  await page.getByLabel("type of web", { exact: true }).first().selectOption("Recreate");
  await log(page).getByText(/"type":"Recreate","rollingUpdate":null/).waitFor();
  await page.getByLabel("maxSurge of web").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "+ Deployment" }).click();
  await page.getByRole("button", { name: "More replicas of web-2" }).or(page.getByRole("button", { name: /^More replicas of web-2/ })).first().waitFor(READY);
  await log(page).getByText("deployment.apps/web-2 created").waitFor();
  assert.deepEqual(await violations(page), []);
  await page.getByRole("button", { name: "Delete Deployment web-2" }).click();
  await log(page).getByText('deployment.apps "web-2" deleted from default namespace').waitFor();
  await page.getByRole("button", { name: /^More replicas of web-2/ }).waitFor({ state: "detached", ...READY });
  assert.deepEqual(trouble, []);
  await page.close();
});

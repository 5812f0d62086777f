// What helps whoever writes a manifest: words that may come next, what a field is for, and its layout.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { editing, manifest, site, violations, write } from "./helper.mjs";

const built = site();

const READY = { timeout: 60_000 };
const BEGUN = `# mine
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
`;
const option = (page, name) => page.getByRole("option", { name });
const picture = async (page, name) => process.env.PICTURES && page.screenshot({ path: `${process.env.PICTURES}/${name}.png` });

test("what may be written is offered with what it is for, and brings what its value needs", async () => {
  const { page, trouble } = await built.open({ reducedMotion: "reduce" });
  const asked = [];
  page.on("request", (r) => asked.push(r.url()));
  await write(page, BEGUN);
  assert.deepEqual(asked.filter((url) => url.includes("/console/")), [], "a paste asks for nothing");
  await page.keyboard.type("  re");
  await option(page, /^replicas/).waitFor(READY);
  assert.equal(asked.filter((url) => url.endsWith(".wasm")).length, 1, "kubectl's module answers, and was loaded for it");
  await page.getByText("How many pods there should be.").waitFor(READY);
  assert.equal(await option(page, /^apiVersion/).count(), 0, "only what belongs here");
  await picture(page, "complete");
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press("Enter");
  await page.keyboard.type("3\nstrat");
  // Each choice offers what has to follow it.
  await option(page, /^strategy/).click(READY);
  await option(page, /^type/).click(READY);
  await option(page, /^RollingUpdate/).waitFor(READY);
  await option(page, /^Recreate/).click();
  assert.equal(await manifest(page), `${BEGUN}  replicas: 3\n  strategy:\n    type: Recreate`);
  // What is there is not offered again; asked for, the rest is.
  await page.keyboard.type("\n");
  await page.keyboard.press("Control+Space");
  await option(page, /^rollingUpdate/).waitFor(READY);
  assert.equal(await option(page, /^type/).count(), 0);
  await page.keyboard.press("Escape");
  assert.deepEqual(trouble, []);
  await page.close();
});

test("without the module that knows the schema one writes as well", async () => {
  const { page } = await built.open({ reducedMotion: "reduce" });
  await page.route("**/console/**", (route) => route.abort());
  await write(page, BEGUN);
  const failed = page.waitForEvent("requestfailed", (r) => r.url().includes("/console/"));
  await page.keyboard.type("  replicas: 3");
  await failed;
  assert.equal(await manifest(page), `${BEGUN}  replicas: 3`);
  await page.getByRole("button", { name: "Format" }).click();
  await page.getByText("What does this could not be loaded.").waitFor(READY);
  // Tried again, it is there.
  await page.unroute("**/console/**");
  await page.close();
});

test("what a field is for is said where it is pointed at", async () => {
  const { page, trouble } = await built.open({ reducedMotion: "reduce" });
  await write(page, `${BEGUN}  minReadySeconds: 5\n`);
  await page.locator(".cm-line span", { hasText: "minReadySeconds" }).hover();
  const about = page.locator(".cm-tooltip .about");
  await about.getByText("spec.minReadySeconds").waitFor(READY);
  await about.getByText("How many seconds a pod has to be Ready before it counts as available.").waitFor();
  await picture(page, "hover");
  assert.deepEqual(trouble, []);
  await page.close();
});

test("a layout keeps comments and the cursor's line, and is undone as what is typed is", async () => {
  const { page, trouble } = await built.open({ reducedMotion: "reduce" });
  const loose = "# mine\nkind: A   \nspec:\n    # how many\n    n: 1\n    list:\n        -   a: 1 # one\n            b: 2\n";
  await write(page, loose);
  await page.keyboard.press("ControlOrMeta+Home");
  for (let line = 1; line < 5; line++) await page.keyboard.press("ArrowDown");
  const format = page.getByRole("button", { name: "Format" });
  await format.click();
  await page.getByText("Laid out.").waitFor(READY);
  assert.equal(await manifest(page), "# mine\nkind: A\nspec:\n  # how many\n  n: 1\n  list:\n    - a: 1 # one\n      b: 2\n");
  await format.click();
  await page.getByText("It is laid out already.").waitFor(READY);
  await page.getByRole("textbox", { name: "Manifest" }).focus();
  await page.keyboard.press("End");
  await page.keyboard.type("0");
  assert.match(await manifest(page), /^ {2}n: 10$/m);
  await page.keyboard.press("ControlOrMeta+z");
  await page.keyboard.press("ControlOrMeta+z");
  assert.equal(await manifest(page), loose);
  // It is kept as what is typed is.
  await page.reload();
  await editing(page);
  assert.equal(await manifest(page), loose);
  await write(page, "kind: [");
  await format.click();
  await page.getByText("Not YAML yet: it stays as it is.").waitFor(READY);
  assert.equal(await manifest(page), "kind: [");
  assert.deepEqual(trouble, []);
  await page.close();
});

test("a kustomize folder has a file for each object, with its comments", async () => {
  const { page, trouble } = await built.open({ reducedMotion: "reduce" });
  const service = "# first\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n";
  await write(page, `${service}---\n${BEGUN}---\n${BEGUN}`);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Kustomize" }).click();
  const file = await download;
  assert.equal(file.suggestedFilename(), "podscope.tar");
  const path = await file.path();
  const tar = (...args) => execFileSync("tar", [...args], { encoding: "utf8" });
  const names = ["kustomization.yaml", "service-web.yaml", "deployment-web.yaml", "deployment-web-3.yaml"];
  assert.deepEqual(tar("-tf", path).trim().split("\n"), names.map((name) => `podscope/${name}`));
  assert.equal(tar("-xOf", path, "podscope/kustomization.yaml"),
    `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n${names.slice(1).map((name) => `  - ${name}\n`).join("")}`);
  assert.equal(tar("-xOf", path, "podscope/service-web.yaml"), service);
  assert.equal(tar("-xOf", path, "podscope/deployment-web.yaml"), BEGUN);
  assert.deepEqual(trouble, []);
  await page.close();
});

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing beside an open list, ${colorScheme}, 360 px`, async () => {
    const { page } = await built.open({ viewport: { width: 360, height: 800 }, colorScheme, reducedMotion: "reduce" });
    await write(page, BEGUN);
    await page.keyboard.type("  re");
    await option(page, /^replicas/).waitFor(READY);
    await picture(page, `writing-${colorScheme}-360`);
    assert.deepEqual(await violations(page), []);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
    await page.close();
  });
}

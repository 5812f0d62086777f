// How the stage is looked at: nearer, elsewhere, one workload alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site, violations } from "./helper.mjs";

const READY = { timeout: 30_000 };

const built = site();

/** The page with its tools, at rest, with all of the example's pods. */
async function ready(options = {}) {
  const { page, trouble } = await built.open(options);
  await page.getByLabel("Speed").selectOption("16");
  if (options.reducedMotion) await page.getByRole("button", { name: "Play" }).click();
  await page.getByRole("button", { name: /^db-2, Running, Ready/ }).waitFor(READY);
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("toolbar", { name: "View" }).waitFor(READY);
  return { page, trouble };
}

/** How wide the drawing is, as a share of the stage. */
const zoom = (page) => page.evaluate(() => {
  const stage = document.querySelector(".stage");
  return stage.querySelector(":scope > svg").getBoundingClientRect().width / stage.clientWidth;
});

/** Waits until the drawing is so wide. */
const zoomed = (page, least, most) => page.waitForFunction(([least, most]) => {
  const stage = document.querySelector(".stage");
  const share = stage.querySelector(":scope > svg").getBoundingClientRect().width / stage.clientWidth;
  return share >= least - 0.01 && share <= most + 0.01;
}, [least, most], READY);

const scrolled = (page) => page.evaluate(() => {
  const { scrollLeft, scrollTop } = document.querySelector(".stage");
  return [scrollLeft, scrollTop];
});

/** The middle of a shape, in the window. */
const middle = async (locator) => {
  const box = await locator.boundingBox();
  return [box.x + box.width / 2, box.y + box.height / 2];
};

const WORKLOADS = (page, expected) => page.waitForFunction((expected) => {
  const titles = [...document.querySelectorAll(".stage .labels .title")].map((t) => t.textContent);
  return titles.join(" ") === expected;
}, expected, READY);

test("the stage is zoomed by buttons, by keys and by the wheel, at the pointer", async () => {
  const { page, trouble } = await ready();
  const tools = page.getByRole("toolbar", { name: "View" });
  assert.ok(Math.abs((await zoom(page)) - 1) < 0.01);
  await tools.getByRole("button", { name: "Zoom in" }).click();
  await zoomed(page, 1.3, 1.3);
  await tools.getByText("130 %").waitFor();
  await page.locator(".stage").first().focus();
  await page.keyboard.press("+");
  await zoomed(page, 1.69, 1.69);
  await page.keyboard.press("-");
  await zoomed(page, 1.3, 1.3);
  // What is under the pointer stays there.
  const pod = page.locator('.stage [role=button][aria-label^="db-1,"] .body');
  const before = await middle(pod);
  await page.mouse.move(...before);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -100);
  await page.keyboard.up("Control");
  await zoomed(page, 1.8, 2.2);
  const after = await middle(pod);
  assert.ok(Math.hypot(after[0] - before[0], after[1] - before[1]) < 4, `${before} became ${after}`);
  assert.deepEqual(await violations(page), []);
  // All of it, also after more came; and as it was.
  await page.locator(".stage").first().focus();
  await page.keyboard.press("0");
  await zoomed(page, 0.2, 1);
  await page.waitForFunction(() => {
    const stage = document.querySelector(".stage");
    return stage.scrollWidth <= stage.clientWidth && stage.scrollHeight <= stage.clientHeight;
  }, null, READY);
  const clock = await page.locator(".clock").textContent();
  await page.keyboard.press("1");
  await zoomed(page, 1, 1);
  assert.equal(await page.locator(".clock").textContent(), clock, "time went on");
  assert.deepEqual(trouble, []);
  await page.close();
});

test("what is kept in sight stays in sight while the cluster grows", async () => {
  const { page, trouble } = await ready();
  await page.getByRole("button", { name: "Fit everything" }).click();
  const line = page.getByRole("textbox", { name: "kubectl command" });
  await line.fill("scale deploy/web --replicas=90");
  await line.press("Enter");
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await page.waitForFunction(() => {
    const stage = document.querySelector(".stage");
    return stage.querySelectorAll(".pod").length > 90 && stage.scrollHeight <= stage.clientHeight;
  }, null, READY);
  assert.ok((await zoom(page)) < 1);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("a drag moves the drawing and chooses nothing; arrows move it where the stage has the focus, else time", async () => {
  const { page, trouble } = await ready({ reducedMotion: "reduce" });
  await page.getByRole("button", { name: "Zoom in" }).click();
  await page.getByRole("button", { name: "Zoom in" }).click();
  // Without motion the zoom is there at once.
  assert.ok(Math.abs((await zoom(page)) - 1.69) < 0.01);
  const pod = page.locator('.stage [role=button][aria-label^="db-0,"] .body');
  const [x, y] = await middle(pod);
  const from = await scrolled(page);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x - 40, y - 20, { steps: 4 });
  await page.mouse.up();
  assert.deepEqual(await scrolled(page), [from[0] + 40, from[1] + 20]);
  assert.equal(await page.locator('.stage [aria-pressed="true"]').count(), 0);
  await pod.click();
  await page.locator('.stage [aria-pressed="true"]').waitFor();
  const clock = await page.locator(".clock").textContent();
  await page.locator(".stage").first().focus();
  await page.keyboard.press("ArrowLeft");
  assert.equal((await scrolled(page))[0], from[0] - 20);
  assert.equal(await page.locator(".clock").textContent(), clock);
  await pod.locator("xpath=..").focus();
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction((was) => document.querySelector(".clock").textContent !== was, clock, READY);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("two fingers zoom", async () => {
  const { page, trouble } = await ready({ viewport: { width: 360, height: 740 }, hasTouch: true });
  await page.evaluate(() => {
    const stage = document.querySelector(".stage");
    const box = stage.getBoundingClientRect();
    const [x, y] = [box.left + 150, box.top + 100];
    const send = (type, apart) => {
      const touches = [-1, 1].map((side, identifier) => new Touch({ identifier, target: stage, clientX: x + side * apart, clientY: y }));
      const event = new TouchEvent(type, { touches, bubbles: true, cancelable: true });
      stage.dispatchEvent(event);
      return event.defaultPrevented;
    };
    send("touchstart", 40);
    if (!send("touchmove", 80)) throw new Error("the browser would have zoomed the page");
    send("touchend", 80);
  });
  await zoomed(page, 2, 2);
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("at 360 px nothing lies over the pods of the first workload, and one button has the tools", async () => {
  const { page, trouble } = await ready({ viewport: { width: 360, height: 780 }, hasTouch: true });
  const stage = await page.locator(".stage").boundingBox();
  const fold = page.getByRole("button", { name: "Zoom and pictures" });
  const box = await fold.boundingBox();
  assert.ok(box.y + box.height <= stage.y + 1, "the button is beside the stage");
  const card = await page.locator(".stage .frame .card").first().boundingBox();
  assert.ok(card.y + card.height <= stage.y + stage.height, "all of the first workload is in sight");
  assert.equal(await page.getByRole("button", { name: "Zoom in" }).isVisible(), false);
  await fold.tap();
  await page.getByRole("button", { name: "Zoom in" }).tap();
  await zoomed(page, 1.3, 1.3);
  await page.getByText("Picture").tap();
  await page.getByRole("button", { name: "PNG" }).waitFor(READY);
  assert.deepEqual(await violations(page), []);
  await fold.tap();
  await page.getByRole("button", { name: "Zoom in" }).waitFor({ state: "hidden", ...READY });
  assert.deepEqual(trouble, []);
  await page.close();
});

test("one workload is shown alone by double click, by key and by button", async () => {
  const { page, trouble } = await ready();
  await WORKLOADS(page, "web db");
  await page.locator('.stage [role=button][aria-label^="db-1,"] .body').dblclick();
  await WORKLOADS(page, "db");
  assert.equal(await page.locator('.stage .pod [aria-label^="web-"]').count(), 0);
  await page.getByRole("button", { name: /^StatefulSet db,/ }).focus();
  await page.keyboard.press("f");
  await WORKLOADS(page, "web db");
  await page.keyboard.press("f");
  await WORKLOADS(page, "db");
  await page.getByRole("button", { name: "Focus on one workload" }).click();
  await WORKLOADS(page, "web db");
  // Of what is chosen.
  await page.getByRole("button", { name: /^web-.*Ready/ }).first().click();
  await page.getByRole("button", { name: "Focus on one workload" }).click();
  await WORKLOADS(page, "web");
  await page.getByRole("button", { name: "Focus on one workload" }).click();
  // On nodes there are no frames.
  await page.getByRole("button", { name: "By node" }).click();
  await page.locator(".node.open").first().waitFor();
  await page.locator('.stage [role=button][aria-label^="db-2,"]').focus();
  await page.keyboard.press("f");
  await page.waitForFunction(() => !document.querySelector('.stage .pod [aria-label^="web-"]'), null, READY);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("a minimap shows where one is among very many pods, and leads elsewhere", async () => {
  const { page, trouble } = await ready();
  const map = page.locator(".minimap");
  assert.equal(await map.isVisible(), false);
  const line = page.getByRole("textbox", { name: "kubectl command" });
  await line.fill("scale deploy/web --replicas=150");
  await line.press("Enter");
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await page.getByRole("button", { name: "Zoom in" }).click();
  await map.waitFor(READY);
  // The frame is where the stage is.
  const box = await map.boundingBox();
  await page.mouse.click(box.x + box.width - 4, box.y + box.height - 4);
  await page.waitForFunction(() => {
    const stage = document.querySelector(".stage");
    return stage.scrollTop + stage.clientHeight >= stage.scrollHeight - 50 && stage.scrollLeft > 0;
  }, null, READY);
  await page.waitForFunction(() => {
    const [map, frame] = [".minimap", ".minimap i"].map((s) => document.querySelector(s).getBoundingClientRect());
    return frame.bottom > map.bottom - 8 && frame.right > map.right - 8 && frame.top > map.top + 8;
  }, null, READY);
  // Where everything is in sight it would say nothing.
  await page.getByRole("button", { name: "Fit everything" }).click();
  await map.waitFor({ state: "hidden", ...READY });
  assert.deepEqual(trouble, []);
  await page.close();
});

test("an embed has the tools of the stage when its page asks for them, and loads nothing of them otherwise", async () => {
  for (const zoom of ["zoom", ""]) {
    const page = await built.browser.newPage();
    const loaded = [];
    page.on("request", (request) => loaded.push(new URL(request.url()).pathname));
    await page.route("**/of-somebody.html", (route) => route.fulfill({ contentType: "text/html", body: `<!doctype html><html lang="en">
<title>Docs</title><script type="module" src="podscope.js"></script>
<main><h1>A page</h1>
<pod-scope ${zoom} height="420">
  apiVersion: v1
  kind: Pod
  metadata: {name: alone}
  spec: {containers: [{name: c, image: nginx}]}
</pod-scope></main></html>` }));
    await page.goto(`${built.address}of-somebody.html`);
    await page.getByRole("button", { name: /^alone/ }).waitFor(READY);
    if (zoom) {
      const tools = page.getByRole("toolbar", { name: "View" });
      await tools.getByRole("button", { name: "Zoom in" }).click();
      await tools.getByText("130 %").waitFor(READY);
      // The buttons are where the stage is, not over what stands below it.
      const box = await tools.boundingBox();
      const bar = await page.locator(".playbar").boundingBox();
      assert.ok(box.y + box.height < bar.y && box.height > 20);
      assert.deepEqual(await violations(page), []);
    } else {
      assert.deepEqual(loaded.filter((path) => path.startsWith("/stage")), []);
    }
    await page.close();
  }
});

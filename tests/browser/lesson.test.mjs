// Lessons: the gallery, a chapter beside the stage, predictions, what the reader does, and what is kept.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site, violations } from "./helper.mjs";

const READY = { timeout: 60_000 };

const built = site();

const panel = (page) => page.getByRole("region", { name: "Lessons", exact: true });
const go = (page) => page.locator(".lesson .go");
/** The button that goes on, once it says that. */
const goes = (page, label) => page.locator(".lesson .go[aria-disabled=false]", { hasText: label });
const finished = (page, text) => panel(page).locator(".finished", { hasText: text });

async function gallery(options) {
  const opened = await built.open(options);
  await opened.page.getByRole("button", { name: "Lessons", exact: true }).click();
  await opened.page.getByRole("button", { name: "Ordered creation" }).waitFor(READY);
  return opened;
}

async function lesson(name, options = {}) {
  const opened = await gallery(options);
  await opened.page.getByRole("button", { name, exact: true }).click();
  await opened.page.getByText(/^Chapter 1 of/).waitFor(READY);
  return opened;
}

/** Presses the button that goes on until it says something else: it may say so before or after. */
async function press(page, label) {
  await goes(page, label).waitFor(READY);
  await goes(page, label).click();
}

async function type(page, command) {
  await page.getByRole("textbox", { name: "kubectl command" }).fill(command);
  await page.getByRole("textbox", { name: "kubectl command" }).press("Enter");
}

/** Plays the first two chapters of *Identity*. */
async function untilOwnTurn(page, choice) {
  await press(page, "Apply the manifest");
  await press(page, "Next chapter");
  await page.locator(".predict button", { hasText: choice }).first().click();
  await press(page, /Run/);
}

test("the gallery has all lessons, each with a picture; the address opens one", async () => {
  const { page, trouble } = await gallery();
  assert.equal(await page.locator(".lesson-card").count(), 22);
  assert.equal(await page.locator(".lesson-card .thumbnail").count(), 22);
  // Pictures move while their card is pointed at.
  const picture = page.locator(".lesson-card", { hasText: "Ordered creation" }).locator(".thumbnail");
  const still = await picture.innerHTML();
  await page.getByRole("button", { name: "Ordered creation", exact: true }).hover();
  await page.waitForFunction(([picture, still]) => picture.innerHTML !== still, [await picture.elementHandle(), still]);
  await page.goto(`${built.address}#lesson=03-ordered-creation`);
  await page.reload();
  await page.getByRole("heading", { name: "Ordered creation" }).waitFor(READY);
  await page.getByRole("button", { name: "All lessons" }).click();
  await page.getByRole("button", { name: "Parallel" }).click();
  await page.getByRole("heading", { name: "Parallel" }).waitFor(READY);
  assert.match(page.url(), /#lesson=05-parallel$/);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("a whole lesson by keyboard alone", async () => {
  const { page, trouble } = await built.open();
  await page.getByRole("button", { name: "Lessons", exact: true }).waitFor(READY);
  /** Goes on with Tab until what has the focus is this. */
  const tab = async (selector, text) => {
    for (let i = 0; i < 150; i++) {
      const there = await page.evaluate(([selector, text]) => {
        const at = document.activeElement;
        return !!at?.matches(selector) && at.textContent.includes(text);
      }, [selector, text]);
      if (there) return;
      await page.keyboard.press("Tab");
    }
    assert.fail(`${selector} ${text} is not reached by Tab`);
  };
  const enter = () => page.keyboard.press("Enter");
  await tab("[data-tab]", "Lessons");
  await enter();
  await page.getByRole("button", { name: "Identity: delete db-1" }).waitFor(READY);
  await tab(".open-lesson", "Identity: delete db-1");
  await enter();
  await goes(page, "Apply the manifest").waitFor(READY);
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "H3", "a chapter's title has the focus");
  await tab(".go", "Apply the manifest");
  await enter();
  await goes(page, "Next chapter").waitFor(READY);
  await tab(".go", "Next chapter");
  await page.keyboard.press("Space");
  await page.locator(".predict").waitFor(READY);
  await tab(".predict button", "");
  await enter();
  await goes(page, /Run/).waitFor(READY);
  await tab(".go", "Run");
  await enter();
  await page.locator(".predict .right").waitFor(READY);
  await goes(page, "Next chapter").waitFor(READY);
  await tab(".go", "Next chapter");
  await enter();
  await page.locator(".task").waitFor(READY);
  await tab(".task button", "Show me");
  await enter();
  await finished(page, "Lesson finished.").waitFor(READY);
  await tab(".go", "All lessons");
  await enter();
  await page.locator(".lesson-card.done", { hasText: "Identity" }).waitFor(READY);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("a wrong prediction is told apart once the outcome is seen, and not before", async () => {
  const { page, trouble } = await lesson("Identity: delete db-1");
  await press(page, "Apply the manifest");
  await press(page, "Next chapter");
  const buttons = page.locator(".predict button");
  await buttons.first().waitFor(READY);
  assert.equal(await go(page).getAttribute("aria-disabled"), "true", "nothing is run before a choice");
  const wrong = await page.evaluate(async () => {
    const text = await (await fetch("scenarios/02-identity.md")).text();
    return text.match(/^- \[ \] (.*)$/m)[1];
  });
  await buttons.filter({ hasText: wrong.replaceAll("`", "") }).first().click();
  assert.equal(await page.locator(".predict .right, .predict .wrong").count(), 0);
  await press(page, /Run/);
  await page.locator(".predict .wrong").waitFor(READY);
  await page.locator(".predict .right").waitFor(READY);
  await page.locator(".outcome-text", { hasText: "Not quite." }).waitFor(READY);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("what the reader does counts, whichever way: by a card, by kubectl", async () => {
  for (const way of ["card", "kubectl"]) {
    const { page, trouble } = await lesson("Stateless and stateful side by side");
    await press(page, "Apply the manifest");
    await press(page, "Next chapter");
    await page.locator(".predict button").first().click();
    await press(page, /Run/);
    await press(page, "Next chapter");
    await page.locator(".task").waitFor(READY);
    if (way === "card") {
      await page.getByRole("button", { name: "Build", exact: true }).click();
      for (const name of ["web", "db"]) {
        const card = page.locator(".card", { has: page.getByRole("button", { name, exact: true }) }).filter({ has: page.locator(".stepper") });
        await card.locator(".stepper input").fill("5");
        await card.locator(".stepper input").press("Enter");
      }
      await page.getByRole("button", { name: "Lessons", exact: true }).click();
    } else {
      await type(page, "kubectl patch deploy web -p '{\"spec\":{\"replicas\":5}}'");
      await type(page, "kubectl scale sts/db --replicas 5");
    }
    await finished(page, "Lesson finished.").waitFor(READY);
    assert.deepEqual(trouble, []);
    await page.close();
  }
});

test("progress is there after a reload, and a lesson goes on at its next chapter", async () => {
  const { page, trouble } = await lesson("Identity: delete db-1");
  await press(page, "Apply the manifest");
  await finished(page, "Chapter finished.").waitFor(READY);
  await page.getByRole("button", { name: "All lessons" }).click();
  await page.reload();
  await page.getByRole("button", { name: "Lessons", exact: true }).click();
  await page.getByText("1 of 3 chapters").waitFor(READY);
  await page.getByRole("button", { name: /go on at chapter 2/ }).click();
  await page.getByText("Chapter 2 of 3").waitFor(READY);
  await page.locator(".predict button").first().waitFor(READY);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("without storage a lesson plays, and says that nothing is kept", async () => {
  const { page, trouble } = await gallery();
  await page.evaluate(() => {
    Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };
  });
  await page.getByRole("button", { name: "Identity: delete db-1", exact: true }).click();
  await press(page, "Apply the manifest");
  await finished(page, "keeps no progress").waitFor(READY);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("axe finds nothing, in both themes, wide and at 360 px", async () => {
  for (const colorScheme of ["light", "dark"]) {
    for (const viewport of [{ width: 1440, height: 900 }, { width: 360, height: 740 }]) {
      const { page, trouble } = await gallery({ colorScheme, viewport });
      assert.deepEqual(await violations(page), []);
      await page.getByRole("button", { name: "Identity: delete db-1", exact: true }).click();
      await untilOwnTurn(page, "");
      await page.locator(".predict .right").waitFor(READY);
      assert.deepEqual(await violations(page), []);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
      assert.ok(wide, "nothing is wider than the page");
      if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/lesson-${colorScheme}-${viewport.width}.png` });
      await page.getByRole("button", { name: "All lessons" }).click();
      if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/gallery-${colorScheme}-${viewport.width}.png` });
      assert.deepEqual(trouble, []);
      await page.close();
    }
  }
});

test("pods of a set without a database come up, and the notes about them go", async () => {
  // A pod's first drawing was once put before a note that was gone by then.
  const { page, trouble } = await built.open();
  await page.goto(`${built.address}#lesson=07-nothing-is-copied`);
  await page.reload();
  await press(page, "Apply the manifest");
  await finished(page, "Chapter finished.").waitFor(READY);
  assert.deepEqual(trouble, []);
  await page.close();
});

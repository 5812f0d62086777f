// Each site that was built (`cargo xtask sites`), opened as a reader does: its clusters live, are scaled, follow the site's own
// theme, and are there again after its own navigation.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Browser, ENGINES } from "../browser/engines.mjs";
import { launch } from "../browser/helper.mjs";
import { serve } from "./serve.mjs";

/** Each site below a folder of its name, and which of them were built. */
const folder = process.env.PODSCOPE_SITES;
const built = process.env.PODSCOPE_SITE_NAMES?.split(" ") ?? [];
/** Where to leave pictures, if anywhere. */
const pictures = process.env.PODSCOPE_PICTURES;

/**
 * How a reader does things in each site. `light` and `dark`: what is clicked for that theme, by selector; `again`: for the
 * dark one once more, if that is something else. `soft`: whether links do without loading a page anew. `second`: where the second page is.
 */
const SITES = {
  plain: { dark: ["#theme"], light: ["#theme"], second: "database.html" },
  mdbook: {
    // Its list stays until it is sent away.
    dark: ["#mdbook-theme-toggle", "#mdbook-theme-navy", "#mdbook-theme-toggle"],
    light: ["#mdbook-theme-toggle", "#mdbook-theme-light", "#mdbook-theme-toggle"],
    second: "guide/database.html",
  },
  mkdocs: {
    dark: ["label[title=Dark]"], light: ["label[title=Light]"], second: "database/", soft: true,
  },
  // After light comes the reader's preference.
  sphinx: {
    dark: [".theme-toggle"], light: [".theme-toggle"], again: [".theme-toggle", ".theme-toggle"], second: "database.html",
  },
  hugo: { dark: ["#theme"], light: ["#theme"], second: "database/" },
  vitepress: { dark: [".VPSwitchAppearance"], light: [".VPSwitchAppearance"], second: "database.html", soft: true },
  docusaurus: { dark: ["button[title*=mode]"], light: ["button[title*=mode]"], second: "database", soft: true },
};
/** The one that is opened in the other engines too. */
const EVERYWHERE = "mdbook";

const LINKS = { there: "The database", back: "The web server" };
const ready = (name) => `[role=button][aria-label^="${name}-"][aria-label*="Running, Ready"]`;

let server, browser;
before(async () => {
  if (!folder) return;
  server = await serve(folder);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  server?.stop();
});

/** The theme of the first cluster. */
const theme = () => document.querySelector("pod-scope")?.shadowRoot?.querySelector(".ps-embed")?.dataset.theme;
/** Whether the page itself is light or dark: by the colour that lies behind its text. */
const page = () => {
  const behind = [document.querySelector("h1"), document.body, document.documentElement].flatMap((e) => {
    const all = [];
    for (let one = e; one; one = one.parentElement) all.push(getComputedStyle(one).backgroundColor);
    return all;
  });
  const seen = behind.map((c) => c.match(/[\d.]+/g).map(Number)).find(([, , , alpha = 1]) => alpha > 0.5) ?? [255, 255, 255];
  return seen[0] + seen[1] + seen[2] < 384 ? "dark" : "light";
};
/** How many elements there are, in whichever shadow. */
const count = (selector) => {
  const within = (part) => [...part.querySelectorAll(selector)].length +
    [...part.querySelectorAll("*")].reduce((sum, e) => sum + (e.shadowRoot ? within(e.shadowRoot) : 0), 0);
  return within(document);
};

for (const [name, site] of Object.entries(SITES)) {
  const skip = !built.includes(name) && "was not built";

  test(`${name}: its clusters live, are scaled, follow its theme and its links`, { skip }, async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const tab = await context.newPage();
    const trouble = [];
    tab.on("pageerror", (error) => trouble.push(error.message));
    tab.on("console", (m) => ["error", "warning"].includes(m.type()) && trouble.push(m.text()));
    tab.on("response", (r) => r.status() >= 400 && trouble.push(`${r.status()} ${r.url()}`));
    tab.on("request", (r) => r.url().startsWith(server.address) || /^(blob|data):/.test(r.url()) || trouble.push(`elsewhere: ${r.url()}`));
    const picture = async (what) => {
      if (!pictures) return;
      mkdirSync(pictures, { recursive: true });
      await tab.screenshot({ path: `${pictures}/${name}-${what}.png` });
    };
    const pods = (app, least) => tab.locator(ready(app)).nth(least - 1).waitFor({ timeout: 60_000 })
      .catch((error) => assert.fail([error.message, ...trouble].join("\n")));
    const click = (selector, text = "") => tab.locator(selector).filter({ visible: true, hasText: new RegExp(text, "i") }).first().click({ timeout: 30_000 });
    const themed = async (wanted, clicks = site[wanted]) => {
      for (const selector of clicks) await click(selector);
      await tab.waitForFunction(`(${theme})() === "${wanted}" && (${page})() === "${wanted}"`, undefined, { timeout: 30_000 })
        .catch(async () => assert.fail(`${wanted}: the cluster is ${await tab.evaluate(theme)}, the page ${await tab.evaluate(page)}`));
      await picture(wanted);
    };
    try {
      await tab.goto(`${server.address}${name}/`);
      await pods("web", 2);
      assert.equal(await tab.locator("pod-scope").count(), 1);
      await tab.getByRole("button", { name: "Scale web to 3" }).click({ timeout: 30_000 });
      await pods("web", 3);
      assert.equal(await tab.evaluate(theme), await tab.evaluate(page), "the theme at first");
      await themed("dark");
      await themed("light");
      await themed("dark", site.again);

      await tab.evaluate(() => (window.stayed = true));
      await click("a", LINKS.there);
      await tab.waitForURL(`**/${site.second}`);
      await pods("db", 2);
      assert.equal(await tab.locator("pod-scope").count(), 1);
      assert.equal(await tab.evaluate(theme), "dark", "the theme on another page");
      assert.equal(await tab.evaluate(page), "dark");
      await picture("second");
      await click("a", LINKS.back);
      await pods("web", 2);
      // What was scaled belonged to the page that was left.
      assert.equal(await tab.locator(ready("web")).count(), 2);
      assert.equal(await tab.evaluate(() => Boolean(window.stayed)), Boolean(site.soft), "whether the page was loaded anew");
      await tab.goBack();
      await pods("db", 2);
      assert.equal(await tab.locator("pod-scope").count(), 1);
      assert.deepEqual(trouble, []);
    } finally {
      await context.close();
    }
  });

  test(`${name}: without scripts the manifest is readable`, { skip }, async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const tab = await context.newPage();
    try {
      await tab.goto(`${server.address}${name}/`);
      const code = tab.locator("pre", { hasText: "kind: Deployment" });
      assert.equal(await code.isVisible(), true);
      assert.match(await code.innerText(), /spec:\n {2}replicas: 2\n/);
    } finally {
      await context.close();
    }
  });
}

/** All lines of a site's own files, without what was put beside them. */
const lines = (folder) => readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
  const path = join(folder, entry.name);
  if (entry.isDirectory()) return ["node_modules", "podscope", ".docusaurus", "cache"].includes(entry.name) ? [] : lines(path);
  return readFileSync(path, "utf8").split("\n").map((line) => line.trim());
});

test("docs/sites.md says what the sites do", () => {
  const sections = readFileSync(new URL("../../docs/sites.md", import.meta.url), "utf8").split(/^## /m).slice(1);
  assert.deepEqual(sections.map((text) => text.split(/\W/)[0].toLowerCase()), Object.keys(SITES));
  for (const [i, name] of Object.keys(SITES).entries()) {
    const there = new Set(lines(new URL(name, import.meta.url).pathname));
    const told = [...sections[i].matchAll(/^```\w+\n(.*?)^```$/gms)].flatMap(([, code]) => code.trim().split("\n"));
    assert.ok(told.length > 1, name);
    for (const line of told) if (line !== "…") assert.ok(there.has(line.trim()), `${name}: ${line}`);
  }
});

for (const engine of ENGINES.filter((e) => e.name !== "chromium")) {
  const skip = (!engine.there && "is not there") || (!built.includes(EVERYWHERE) && "was not built");
  test(`${engine.name}: ${EVERYWHERE}, as in Chromium`, { skip }, async () => {
    const site = SITES[EVERYWHERE];
    const tab = await Browser.start(engine.name);
    try {
      const end = Date.now() + 90_000;
      const least = async (selector, least) => {
        for (;;) {
          // A page that is being left may give no answer, or an error.
          const found = await tab.run(`async (selector) => (${count})(selector)`, selector).catch(() => 0);
          if (found >= least) return;
          assert.ok(Date.now() < end, `${engine.name}: ${found} of ${least} ${selector}`);
          await pause(100);
        }
      };
      await tab.resize(1280, 900);
      await tab.goto(`${server.address}${EVERYWHERE}/`);
      await least(ready("web"), 2);
      await tab.click("button", "^Scale web to 3$");
      await least(ready("web"), 3);
      for (const wanted of ["dark", "light"]) {
        for (const selector of site[wanted]) await tab.click(selector);
        await tab.until(`async (wanted) => (${theme})() === wanted && (${page})() === wanted`, wanted);
      }
      await tab.click("a", LINKS.there);
      await least(ready("db"), 2);
      await tab.click("a", LINKS.back);
      await least(ready("web"), 2);
    } finally {
      await tab.close();
    }
  });
}

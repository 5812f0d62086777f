// What the end-to-end tests share: the served page, and a browser.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export { SHOP } from "../shop.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Serves a folder (below the top one) as `cargo xtask serve` does, on a free port; gives its address and how to end it. */
export async function serve(folder = "dist") {
  const args = ["run", "--quiet", "--package", "xtask", "--", "serve", "--no-build", "--port", "0", "--dir", folder];
  const server = spawn("cargo", args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: server.stdout })) {
    const address = line.match(/http:\/\/\S+\//)?.[0];
    if (address) return { address, stop: () => server.kill() };
  }
  throw new Error("the server did not start");
}

/** A headless Chromium. */
export function launch() {
  const args = [
    "--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
  ];
  if (process.getuid?.() === 0) args.push("--no-sandbox");
  return chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args });
}

/** A page whose errors, refused requests and requests to elsewhere end up in `trouble`. */
export async function open(browser, address, options = {}) {
  // What a service worker fetches, `page.route` does not see: only the test of it lets it.
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: "block", ...options });
  const page = await context.newPage();
  const trouble = [];
  page.on("pageerror", (e) => trouble.push(`error: ${e.message}`));
  page.on("console", (m) => m.type() === "error" && trouble.push(`console: ${m.text()}`));
  page.on("request", (r) => r.url().startsWith(address) || /^(blob|data):/.test(r.url()) || trouble.push(`elsewhere: ${r.url()}`));
  await page.goto(address);
  return { page, trouble };
}

/** The built page, served, and a browser, from before a file's tests until after them. */
export function site() {
  let server;
  const site = {
    get address() { return server.address; },
    /** Opens the page. */
    open: (options) => open(site.browser, server.address, options),
  };
  before(async () => {
    server = await serve();
    site.browser = await launch();
  });
  after(async () => {
    await site.browser?.close();
    server?.stop();
  });
  return site;
}

const axe = readFileSync(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

/** What axe finds wrong with a page. */
export async function violations(page) {
  // axe is evaluated by the debugger, which the policy does not hold back.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" ")}`);
}

/** Opens the editor, and waits until the code editor is there. */
export async function editing(page) {
  await page.getByRole("button", { name: "YAML", exact: true }).click();
  await page.locator(".editor.rich .cm-content").waitFor();
}

/** What the code editor holds. */
export const manifest = (page) => page.evaluate(() => document.querySelector(".editor .code").editor.text());

/** Writes a manifest over what the editor holds, as a paste would. */
export async function write(page, yaml) {
  await editing(page);
  await page.getByRole("textbox", { name: "Manifest" }).focus();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText(yaml);
}

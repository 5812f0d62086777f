// One way to drive a page in Chromium, Firefox and WebKit, for what must be so in each of them.
//
// Chromium and WebKit have WebDriver programs; Firefox is asked by Marionette, of which geckodriver is but a translation (and
// Debian has no package of it). All three understand the same commands, so a browser here is a function that sends one.
import { spawn } from "node:child_process";
import { accessSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** WebDriver's word for an element, as a key. */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
const MINI = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";
const root = process.getuid?.() === 0;

const there = (path) => {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
};
const find = (...names) => names.flatMap((name) => (name.startsWith("/")
  ? [name] : process.env.PATH.split(delimiter).map((folder) => join(folder, name)))).find(there);

const programs = {
  chromium: () => [process.env.CHROMIUM ?? find("chromium", "chromium-browser", "google-chrome"), process.env.CHROMEDRIVER ?? find("chromedriver")],
  firefox: () => [process.env.FIREFOX ?? find("firefox-esr", "firefox")],
  webkit: () => [process.env.MINIBROWSER ?? find(MINI, "/usr/libexec/webkit2gtk-4.1/MiniBrowser"), find("WebKitWebDriver"), find("Xvfb")],
};

/** The engines, each with whether it can be driven on this machine. */
export const ENGINES = Object.entries(programs).map(([name, wants]) => ({ name, there: wants().every(Boolean) }));

/** A port that nobody listens on. */
export const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

/** Does something until it works, for a while. */
async function eventually(what, limit, attempt) {
  const end = Date.now() + limit;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw new Error(`${what}: ${error.message}`);
    }
    await pause(50);
  }
}

/** A program in the background, with what it starts; `stop` ends them all. */
function background(program, args, options = {}) {
  // A group of its own: a driver that is told to end leaves its browser's processes behind, which go on writing.
  const child = spawn(program, args, { stdio: "ignore", detached: true, ...options });
  const ended = new Promise((resolve) => { child.once("exit", resolve).once("error", resolve); });
  const signal = (name) => {
    try {
      process.kill(-child.pid, name);
    } catch {
      // Nobody of it is left.
    }
  };
  return {
    child,
    async stop() {
      if (!child.pid) return;
      signal("SIGTERM");
      const late = setTimeout(() => signal("SIGKILL"), 5_000);
      await ended;
      clearTimeout(late);
      signal("SIGKILL");
    },
  };
}

/**
 * Removes a browser's folder. A process that is ending may still write to it, so this tries for a while; what is left then lies in the
 * folder for temporary files, and says nothing about what was tested.
 */
async function discard(folder) {
  const remove = async () => rmSync(folder, { recursive: true, force: true });
  await eventually(folder, 5_000, remove).catch((error) => console.error(`left behind: ${error.message}`));
}

/** A session of a W3C WebDriver program; gives what sends a command. */
async function webdriver(program, args, env, capabilities) {
  const port = await freePort();
  const driver = background(program, [...args, `--port=${port}`], { env: { ...process.env, ...env } });
  const ask = async (method, path, body) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method, body: body && JSON.stringify(body), headers: body && { "Content-Type": "application/json" },
    });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${value.error}: ${value.message}`);
    return value;
  };
  try {
    await eventually(program, 20_000, () => ask("GET", "/status"));
    const { sessionId } = await ask("POST", "/session", { capabilities: { alwaysMatch: capabilities } });
    const at = `/session/${sessionId}`;
    return {
      send: (command, body) => ask("POST", `${at}/${command}`, body ?? {}),
      shot: () => ask("GET", `${at}/screenshot`),
      async stop() {
        await ask("DELETE", at).catch(() => {});
        await driver.stop();
      },
    };
  } catch (error) {
    await driver.stop();
    throw error;
  }
}

/** WebDriver's commands, as Marionette names them. */
const MARIONETTE = {
  url: "Navigate", refresh: "Refresh", "execute/sync": "ExecuteScript", "execute/async": "ExecuteAsyncScript", actions: "PerformActions",
  "window/rect": "SetWindowRect", timeouts: "SetTimeouts",
};

/** A session of Firefox. A message is its length, a colon, and JSON: [0, id, command, arguments], answered by [1, id, error, value]. */
async function marionette(program) {
  const port = await freePort();
  const profile = mkdtempSync(join(tmpdir(), "podscope-firefox-"));
  writeFileSync(join(profile, "user.js"), [
    ["marionette.port", port], ["browser.shell.checkDefaultBrowser", false], ["browser.startup.homepage_override.mstone", "ignore"],
    ["datareporting.policy.dataSubmissionEnabled", false], ["app.update.disabledForTesting", true], ["network.captive-portal-service.enabled", false],
    ["toolkit.telemetry.server", ""], ["services.settings.server", ""], ["browser.safebrowsing.downloads.remote.enabled", false],
  ].map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`).join("\n"));
  const browser = background(program, ["--headless", "--marionette", "--no-remote", "--profile", profile], { env: { ...process.env, MOZ_CRASHREPORTER_DISABLE: "1" } });
  const stop = async () => {
    await browser.stop();
    await discard(profile);
  };
  try {
    const socket = await eventually(program, 40_000, () => new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () => resolve(socket)).once("error", reject);
    }));
    const waiting = new Map();
    let [rest, last] = [Buffer.alloc(0), 0];
    socket.on("data", (data) => {
      rest = Buffer.concat([rest, data]);
      for (;;) {
        const colon = rest.indexOf(":");
        const end = colon + 1 + Number(rest.subarray(0, Math.max(0, colon)));
        if (colon < 0 || rest.length < end) return;
        const message = JSON.parse(rest.subarray(colon + 1, end).toString());
        rest = rest.subarray(end);
        // The first message is Firefox's own: who it is.
        if (!Array.isArray(message)) continue;
        const [, id, error, value] = message;
        const { resolve, reject } = waiting.get(id) ?? {};
        waiting.delete(id);
        if (error) reject?.(new Error(`${error.error}: ${error.message}`));
        else resolve?.(value?.value === undefined ? value : value.value);
      }
    });
    const lost = () => {
      for (const { reject } of waiting.values()) reject(new Error("Firefox went away"));
      waiting.clear();
    };
    socket.on("close", lost).on("error", lost);
    const ask = (command, body = {}) => new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      const text = Buffer.from(JSON.stringify([0, last, `WebDriver:${command}`, body]));
      socket.write(Buffer.concat([Buffer.from(`${text.length}:`), text]));
    });
    await ask("NewSession", { capabilities: { alwaysMatch: { acceptInsecureCerts: false } } });
    return {
      send: (command, body) => ask(MARIONETTE[command], body),
      shot: () => ask("TakeScreenshot", { full: false, hash: false }),
      async stop() {
        socket.destroy();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A display that nobody sees. */
async function display() {
  const server = background(find("Xvfb"), ["-displayfd", "1", "-screen", "0", "1600x1000x24", "-nolisten", "tcp"], { stdio: ["ignore", "pipe", "ignore"] });
  const number = await new Promise((resolve, reject) => {
    server.child.stdout.once("data", (data) => resolve(Number(data)));
    server.child.once("exit", () => reject(new Error("Xvfb ended")));
  });
  return { name: `:${number}`, stop: server.stop };
}

const starts = {
  chromium([browser, driver]) {
    const args = [
      "--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];
    if (root) args.push("--no-sandbox");
    return webdriver(driver, [], {}, { "goog:chromeOptions": { binary: browser, args } });
  },
  firefox: ([browser]) => marionette(browser),
  async webkit([browser, driver]) {
    const screen = await display();
    const home = mkdtempSync(join(tmpdir(), "podscope-webkit-"));
    const tidy = async () => {
      await screen.stop();
      await discard(home);
    };
    try {
      const env = { DISPLAY: screen.name, XDG_DATA_HOME: home, XDG_CACHE_HOME: home, LIBGL_ALWAYS_SOFTWARE: "1" };
      // Its sandbox does not start as root.
      if (root) env.WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS = "1";
      const session = await webdriver(driver, ["--host=127.0.0.1"], env, { "webkitgtk:browserOptions": { binary: browser, args: ["--automation"] } });
      const { stop } = session;
      session.stop = () => stop().then(tidy);
      return session;
    } catch (error) {
      await tidy();
      throw error;
    }
  },
};

/** A browser of this engine, with one page. */
export class Browser {
  #session;

  /** Starts it. */
  static async start(name) {
    const browser = new Browser();
    browser.name = name;
    browser.#session = await starts[name](programs[name]());
    await browser.#session.send("timeouts", { script: 120_000, pageLoad: 60_000 });
    return browser;
  }

  /** Goes to an address, and waits until it is loaded. */
  async goto(url) {
    await this.#session.send("url", { url });
  }

  /** Loads the page anew. */
  async reload() {
    await this.#session.send("refresh");
  }

  /** Makes the window so large. */
  async resize(width, height) {
    await this.#session.send("window/rect", { width, height });
  }

  /** Runs a function in the page, with arguments and a result that JSON can hold; what it promises is waited for. */
  async run(script, ...args) {
    const text = `const [args, done] = arguments;
      (async () => (${script})(...args))().then((value) => done({ value }), (e) => done({ error: String(e?.stack ?? e) }));`;
    const { value, error } = await this.#session.send("execute/async", { script: text, args: [args] });
    if (error) throw new Error(`${this.name}: ${error}`);
    return value;
  }

  /** Waits until a function in the page gives something, and gives that. */
  async until(script, ...args) {
    const end = Date.now() + 30_000;
    for (;;) {
      const value = await this.run(script, ...args);
      if (value) return value;
      if (Date.now() > end) throw new Error(`${this.name}: waited 30 s for ${script}`);
      await pause(50);
    }
  }

  /** An element that is drawn, in whichever shadow: by a selector, and by a pattern of its label or text if there are several. */
  async #element(selector, pattern = "") {
    const find = `((selector, pattern) => {
      const within = (part) => [part, ...[...part.querySelectorAll("*")].flatMap((e) => (e.shadowRoot ? within(e.shadowRoot) : []))];
      return within(document).flatMap((part) => [...part.querySelectorAll(selector)]).find((e) =>
        e.getClientRects().length && new RegExp(pattern).test(e.getAttribute("aria-label") ?? e.textContent.trim()));
    })`;
    await this.until(`async (...args) => Boolean(${find}(...args))`, selector, pattern);
    const script = `const e = ${find}(...arguments); e?.scrollIntoView({ block: "nearest", inline: "nearest" }); return e;`;
    return this.#session.send("execute/sync", { script, args: [selector, pattern] });
  }

  /** Waits for an element. */
  async see(selector, pattern) {
    await this.#element(selector, pattern);
  }

  /** Clicks on an element, as a pointer does. */
  async click(selector, pattern) {
    const origin = { [ELEMENT]: (await this.#element(selector, pattern))[ELEMENT] };
    const actions = [
      { type: "pointerMove", duration: 0, origin, x: 0, y: 0 }, { type: "pointerDown", button: 0 }, { type: "pointerUp", button: 0 },
    ];
    await this.#session.send("actions", { actions: [{ type: "pointer", id: "mouse", parameters: { pointerType: "mouse" }, actions }] });
  }

  /** Presses and releases keys, one after the other: those of `chord` together. */
  async type(text, ...chord) {
    const key = (type) => (value) => ({ type, value });
    const actions = [...chord.map(key("keyDown")), ...[...text].flatMap((k) => [key("keyDown")(k), key("keyUp")(k)]), ...chord.map(key("keyUp"))];
    await this.#session.send("actions", { actions: [{ type: "key", id: "keys", actions }] });
  }

  /** Copies a text elsewhere on the page, and pastes it over all that an element holds. */
  async paste(selector, text) {
    await this.run((text) => {
      const source = document.body.appendChild(Object.assign(document.createElement("textarea"), { className: "to-copy", value: text }));
      source.focus();
      source.select();
    }, text);
    await this.type("c", KEYS.Control);
    await this.run(() => document.querySelector(".to-copy").remove());
    await this.click(selector);
    await this.type("av", KEYS.Control);
  }

  /** Writes what is seen as a PNG. */
  async picture(path) {
    writeFileSync(path, Buffer.from(await this.#session.shot(), "base64"));
  }

  /** Ends it. */
  async close() {
    await this.#session.stop();
  }
}

/** Keys that have no letter. */
export const KEYS = { Enter: "\uE007", Tab: "\uE004", Control: "\uE009", Shift: "\uE008", Home: "\uE011", Left: "\uE012", Right: "\uE014" };

// embed.html: a cluster as its hash says, and messages with the page around it.

import { ATTRIBUTES, PodScope } from "../podscope.js";
import "../share.js";
import { read } from "./hash.js";
import { Protocol, told, VERSION } from "./protocol.js";

// See policy.js: nothing is shown without it.
if (!document.head.querySelector("meta[content*=script-src]")) throw new Error("embed/policy.js is missing");

const sheet = new CSSStyleSheet();
sheet.replaceSync("body { margin: 0; } pre { white-space: pre-wrap; }");
document.adoptedStyleSheets = [sheet];

/** In a sandbox without `allow-same-origin` this page is nobody's: there are no cookies that a request could carry. */
const alone = self.origin === "null";
/** Origins that the owner of this page names in it. */
const named = (document.documentElement.dataset.parents ?? "").split(/\s+/);

let element;
let asked;
let protocol;
/** To whom is answered. */
let parentOrigin = "*";

/** What is read from an address may be for this origin's readers only: not for whoever writes a hash. */
const secret = () => !alone && Boolean(asked?.attributes.src || asked?.attributes.scenario);

/** Whether a message comes from a page that may send some. */
function allowed({ source, origin }) {
  if (source !== parent) return false;
  if (alone || origin === location.origin || named.includes(origin)) return true;
  return !secret() && Boolean(asked?.parents.includes(origin));
}

function post(message, to = parentOrigin) {
  if (parent !== window) parent.postMessage(message, to);
}

const tell = (event, detail, to) => post({ podscope: VERSION, event, detail }, to);

/** Puts what the hash says on the page, in place of what was there. */
async function begin() {
  protocol?.end();
  element?.remove();
  document.body.replaceChildren();
  asked = undefined;
  let kept, broken;
  protocol = new Protocol(
    new Promise((ready, failed) => ([kept, broken] = [ready, failed])),
    (theme) => element?.setAttribute("theme", theme),
  );
  const hash = location.hash;
  const fail = (error) => {
    broken(error);
    const known = secret() ? { message: "the manifest cannot be shown", code: "Invalid" } : told(error);
    tell("error", known, "*");
  };
  try {
    const found = await read(hash, Object.keys(ATTRIBUTES), window.podscopeUnpack);
    // Another hash came meanwhile.
    if (hash !== location.hash) return;
    asked = found;
    tell("loaded", { version: VERSION }, "*");
    if (found.unknown.length) console.warn("pod-scope: there is no option", found.unknown.join(", "));
  } catch (error) {
    const note = document.createElement("p");
    note.setAttribute("role", "alert");
    note.textContent = `This link cannot be shown: ${error.message}`;
    document.body.append(note);
    tell("loaded", { version: VERSION }, "*");
    return fail(error);
  }
  const made = (element = new PodScope());
  for (const [name, value] of Object.entries(asked.attributes)) made.setAttribute(name, value);
  if (asked.run) made.run = asked.run;
  const text = document.createElement("pre");
  text.textContent = asked.yaml;
  made.append(text);
  made.addEventListener("ready", () => {
    kept(made.player);
    tell("ready", { version: VERSION }, "*");
  });
  made.addEventListener("error", ({ detail }) => fail(detail));
  document.body.append(made);
}

addEventListener("message", (event) => {
  if (!allowed(event)) return;
  const to = alone ? "*" : event.origin;
  protocol.take(event.data, (message) => post(message, to));
});
addEventListener("hashchange", begin);

let height;
new ResizeObserver(() => {
  const box = document.body.getBoundingClientRect();
  const now = Math.ceil(box.height);
  if (now === height) return;
  height = now;
  tell("resize", { width: Math.ceil(box.width), height }, "*");
}).observe(document.body);

begin();

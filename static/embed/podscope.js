// What podscope.js exports. It is all that a page loads until a cluster comes near the viewport; the simulator
// (WebAssembly) is then loaded once and shared by all of them.

import { ATTRIBUTES } from "./attributes.js";
import { PodScope } from "./element.js";
import { follow, upgrade } from "./fences.js";
import { Player } from "./player.js";

export { ATTRIBUTES, follow, Player, PodScope, upgrade };

/** The attribute that an option is: `startAt` is `start-at`. */
const attribute = (name) => name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);

/**
 * Puts a living cluster into `element`. Options are the attributes by name (`startAt` for `start-at`), and `yaml`.
 * Its promise is kept with a {@link Player}, or broken with what is wrong with the manifest.
 */
export function mount(element, { yaml = "", ...options } = {}) {
  const made = document.createElement("pod-scope");
  const all = { loading: "eager", ...options };
  for (const [name, value] of Object.entries(all)) {
    if (!Object.hasOwn(ATTRIBUTES, attribute(name))) return Promise.reject(new TypeError(`there is no option ${name}`));
    if (value !== undefined && value !== false) made.setAttribute(attribute(name), value === true ? "" : value);
  }
  made.textContent = yaml;
  return new Promise((ready, fail) => {
    made.addEventListener("ready", () => {
      made.player.on("dispose", () => made.remove());
      ready(made.player);
    });
    made.addEventListener("error", (event) => fail(event.detail));
    element.append(made);
  });
}

// `<script type="module" src="podscope.js" data-upgrade>` finds fences by itself, now and after client-side navigation.
// A module is not told by which element it was loaded, so it looks for it by its address.
if (globalThis.document) {
  const mine = [...document.querySelectorAll("script[data-upgrade]")].find((s) => s.src === import.meta.url);
  if (mine) follow(document, mine.dataset.upgrade === "autoplay" ? { autoplay: "" } : {});
}

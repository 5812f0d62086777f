// What podscope.js exports. It is all that a page loads until a cluster comes near the viewport; the simulator
// (WebAssembly) is then loaded once and shared by all of them.

import { ATTRIBUTES } from "./attributes.js";
import { PodScope } from "./element.js";
import { Player } from "./player.js";

export { ATTRIBUTES, Player, PodScope };

const fences = () => import("./embed/fences.js");
const names = Object.keys(ATTRIBUTES);

/** Puts a living cluster in the place of each fence below `root`. Its promise is kept with the elements that it made. */
export const upgrade = async (root, defaults) => (await fences()).upgrade(names, root, defaults);

/** The same now and after client-side navigation, until what its promise is kept with is called. */
export const follow = async (root, defaults) => (await fences()).follow(names, root, defaults);

/**
 * Puts a living cluster into `element`. Options are the attributes by name (`startAt` for `start-at`), and `yaml`.
 * Its promise is kept with a {@link Player}, or broken with what is wrong with the manifest.
 */
export const mount = async (element, options) => (await import("./embed/mount.js")).mount(names, element, options);

// `<script type="module" src="podscope.js" data-upgrade>` finds fences by itself, now and after client-side navigation.
// A module is not told by which element it was loaded, so it looks for it by its address.
if (globalThis.document) {
  const mine = [...document.querySelectorAll("script[data-upgrade]")].find((s) => s.src === import.meta.url);
  if (mine) follow(document, mine.dataset.upgrade);
}

// The WebAssembly modules: each is loaded once, when the first cluster needs it, and shared by all.

/**
 * Kinds that the ordinary module keeps without simulating them, and annotations that ask for clients or for what runs
 * inside pods; another, larger module simulates them too.
 */
const MORE = /\bpodscope\.dev\/(clients|client-timeout|app|reads|writes|replication|failover)\b|\bkind["']?\s*:\s*["']?(DaemonSet|Job|CronJob|HorizontalPodAutoscaler|ResourceQuota|List)\b/;

// Written out, so that bundlers find them.
const sources = {
  plain: () => import("./embed/podscope_embed.js"),
  more: () => import("./embed/podscope_embed_more.js"),
};
const loaded = {};

/** The module `plain` or `more`, ready. */
export function load(name) {
  return (loaded[name] ??= sources[name]().then(async (m) => {
    await m.default();
    return m;
  })).catch((error) => {
    // Another try may find the network back.
    delete loaded[name];
    throw error;
  });
}

/** Whether a manifest needs the larger module. */
export const isLarge = (yaml) => MORE.test(yaml);

let sheet;
/** The styles, parsed once for all elements. */
export async function styles() {
  sheet ??= import("./embed/style.js").then((m) => {
    const made = new CSSStyleSheet();
    made.replaceSync(m.default);
    return made;
  });
  return sheet;
}

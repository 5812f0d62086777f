// Following the page's theme.

/** The theme that the page shows: its own attribute or class, else the reader's preference. */
export function pageTheme() {
  const { documentElement: root, body } = document;
  // data-theme: Docusaurus, Starlight and many others; data-md-color-scheme: Material; data-bs-theme: Bootstrap.
  const named = [root, body].map((e) => e && (e.dataset.theme || e.dataset.mdColorScheme || e.dataset.bsTheme)).find(Boolean);
  if (/dark|slate|night/.test(named)) return "dark";
  if (/light|default/.test(named)) return "light";
  // mdBook's themes, VitePress and Tailwind's class.
  const classes = ` ${root.className} ${body?.className ?? ""} `;
  if (/ (dark|coal|navy|ayu) /.test(classes)) return "dark";
  if (/ (light|rust) /.test(classes)) return "light";
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

const followers = new Set();
let stop;

/** Calls `follow` whenever the page's theme may have changed, until what it gives is called. All share one observer. */
export function followTheme(follow) {
  followers.add(follow);
  stop ??= watch();
  return () => {
    followers.delete(follow);
    if (!followers.size) {
      stop?.();
      stop = undefined;
    }
  };
}

function watch() {
  const tell = () => followers.forEach((follow) => follow());
  const observer = new MutationObserver(tell);
  const what = { attributes: true, attributeFilter: ["class", "data-theme", "data-md-color-scheme", "data-bs-theme"] };
  for (const element of [document.documentElement, document.body]) if (element) observer.observe(element, what);
  const media = matchMedia("(prefers-color-scheme: dark)");
  media.addEventListener("change", tell);
  return () => {
    observer.disconnect();
    media.removeEventListener("change", tell);
  };
}

// Fences: ```podscope and ```yaml podscope, as generators of sites write them.

/**
 * The words after the fence, wherever the generator put them: `<pre><code class="language-podscope …">` (most), a
 * `<div class="language-podscope highlight">` around it (Material, Sphinx `highlight-podscope`), or `data-lang` (Hugo).
 */
const LANGUAGE = /(?:^|\s)(?:language-|lang-|highlight-)?(podscope)(?=\s|,|$)|(?:^|\s)language-ya?ml[,:](podscope)/;

const marked = (element) => {
  const names = [element.className, element.dataset.lang, element.dataset.language, element.dataset.meta, element.getAttribute("metastring")];
  return names.some((text) => typeof text === "string" && LANGUAGE.test(text));
};

/** Attributes of a text such as `speed="4" autoplay`. */
function words(text, names) {
  const found = {};
  for (const [, name, quoted, plain] of text.matchAll(/([a-z-]+)(?:=(?:"([^"]*)"|(\S+)))?/g)) {
    if (names.includes(name)) found[name] = quoted ?? plain ?? "";
  }
  return found;
}

/** Those after the fence's language, where the generator keeps them in `data-meta` or `data-podscope`. */
const options = ({ dataset }, names) => words(dataset.podscope ?? dataset.meta ?? "", names);

/** Puts a living cluster in the place of each fence below `root`; `names` are those of attributes. Gives the elements that it made. */
export function upgrade(names, root = document, defaults = {}) {
  const made = [];
  // Sphinx writes a pre without code.
  const all = root.querySelectorAll("pre > code, pre.podscope, pre[data-lang], pre[data-language], .highlight-podscope pre");
  // The last that is found in each pre: its code, where it has any.
  for (const [pre, code] of new Map([...all].map((found) => [found.closest("pre"), found]))) {
    // What marks it may stand on the code, on the pre, or on a box that holds nothing else.
    let box = pre;
    const around = [code, pre];
    while (box.parentElement && box.parentElement !== document.body && box.parentElement.querySelectorAll("pre").length === 1 &&
      /highlight|language-|code/i.test(box.parentElement.className)) {
      box = box.parentElement;
      around.push(box);
    }
    const mark = around.find(marked);
    if (!mark || pre.closest("pod-scope")) continue;
    const element = document.createElement("pod-scope");
    for (const [name, value] of Object.entries({ ...defaults, ...options(mark, names) })) element.setAttribute(name, value);
    // What a reader without the simulator sees stays as the site shows code.
    const text = document.createElement("pre");
    text.textContent = code.textContent;
    element.append(text);
    box.replaceWith(element);
    made.push(element);
  }
  return made;
}

/**
 * Upgrades what is there, and what client-side navigation puts there later, until what it gives is called. `defaults` may be a text:
 * what `data-upgrade` says.
 */
export function follow(names, root = document, defaults = {}) {
  if (typeof defaults === "string") defaults = words(defaults, names);
  let due = false;
  const look = () => {
    due = false;
    upgrade(names, root, defaults);
  };
  look();
  const observer = new MutationObserver((records) => {
    if (due || !records.some((r) => r.addedNodes.length)) return;
    due = true;
    queueMicrotask(look);
  });
  observer.observe(root, { childList: true, subtree: true });
  return () => observer.disconnect();
}

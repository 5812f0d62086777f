// Elements, and the few marks of Markdown that lessons use. Texts are only ever texts, never markup.

/** An element with attributes and children; a child that is a string is a text. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** A button. */
export function button(label, act, attributes = {}) {
  const made = element("button", { type: "button", ...attributes }, label);
  made.addEventListener("click", act);
  return made;
}

/** A line of Markdown as nodes: code, strong and emphasised words. */
export function inline(text) {
  const words = text.split(/(`[^`]+`|\*\*[^*]+\*\*|\*[^*]+\*)/).filter(Boolean);
  return words.map((word) => {
    if (word.length > 2 && word.startsWith("`")) return element("code", {}, word.slice(1, -1));
    if (word.length > 4 && word.startsWith("**")) return element("b", {}, word.slice(2, -2));
    if (word.length > 2 && word.startsWith("*")) return element("em", {}, word.slice(1, -1));
    return word;
  });
}

/** Paragraphs and lists of Markdown. */
export function prose(text) {
  const blocks = text.trim().split(/\n\s*\n/);
  return blocks.filter(Boolean).map((block) => {
    const lines = block.split("\n");
    if (!/^[-*] /.test(lines[0])) return element("p", {}, ...inline(lines.join(" ")));
    const items = block.split(/^[-*] /m).filter((item) => item.trim());
    return element("ul", {}, ...items.map((item) => element("li", {}, ...inline(item.trim().replaceAll("\n", " ")))));
  });
}

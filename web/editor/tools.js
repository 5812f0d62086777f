// The manifest's further tools, above its editor.

/**
 * Fills the place that the page has left for them. What they come to is said beside them.
 */
export function tools(at, editor) {
  if (!at) return;
  const told = Object.assign(document.createElement("span"), { className: "told" });
  told.setAttribute("role", "status");
  const button = (words, title, act) => {
    const made = Object.assign(document.createElement("button"), { type: "button", textContent: words, title });
    made.addEventListener("click", async () => {
      told.textContent = "";
      try {
        told.textContent = (await act(await globalThis.podscopeConsole(), made)) ?? "";
      } catch (why) {
        console.warn(why);
        told.textContent = "What does this could not be loaded.";
      }
    });
    return made;
  };
  const format = button("Format", "Indent by two, without spaces at the ends of lines; comments stay", (remote) => {
    const text = editor.text();
    const next = remote.format(text);
    if (next === undefined) return "Not YAML yet: it stays as it is.";
    if (next === text) return "It is laid out already.";
    editor.write(next);
    return "Laid out.";
  });
  at.replaceChildren(format, told);
}

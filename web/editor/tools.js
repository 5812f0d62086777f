// The manifest's further tools, above its editor.
import { archive, kustomize } from "./files.js";

/** Hands a file to the user. */
function save(name, parts, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(parts, { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

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
        told.textContent = (await act(made)) ?? "";
      } catch (why) {
        console.warn(why);
        told.textContent = "What does this could not be loaded.";
      }
    });
    return made;
  };
  const format = button("Format", "Indent by two, without spaces at the ends of lines; comments stay", async () => {
    const remote = await globalThis.podscopeConsole();
    const text = editor.text();
    const next = remote.format(text);
    if (next === undefined) return "Not YAML yet: it stays as it is.";
    if (next === text) return "It is laid out already.";
    editor.write(next);
    return "Laid out.";
  });
  let comparing = false;
  const compare = async () => {
    const page = globalThis.wasmBindings;
    const remote = await globalThis.podscopeConsole();
    // Its cluster has to have done what the page's did.
    while (page.podscopePage("f", 0) < 0) await new Promise(requestAnimationFrame);
    const running = comparing ? remote.running(editor.text()) : null;
    editor.compare(running);
    return running === editor.text() ? "It says what runs." : "";
  };
  const diff = button("Diff", "How the text differs from what runs", () => {
    comparing = !comparing;
    diff.setAttribute("aria-pressed", String(comparing));
    return compare();
  });
  diff.setAttribute("aria-pressed", "false");
  // Something was done, and the text is in step with it.
  addEventListener("podscope-synced", async () => comparing && (told.textContent = await compare()));
  const folder = button("Kustomize", "A folder with a file for each object and a kustomization, as a .tar", () =>
    save("podscope.tar", [archive(kustomize(editor.text()))], "application/x-tar"));
  at.replaceChildren(format, diff, folder, told);
}

// What the page shows when it broke: a few friendly words, and the manifest, so that nothing is lost.
(() => {
  let shown = false;
  let reason = "";

  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  const manifest = () => {
    const field = document.querySelector(".editor textarea");
    if (field) return field.value;
    try {
      const code = document.querySelector(".editor .code")?.editor;
      if (code) return code.text();
      return sessionStorage.getItem("podscope/manifest") ?? localStorage.getItem("podscope/manifest") ?? "";
    } catch {
      return "";
    }
  };

  const button = (text, action) => {
    const made = element("button", text);
    made.type = "button";
    made.addEventListener("click", action);
    return made;
  };

  const show = (message) => {
    if (shown) return;
    shown = true;
    const panel = element("section", "", "podscope broken");
    panel.setAttribute("role", "alertdialog");
    panel.setAttribute("aria-label", "Podscope stopped");
    const text = element("textarea");
    text.readOnly = true;
    text.setAttribute("aria-label", "Your manifest");
    text.value = manifest();
    const actions = element("div", "", "actions");
    const start = button("Start again", () => location.reload());
    actions.append(
      start,
      button("Start with the example", () => {
        try {
          localStorage.removeItem("podscope/manifest");
          sessionStorage.removeItem("podscope/manifest");
        } catch {
          // Then there is nothing kept that could be in the way.
        }
        location.reload();
      }),
    );
    panel.append(
      element("h2", "The simulation stopped"),
      element("p", "This is a defect in Podscope, and no fault of yours. Your manifest is here, to copy:"),
      text,
      actions,
      element("pre", message),
    );
    document.body.append(panel);
    start.focus();
  };

  addEventListener("podscope-panic", (event) => {
    reason = String(event.detail);
    show(reason);
  });
  addEventListener("error", (event) => {
    if (event.error instanceof WebAssembly.RuntimeError) show(reason || String(event.error));
  });
  addEventListener("unhandledrejection", (event) => {
    if (event.reason instanceof WebAssembly.RuntimeError || event.reason instanceof WebAssembly.CompileError) {
      show(reason || String(event.reason));
    }
  });
})();

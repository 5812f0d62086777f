// The theme of the last visit, or of the system, before anything is drawn.
(() => {
  let theme = "";
  try {
    theme = localStorage.getItem("podscope/theme") || "";
  } catch {
    // Storage may be forbidden.
  }
  if (theme !== "dark" && theme !== "light") theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  document.documentElement.dataset.theme = theme;
})();

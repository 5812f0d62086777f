// `loading="click"`: what the reader clicks on.

/** A button that is gone once it was clicked, in a bar. */
export function invite(start) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "▶ Run this in a simulated cluster";
  button.addEventListener("click", () => {
    button.remove();
    start();
  });
  const bar = document.createElement("div");
  bar.className = "podscope invite";
  bar.dataset.theme = "";
  bar.append(button);
  return bar;
}

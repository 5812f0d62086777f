// A theme as Docsy has it, which kubernetes.io uses: an attribute of Bootstrap's, kept from page to page.
const root = document.documentElement;
root.dataset.bsTheme = localStorage.getItem("theme") ?? "light";
document.getElementById("theme").addEventListener("click", () => {
  root.dataset.bsTheme = root.dataset.bsTheme === "dark" ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.bsTheme);
});

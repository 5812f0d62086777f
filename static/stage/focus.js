// One workload alone: by double click, by key, by button. What is shown is chosen in the menu that the page has for it.

/** Shows only the workload that `shape` belongs to, or everything again. Says whether anything changed. */
export function focus(scene, shape) {
  const menu = scene.querySelector("select.focus");
  if (!menu) return false;
  const wanted = menu.value ? "" : workload(menu, scene, shape);
  if (wanted === undefined || wanted === menu.value) return false;
  menu.value = wanted;
  menu.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

/** The menu's value for the workload that a shape belongs to. */
function workload(menu, scene, shape) {
  const values = [...menu.options].map((option) => option.value).filter(Boolean);
  const label = shape.closest("[aria-label]")?.getAttribute("aria-label") ?? "";
  // A workload's own label says which it is, also while it travels.
  const [, kind, own] = /^([A-Z]\w+) ([\w.-]+),/.exec(label) ?? [];
  const named = values.find((value) => value.startsWith(`${kind}/`) && value.endsWith(`/${own}`));
  if (named) return named;
  const at = shape.getBoundingClientRect();
  const [x, y] = [at.left + at.width / 2, at.top + at.height / 2];
  // Frames stand in the order of the menu; pods without an owner come after all others, and are in no menu.
  const frames = [...scene.querySelectorAll(".stage > svg .frame .card")];
  const within = frames.findIndex((frame) => {
    const box = frame.getBoundingClientRect();
    return x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
  });
  if (within >= 0) return values[within];
  // Where pods stand on their nodes there are no frames: they are told by their names.
  const name = /^[\w.-]+(?=,)/.exec(label)?.[0];
  const owns = (value) => name?.startsWith(`${value.split("/").at(-1)}-`);
  return values.filter(owns).sort((a, b) => b.length - a.length)[0];
}

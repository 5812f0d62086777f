// What can be done with a stage beside playing it: come nearer, go elsewhere, see one workload alone, take a picture.
// Loaded when the page has shown its first frame; nothing of it is needed for that.
import { Camera } from "./camera.js";
import { focus } from "./focus.js";
import { Minimap } from "./minimap.js";

/** An element of a drawing. Pages that embed may let nothing be made from text. */
function svg(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** A button of the view's tool bar. */
function button(name, title, path, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.title = title;
  made.setAttribute("aria-label", name);
  const icon = svg("svg", { class: "icon", viewBox: "0 0 20 20", "aria-hidden": "true" });
  icon.append(svg("path", { d: path }));
  made.append(icon);
  made.addEventListener("click", act);
  return made;
}

/** What can be kept of a stage, each in a file. */
function pictures(scene, stage) {
  const menu = document.createElement("details");
  const name = document.createElement("summary");
  name.title = "A picture of the stage, or of the run";
  name.textContent = "Picture";
  const list = document.createElement("div");
  list.className = "menu";
  const said = document.createElement("span");
  said.setAttribute("role", "status");
  const option = (words, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = words;
    made.addEventListener("click", async () => {
      said.textContent = "";
      try {
        await act(await import("./picture.js"), made);
      } catch (error) {
        said.textContent = `Not saved: ${error.message}`;
      }
    });
    list.append(made);
  };
  option("SVG", (picture) => picture.svg(stage));
  option("PNG", (picture) => picture.png(stage));
  option("Filmstrip of the run (SVG)", (picture) => picture.filmstrip(scene));
  let stop;
  option("Record a video (WebM)", async (picture, button) => {
    if (stop) {
      const ending = stop;
      stop = undefined;
      button.textContent = "Record a video (WebM)";
      await ending();
    } else {
      stop = picture.record(stage);
      button.textContent = "Stop, and save the video";
    }
  });
  list.append(said);
  menu.append(name, list);
  return menu;
}

/** Gives a stage a camera, and its surroundings the tools for it. */
export function attach(stage) {
  const scene = stage.parentElement;
  if (stage.dataset.camera !== undefined || !stage.querySelector(":scope > svg")) return;
  let minimap;
  let shown;
  const camera = new Camera(stage, () => {
    minimap?.follow();
    if (shown) shown.textContent = `${Math.round(camera.zoom * 100)} %`;
  });
  stage.addEventListener("dblclick", (event) => {
    if (focus(scene, event.target)) event.preventDefault();
  });
  stage.addEventListener("keydown", (event) => {
    if (event.key !== "f" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (focus(scene, event.target)) event.preventDefault();
  });

  const bar = document.createElement("div");
  bar.className = "view-tools";
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", "View");
  const plain = button("", "As wide as the stage (1)", "", () => camera.plain());
  // Its name is what it shows.
  plain.removeAttribute("aria-label");
  plain.replaceChildren(shown = document.createElement("span"));
  bar.append(
    button("Zoom out", "Zoom out (−)", "M4 10h12", () => camera.step(false)),
    plain,
    button("Zoom in", "Zoom in (+)", "M4 10h12M10 4v12", () => camera.step(true)),
    button("Fit everything", "Fit everything (0)", "M3 8V3h5M12 3h5v5M17 12v5h-5M8 17H3v-5", () => camera.fit()),
  );
  const alone = button("Focus on one workload", "Only the chosen workload, or all again (f, or double click)",
    "M10 2v5M10 13v5M2 10h5M13 10h5M9 10h2", () => {
      const chosen = stage.querySelector(".hit.selected, .hit[aria-pressed=true]") ?? stage.querySelector(".labels .hit");
      if (chosen) focus(scene, chosen);
    });
  plain.dataset.wide = alone.dataset.wide = "";
  bar.append(alone);
  // A narrow page has no room for them beside its pods: there they open from one button.
  const fold = button("Zoom and pictures", "Zoom and pictures", "M8.5 3a5.5 5.5 0 1 0 .01 0M12.5 12.5 17 17", () => {
    fold.setAttribute("aria-expanded", bar.toggleAttribute("data-open"));
  });
  fold.className = "fold";
  fold.setAttribute("aria-expanded", "false");
  bar.prepend(fold);
  scene.append(bar);
  // A page has what is written beside its stage; what is embedded has not.
  if (scene.classList.contains("scene")) bar.append(pictures(scene, stage));
  minimap = new Minimap(camera, scene);
  camera.changed();
}

let sheet;

/** The tools' styles, for the page or for a shadow tree, into which no others reach; set so, they need no `style-src`. */
async function dress(tree) {
  sheet ??= import("./style.js").then(({ default: text }) => {
    const made = new CSSStyleSheet();
    made.replaceSync(text);
    return made;
  });
  const made = await sheet;
  if (!tree.adoptedStyleSheets.includes(made)) tree.adoptedStyleSheets = [...tree.adoptedStyleSheets, made];
}

/** Gives every stage below `root` a camera, also those that come later. */
export async function watch(root) {
  const look = () => root.querySelectorAll(".stage").forEach(attach);
  // Tools without their looks would push the stage aside.
  await dress(root.getRootNode());
  new MutationObserver(look).observe(root, { childList: true, subtree: true });
  look();
}

// Lessons: the gallery, and the way into one. Loaded when somebody opens the panel.
import { Player } from "./player.js";
import { finished, progress } from "./progress.js";
import { button, element } from "./text.js";
import { thumbnail } from "./thumbnail.js";

const PREFIX = "#lesson=";
const here = (name) => new URL(name, import.meta.url).href;

let host;
let list;
let player;

async function text(name) {
  const answer = await fetch(here(`../scenarios/${name}`));
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  return answer.text();
}

const word = (lesson) => lesson.file.replace(/\.md$/, "");

/** Writes the address without telling those who listen for its changes. */
function address(hash) {
  history.replaceState(null, "", hash || location.pathname + location.search);
}

/** What the page's cluster was before is not there any more: the page begins again. */
function leave() {
  address("");
  location.reload();
}

function card(lesson) {
  const done = progress(word(lesson));
  const whole = finished(word(lesson), lesson.chapters);
  const told = whole ? "✓ finished" : done ? `${done} of ${lesson.chapters} chapters` : `${lesson.chapters} chapters`;
  const open = button(lesson.title, () => enter(lesson, 0));
  open.classList.add("open-lesson");
  const card = element("li", { class: whole ? "lesson-card done" : "lesson-card" });
  card.append(thumbnail(lesson.frames, card), element("h3", {}, open), element("p", {}, plain(lesson.summary)),
    element("p", { class: "progress" }, told));
  if (done && !whole) {
    card.append(button(`Go on at chapter ${done + 1}`, () => enter(lesson, done), { "aria-label": `${lesson.title}: go on at chapter ${done + 1}` }));
  }
  return card;
}

/** A text without its marks. */
const plain = (text) => text.replaceAll("`", "").replaceAll("*", "");

/** Shows all lessons. */
function gallery() {
  player?.stop();
  const used = player !== undefined;
  player = undefined;
  if (location.hash.startsWith(PREFIX)) address("");
  const whole = list.filter((lesson) => finished(word(lesson), lesson.chapters)).length;
  const head = element("h2", { tabindex: "-1" }, "Lessons");
  const intro = element("p", { class: "quiet" },
    `Each begins with an empty cluster. What is in the editor stays. ${whole} of ${list.length} finished.`);
  host.replaceChildren(element("div", { class: "lessons" }, head, intro,
    ...(used ? [button("Leave the lessons: my manifest again", leave)] : []), element("ol", {}, ...list.map(card))));
  host.scrollTop = 0;
  if (used) head.focus();
}

/** Opens a lesson, at a chapter. */
async function enter(lesson, chapter) {
  player?.stop();
  const mine = player = new Player(host, { lesson, word: word(lesson), back: gallery, again: () => enter(lesson, 0) });
  address(PREFIX + word(lesson));
  try {
    await mine.open(await text(lesson.file), chapter);
  } catch (why) {
    if (player !== mine) return;
    console.warn(why);
    mine.stop();
    host.replaceChildren(element("div", { class: "lessons" },
      element("p", { class: "problem", role: "alert" }, "The lesson could not be loaded."), button("Lessons", gallery)));
  }
}

/** Opens what the address asks for; false when it asks for nothing. */
function asked() {
  const lesson = location.hash.startsWith(PREFIX) && list.find((one) => PREFIX + word(one) === location.hash);
  if (lesson) enter(lesson, 0);
  return !!lesson;
}

/** Fills the panel, the first time that it is shown. */
export async function show(panel) {
  if (host) return;
  host = panel;
  host.setAttribute("role", "region");
  host.setAttribute("aria-label", "Lessons");
  host.tabIndex = 0;
  const style = element("link", { rel: "stylesheet", href: here("./lesson.css") });
  const styled = new Promise((done) => { style.onload = style.onerror = done; });
  document.head.append(style);
  try {
    [list] = await Promise.all([text("index.json").then(JSON.parse), styled]);
  } catch (why) {
    console.warn(why);
    host.replaceChildren(element("p", { class: "problem", role: "alert" }, "The lessons could not be loaded."));
    host = undefined;
    return;
  }
  addEventListener("hashchange", asked);
  if (!asked()) gallery();
}

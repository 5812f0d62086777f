// A scenario in an embed: its chapters are told below the cluster, and done at a click. What is predicted and judged in
// the page's lessons is left out here.

/** The address of a scenario: by its name, beside this package; or as it is, on the page's own origin. */
const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
.scenario { margin-top: 6px; padding: 10px 14px 12px; border: 1px solid var(--line); border-radius: 12px; }
.scenario h2 { margin: 0 0 4px; font: 600 14px/1.35 var(--sans); color: var(--ink); }
.scenario p { margin: 0 0 8px; color: var(--ink); max-width: 72ch; }
.scenario code, .scenario pre { font: 12px/1.5 var(--mono); }
.scenario pre { margin: 0 0 8px; padding: 6px 8px; overflow-x: auto; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; }
.scenario .out { color: var(--mut); max-height: 160px; white-space: pre-wrap; }
.scenario .out[hidden] { display: none; }
.scenario h2:focus { outline: none; }
.scenario ul { margin: 0 0 8px; padding: 0; list-style: none; color: var(--mut); }
.scenario li::before { content: "○ "; }
.scenario li.seen { color: var(--ok); }
.scenario li.seen::before { content: "✓ "; }
.scenario button { min-height: 32px; padding: 4px 12px; font: 600 13px var(--sans); color: var(--ink); background: var(--panel); border: 1px solid var(--edge); border-radius: 8px; cursor: pointer; }
.scenario button:disabled { color: var(--mut); cursor: default; }
.scenario button:focus-visible { outline: 2px solid var(--dep); outline-offset: 2px; }
`);

/** `{title, summary, chapters: [{title, parts: [[kind, text]…]}…]}` of a scenario's Markdown. */
export function parse(markdown) {
  const told = { title: "", parts: [], chapters: [] };
  let here = told;
  let fence;
  const add = (kind, line) => {
    const last = here.parts.at(-1);
    if (last?.[0] === kind && kind === "prose") last[1] += `\n${line}`;
    else here.parts.push([kind, line]);
  };
  for (const line of markdown.split("\n")) {
    const marks = /^```(\w*)/.exec(line);
    if (fence) {
      if (marks) fence = undefined;
      else fence[1] += `${line}\n`;
    } else if (marks) {
      here.parts.push((fence = [marks[1], ""]));
    } else if (line.startsWith("# ")) {
      told.title = line.slice(2).trim();
    } else if (line.startsWith("## ")) {
      told.chapters.push((here = { title: line.slice(3).trim(), parts: [] }));
    } else {
      add("prose", line);
    }
  }
  return told;
}

/** A scenario by name or address: what it begins with, and how it is shown. */
export async function read(of, text) {
  let markdown;
  if (NAME.test(of)) {
    const { default: all } = await import("./told.js");
    const name = of.replace(/^\d+-/, "");
    if (!Object.hasOwn(all, name)) throw new Error(`there is no scenario ${of}`);
    markdown = (await all[name]()).default;
  } else {
    markdown = await text(of);
  }
  const { title, chapters } = parse(markdown);
  if (!chapters.length) throw new Error(`${of} is no scenario: it has no chapters`);
  const manifests = (parts) => parts.filter(([kind]) => kind === "yaml").map(([, yaml]) => yaml);
  const [first] = chapters;
  const yaml = manifests(first.parts).join("---\n");
  return { yaml, show: (player, shadow) => show(markdown, title, chapters, player, shadow) };
}

function element(name, text = "", className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

/** Paragraphs with their code. */
function prose(text) {
  return text.split(/\n\s*\n/).filter((part) => part.trim()).map((part) => {
    const made = element("p");
    const words = part.trim().replaceAll("\n", " ").replaceAll("**", "").split("`");
    made.append(...words.map((word, i) => (i % 2 ? element("code", word) : word)));
    return made;
  });
}

/** The scenario's panel, for a player's cluster in which the first chapter's manifests are applied. */
function show(markdown, title, chapters, player, shadow) {
  shadow.adoptedStyleSheets = [...shadow.adoptedStyleSheets, sheet];
  const panel = element("section", "", "podscope scenario");
  panel.dataset.theme = "";
  panel.setAttribute("aria-label", title);
  let kubectl;
  /** Ends what the chapter before still waited for. */
  let left = new AbortController();
  player.on("dispose", () => left.abort());

  /** Until so much simulated time has passed. */
  const wait = (seconds, signal) =>
    new Promise((done) => {
      const until = player.currentTime + seconds;
      const look = ({ time }) => {
        if (time < until && !signal.aborted) return;
        player.off("time", look);
        done();
      };
      player.on("time", look);
      player.play();
    });

  async function run(lines, out, signal) {
    for (const line of lines) {
      if (signal.aborted) return;
      out.hidden = false;
      out.append(`$ ${line}\n`);
      const pause = /^wait (\d+)(s|m)$/.exec(line);
      if (pause) await wait(Number(pause[1]) * (pause[2] === "m" ? 60 : 1), signal);
      else await kubectl.run(line, { output: (text) => out.append(text), signal });
    }
  }

  /** What is to be seen, ticked off as it is. */
  function expected(lines, part, signal) {
    const list = element("ul", "", "expected");
    const items = lines.map((line) => element("li", line));
    list.append(...items);
    const look = () => {
      const held = signal.aborted ? [] : kubectl.look(part);
      items.forEach((item, i) => held?.[i] && item.classList.add("seen"));
      if (signal.aborted || held?.every(Boolean)) player.off("time", look);
    };
    player.on("time", look);
    return list;
  }

  async function tell(chapter) {
    left.abort();
    const { signal } = (left = new AbortController());
    const light = chapter === 0 && !chapters[0].parts.some(([kind]) => kind === "kubectl" || kind === "try");
    let parts = chapters[chapter].parts.map(([kind, text]) => ({ kind, text, more: [] }));
    if (!light) {
      if (!kubectl) {
        kubectl = await player.beside();
        kubectl.lesson(markdown);
      }
      ({ parts } = kubectl.chapter(chapter));
    }
    const last = chapter + 1 === chapters.length;
    const next = element("button", last ? "Begin again" : `Next: ${chapters[chapter + 1].title}`);
    next.type = "button";
    next.addEventListener("click", async () => {
      next.disabled = true;
      if (last) await player.reset();
      await tell(last ? 0 : chapter + 1).catch(fail);
    });
    const out = element("pre", "", "out");
    out.setAttribute("role", "status");
    out.hidden = true;
    const fail = (error) => {
      out.hidden = next.disabled = false;
      out.append(`${error.message}\n`);
    };
    const heading = element("h2", `${title} · ${chapters[chapter].title}`);
    heading.tabIndex = -1;
    panel.replaceChildren(heading);
    const todo = [];
    for (const [at, { kind, text, more }] of parts.entries()) {
      if (kind === "prose") panel.append(...prose(text));
      else if (kind === "yaml" && chapter > 0) todo.push(() => player.apply(text));
      else if (kind === "kubectl" && !light) todo.push(() => run(more, out, signal));
      else if (kind === "expect" && !light) panel.append(expected(more.lines, at, signal));
      else if (kind === "try" && !light) {
        const act = element("button", "Do it");
        act.type = "button";
        act.addEventListener("click", () => {
          act.disabled = true;
          run(more, out, signal).catch(fail);
        });
        panel.append(...prose(text), act, " ");
      }
    }
    panel.append(out, next);
    if (chapter > 0) {
      heading.focus({ preventScroll: true });
      player.play();
    }
    for (const one of todo) await one();
  }

  tell(0).catch((error) => panel.append(element("p", error.message)));
  return panel;
}

// One lesson: its chapters, what they do on the page, and whether what they expect has been seen. The console's module
// reads the lesson and judges; the page does what it is asked to by `podscopePage` (web/src/playground/bridge.rs).
import { note } from "./progress.js";
import { button, element, inline, prose } from "./text.js";

/** How fast lessons play: simulated seconds a second. */
const SPEED = 4;
/** How fast what was seen already is done again. */
const FAST = 60;
/** What waits for longer than this many simulated seconds plays faster. */
const LONG = 40;

const page = (what, speed = 0) => window.wasmBindings.podscopePage(what, speed);
const frame = () => new Promise(requestAnimationFrame);
const UNITS = { h: 3600, m: 60, s: 1, ms: 0.001 };

/** The seconds of `1m30s`. */
function seconds(text) {
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/([\d.]+)(ms|h|m|s)/g)) sum += Number(number) * UNITS[unit];
  return sum;
}

class Stopped extends Error {}

export class Player {
  constructor(host, { lesson, word, back, again }) {
    Object.assign(this, { host, lesson, word, back, again, stopped: false, right: 0, asked: 0 });
    this.body = element("div", { class: "lesson-text" });
    this.status = element("p", { class: "read-out", role: "status" });
    this.hint = element("p", { class: "lesson-hint" });
    this.go = button("", () => this.pressed?.(), { class: "primary go" });
    this.count = element("p", { class: "quiet" });
    const head = element("p", { class: "lesson-head" },
      button("All lessons", () => this.back()), button("Start again", () => this.again()));
    host.replaceChildren(element("section", { class: "lesson", "aria-label": lesson.title },
      head, element("h2", {}, lesson.title), this.count, this.body, this.hint, this.status, this.go));
    this.idle("Loading …");
  }

  /** Ends it: nothing of it goes on. */
  stop() {
    this.stopped = true;
    this.remote?.leave();
  }

  /** Goes on from here, frame by frame, until something is so. */
  async until(so) {
    while (!this.stopped && !so()) await frame();
    if (this.stopped) throw new Stopped();
  }

  async open(text, chapter) {
    // The page begins again with what can simulate all of it.
    if (page("need" + text) < 0) return;
    this.remote = await window.podscopeConsole();
    if (this.stopped) return;
    const contents = JSON.parse(this.remote.lesson(text));
    if (contents.wrong) throw new Error(contents.wrong);
    this.chapters = contents.chapters;
    await this.play(chapter);
  }

  /** Plays from a chapter on; what comes before it is done fast. */
  async play(from) {
    try {
      page("begin");
      await this.until(() => page("follow") >= 0);
      for (let n = 0; n < this.chapters.length; n++) {
        this.fast = n < from;
        page("speed", this.fast ? FAST : SPEED);
        page("play");
        await this.chapter(n);
      }
    } catch (why) {
      if (!(why instanceof Stopped)) throw why;
    }
  }

  /** Plays one chapter to its end, and waits to be sent on. */
  async chapter(n) {
    page("follow");
    const { title, parts } = JSON.parse(this.remote.chapter(n));
    const heading = element("h3", { tabindex: "-1" }, title);
    this.count.textContent = `Chapter ${n + 1} of ${this.chapters.length}`;
    this.body.replaceChildren(heading);
    this.body.scrollTop = 0;
    this.guesses = [];
    if (this.fast) this.idle("Catching up …");
    else heading.focus({ preventScroll: true });
    for (const [at, part] of parts.entries()) await this[part.kind](part, at, parts);
    this.reveal();
    const last = n + 1 === this.chapters.length;
    if (!this.fast) {
      const kept = note(this.word, n + 1);
      let told = last ? "Lesson finished." : "Chapter finished.";
      if (last && this.asked) told += ` You predicted ${this.right} of ${this.asked} right.`;
      if (!kept) told += " This browser keeps no progress.";
      this.show(element("p", { class: "finished" }, told));
      this.say(told);
      await this.press(last ? "All lessons" : "Next chapter");
      if (last) this.back();
    }
  }

  // The kinds of parts.

  prose(part) {
    this.show(...prose(part.text));
  }

  async yaml(part) {
    const words = part.text.match(/^kind: \S+/gm)?.map((line) => line.slice(6)) ?? [];
    this.show(element("details", { class: "manifest" }, element("summary", {}, `The manifest: ${words.join(", ")}`),
      element("pre", { tabindex: "0", "aria-label": "The manifest" }, part.text.trimEnd())));
    await this.press("Apply the manifest");
    await this.type(`kubectl apply -f - <<EOF\n${part.text.trimEnd()}\nEOF`);
    this.done = part;
  }

  async kubectl(part, at, parts) {
    this.show(this.commands(part.more));
    // What is applied and what is run belong together.
    if (at === 0 || parts[at - 1] !== this.done) await this.press(part.more.length > 1 ? "Run the commands" : "Run the command");
    await this.run(part.more);
  }

  async predict(part) {
    const { choices, answer } = part.more;
    if (this.fast) return;
    const group = element("fieldset", { class: "predict" }, element("legend", {}, "What do you think?"), element("p", {}, ...inline(part.text)));
    const outcome = element("div", { class: "outcome-text" });
    let chosen;
    const buttons = choices.map(([text], i) => button("", () => { chosen ??= i; }, { "aria-pressed": "false" }));
    buttons.forEach((one, i) => one.append(...inline(choices[i][0])));
    group.append(...buttons, outcome);
    this.show(group);
    this.idle("Choose an answer first");
    await this.until(() => chosen !== undefined);
    buttons.forEach((one, i) => {
      one.setAttribute("aria-pressed", String(i === chosen));
      one.setAttribute("aria-disabled", "true");
    });
    outcome.replaceChildren(element("p", { class: "quiet" }, "Noted. Now see what happens."));
    this.guesses.push({ buttons, choices, chosen, answer, outcome });
  }

  /** Says what was right, once it has been seen. */
  reveal() {
    for (const { buttons, choices, chosen, answer, outcome } of this.guesses) {
      const well = choices[chosen][1];
      this.asked += 1;
      this.right += well ? 1 : 0;
      buttons.forEach((one, i) => {
        if (!choices[i][1] && i !== chosen) return;
        one.classList.add(choices[i][1] ? "right" : "wrong");
        one.prepend(choices[i][1] ? "✓ " : "✗ ");
      });
      outcome.replaceChildren(element("p", {}, element("b", {}, well ? "Right. " : "Not quite. "), ...inline(answer)));
      this.say(`${well ? "Right." : "Not quite."} ${outcome.textContent}`);
    }
    this.guesses = [];
  }

  async try(part) {
    const solution = this.commands(part.more);
    const task = element("div", { class: "task", role: "group", "aria-label": "Your turn" }, element("h4", {}, "Your turn"),
      element("p", {}, ...inline(part.text)),
      element("p", { class: "quiet" }, "By kubectl, by the cards under Build, or by a button: any way will do."));
    let shown = false;
    const help = button("Show me", () => {
      if (shown) return;
      shown = true;
      help.replaceWith(solution);
      this.run(part.more).catch((why) => why instanceof Stopped || console.warn(why));
    });
    task.append(help);
    this.show(task);
    this.yours = true;
    if (this.fast) await this.run(part.more);
    else page("play");
  }

  async expect(part, at) {
    const { lines, limit } = part.more;
    const items = lines.map((line) => element("li", {},
      element("span", { "aria-hidden": "true" }, "○"), element("span", {}, ...inline(line)), element("span", { class: "read-out" }, "not yet")));
    this.show(element("ul", { class: "expect", "aria-label": "What is to be seen" }, ...items));
    if (!this.fast) this.idle(this.yours ? "Your turn …" : "Watch the stage …");
    const began = page("");
    let [moved, looked, was] = [performance.now(), 0, began];
    await this.until(() => {
      const real = performance.now();
      // What is so is no less so a few frames later.
      if (real - looked < 120) return false;
      looked = real;
      const now = page("follow");
      if (now < 0) return false;
      const seen = JSON.parse(this.remote.look(at)) ?? [];
      const news = [];
      items.forEach((item, i) => {
        if (item.classList.toggle("seen", seen[i]) === (item.dataset.seen === "true")) return;
        item.dataset.seen = String(seen[i]);
        item.children[0].textContent = seen[i] ? "✓" : "○";
        item.children[2].textContent = seen[i] ? "seen" : "not yet";
        if (seen[i]) news.push(lines[i]);
      });
      if (news.length) this.say(`Seen: ${news.join("; ")}.`);
      if (now !== was) [moved, was] = [real, now];
      if (now < began) this.advise("Time was turned back to before this chapter. ", "Start again", () => this.again());
      else if (real - moved > 2000) this.advise("Time stands still. ", "Play", () => page("play"));
      else if (!this.yours && now > began + limit) this.advise("This takes longer than it should: something was done otherwise. ", "Start again", () => this.again());
      else this.advise();
      return seen.length > 0 && seen.every(Boolean);
    });
    this.advise();
    this.yours = false;
    this.reveal();
  }

  // What they share.

  commands(list) {
    return element("pre", { class: "commands", tabindex: "0", "aria-label": "Commands" }, list.join("\n"));
  }

  /** Runs commands, each after the one before has ended. */
  async run(list) {
    if (!this.fast) this.idle("Watch the stage …");
    for (const line of list) {
      if (line.startsWith("wait ")) await this.wait(seconds(line));
      else await this.type(line);
    }
  }

  async wait(length) {
    const end = page("play") + length * 1e6;
    if (length > LONG) page("speed", Math.max(this.fast ? FAST : SPEED, length / 8));
    await this.until(() => page("") >= end);
    if (length > LONG) page("speed", this.fast ? FAST : SPEED);
  }

  /** Types a command on the page's command line, and waits until it has ended. */
  async type(line) {
    if (!this.fast) this.idle("Watch the stage …");
    const before = this.remote.ended();
    page("play");
    page(`t${line}`);
    await this.until(() => ![undefined, before].includes(this.remote.ended()));
  }

  show(...nodes) {
    this.body.append(...nodes);
    if (!this.fast) nodes[0]?.scrollIntoView?.({ block: "nearest" });
  }

  say(text) {
    this.status.textContent = text;
  }

  /** Says what seems to be wrong, with a way out. */
  advise(text = "", label = "", act = () => {}) {
    if (this.advice === text) return;
    this.advice = text;
    this.hint.replaceChildren(...(text ? [text, button(label, act)] : []));
    if (text) this.say(text);
  }

  idle(label) {
    this.go.textContent = label;
    this.go.setAttribute("aria-disabled", "true");
    this.pressed = undefined;
  }

  /** Waits for the button. */
  async press(label) {
    if (this.fast) return;
    this.go.textContent = label;
    this.go.setAttribute("aria-disabled", "false");
    let pressed = false;
    this.pressed = () => { pressed = true; };
    await this.until(() => pressed);
    this.pressed = undefined;
  }
}

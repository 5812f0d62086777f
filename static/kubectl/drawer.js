// What opens from below: the drawer of kubectl, and on a small page the sheets. Each has a grip, by which its height is
// dragged, or stepped with the arrows. Loaded when the page has shown its first frame.
const SMALL = matchMedia("(max-width: 760px)");
const STEP = 24;

/** What is made higher: a property on the page, and the least and the most that it may be. */
const kind = () => (SMALL.matches ? ["--sheet", 120, innerHeight * 0.7] : ["--drawer", 46, innerHeight * 0.55]);

function grip(at, name) {
  const page = at.closest(".page");
  const made = document.createElement("div");
  made.className = "grip";
  made.tabIndex = 0;
  const say = { role: "separator", "aria-orientation": "horizontal", "aria-label": `Height of ${name}` };
  for (const [key, value] of Object.entries(say)) made.setAttribute(key, value);
  const now = () => {
    const [property] = kind();
    const set = parseFloat(page.style.getPropertyValue(property));
    const seen = at.querySelector(SMALL.matches ? ".panel.on" : ".log") ?? at;
    return set || seen.getBoundingClientRect().height;
  };
  const tell = () => {
    const [, least, most] = kind();
    made.setAttribute("aria-valuemin", least);
    made.setAttribute("aria-valuemax", Math.round(most));
    made.setAttribute("aria-valuenow", Math.round(now()));
  };
  const set = (height) => {
    const [property, least, most] = kind();
    page.style.setProperty(property, `${Math.round(Math.min(Math.max(height, least), most))}px`);
    tell();
  };
  let from;
  made.addEventListener("pointerdown", (event) => {
    made.setPointerCapture(event.pointerId);
    from = event.clientY + now();
    event.preventDefault();
  });
  made.addEventListener("pointermove", (event) => from !== undefined && set(from - event.clientY));
  for (const end of ["pointerup", "pointercancel"]) made.addEventListener(end, () => { from = undefined; });
  made.addEventListener("keydown", (event) => {
    const by = { ArrowUp: STEP, ArrowDown: -STEP }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    set(now() + by);
  });
  tell();
  at.prepend(made);
}

const page = (words) => window.wasmBindings.podscopePage(words, 0);

/** Fills the bar of the drawer: its tabs, and what is done with the one that is shown. */
function tabs(bar) {
  const printed = window.wasmBindings.podscopePrinted().split("\u{1e}").map((entry) => Number(entry.split("\u{1f}")[0]));
  const numbers = [...new Set([1, ...printed.filter(Boolean)])].sort((a, b) => a - b);
  let now = printed.findLast(Boolean) ?? 1;
  const button = (words, name, act) => {
    const made = document.createElement("button");
    Object.assign(made, { type: "button", textContent: words, title: name });
    made.setAttribute("aria-label", name);
    made.addEventListener("click", act);
    return made;
  };
  const pick = (number) => {
    now = number;
    page(`k${now}`);
    draw();
  };
  const close = () => {
    page("c");
    const at = numbers.indexOf(now);
    numbers.splice(at, 1);
    pick(numbers[Math.min(at, numbers.length - 1)]);
    bar.querySelector("[aria-pressed=true]").focus();
  };
  const more = () => {
    numbers.push(numbers.at(-1) + 1);
    pick(numbers.at(-1));
    document.getElementById("kubectl-line").focus();
  };
  const shown = () => [...bar.parentElement.querySelectorAll(".log .entry")]
    .map((entry) => [...entry.querySelectorAll(".line, pre")].map((part) => part.textContent.replace(/\n?$/, "\n")).join("")).join("");
  const space = document.createElement("span");
  space.className = "space";
  const rest = [space, button("Copy", "Copy what this tab shows", () => navigator.clipboard?.writeText(shown())), button("Clear", "Clear this tab", () => page("c"))];
  function draw() {
    const each = numbers.map((number) => {
      const made = button(String(number), `Tab ${number}`, () => pick(number));
      made.setAttribute("aria-pressed", String(number === now));
      return made;
    });
    bar.replaceChildren(...each, button("+", "New tab", more), ...(numbers.length > 1 ? [button("×", "Close this tab", close)] : []), ...rest);
  }
  draw();
}

/** Gives the drawer its bar, and the drawer and the sheets of a page their grips. */
export function begin(root) {
  const page = root.querySelector(".page");
  const terminal = page.querySelector(".terminal");
  tabs(terminal.querySelector(".shells"));
  terminal.addEventListener("click", (event) => {
    const line = event.target.closest(".copy-line")?.parentElement.querySelector(".line").textContent;
    if (line) navigator.clipboard?.writeText(line.replace(/^\$ /, ""));
  });
  grip(terminal, "the kubectl drawer");
  const sheets = () => {
    for (const at of page.querySelectorAll(".side")) {
      const there = at.querySelector(":scope > .grip");
      if (SMALL.matches && !there) grip(at, "the sheet");
      else if (!SMALL.matches) there?.remove();
    }
  };
  sheets();
  SMALL.addEventListener("change", sheets);
}

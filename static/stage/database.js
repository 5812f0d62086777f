// What is known of a database: who is what, how far each log is, who is behind, and whether what clients saw can be
// explained. `crates/console` says it; this draws it.

const SPAN = 60e6;
const HIGH = 26;

/** What was behind, when: by database and pod. */
const past = new Map();

/** An element with its text or children. Nothing that a manifest names is ever markup. */
function el(name, props = {}, ...children) {
  const svg = /^(svg|path|rect|title)$/.test(name);
  const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(props)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== undefined && child !== null && child !== ""));
  return made;
}

const size = (bytes) => bytes < 1024 ? `${bytes} B` : bytes < 1024 ** 2 ? `${Math.round(bytes / 1024)} KiB`
  : bytes < 1024 ** 3 ? `${Math.round(bytes / 1024 ** 2)} MiB` : `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
const seconds = (micros) => `${(micros / 1e6).toFixed(1)} s`;
const many = (n, one, more = `${one}s`) => `${n} ${n === 1 ? one : more}`;

/** Notes how far behind each member is, and forgets what is old or has not happened yet. */
function note(data) {
  for (const member of data.members) {
    const key = `${data.kind}/${data.name}/${member.pod}`;
    const kept = (past.get(key) ?? []).filter(([at]) => at < data.now && at > data.now - SPAN);
    kept.push([data.now, member.lag]);
    past.set(key, kept);
  }
}

/** A line of the last minute's lag. */
function lag(data, member) {
  const points = past.get(`${data.kind}/${data.name}/${member.pod}`) ?? [];
  const most = Math.max(1, ...points.map(([, n]) => n));
  const at = ([when, n]) => `${(240 * (1 - (data.now - when) / SPAN)).toFixed(1)} ${(HIGH - 2 - (n / most) * (HIGH - 6)).toFixed(1)}`;
  const label = `Lag of ${member.pod} in the last minute: now ${member.lag}, at most ${Math.max(0, ...points.map(([, n]) => n))} entries`;
  return el("svg", { class: "spark lag", viewBox: `0 0 240 ${HIGH}`, preserveAspectRatio: "none", role: "img", "aria-label": label },
    el("path", { class: "axis", d: `M0 ${HIGH - 0.5}H240` }),
    points.length > 1 ? el("path", { class: "line", d: `M${points.map(at).join("L")}` }) : undefined);
}

/** A bar that is so full. */
function bar(share, label) {
  const full = Math.max(0, Math.min(1, share));
  return el("svg", { class: "share", viewBox: "0 0 100 6", preserveAspectRatio: "none", role: "img", "aria-label": label },
    el("rect", { class: "of", width: 100, height: 6, rx: 3 }),
    el("rect", { class: "part", width: (full * 100).toFixed(1), height: 6, rx: 3 }));
}

function member(data, of, longest) {
  const words = [];
  if (of.clone) {
    const [from, done, total] = of.clone;
    words.push(`clones ${from}: ${size(done)} of ${size(total)}`);
  } else if (!of.up) words.push("not up");
  else if (of.role === "locked") words.push("locked out of its files");
  if (of.ghost) words.push("gone from the API, but its node still runs it");
  if (of.diverged !== null) words.push(`its log contradicts the primary's from position ${of.diverged} on`);
  if (!of.volume) words.push("its files go with the pod");
  const behind = of.lag > 0 ? ` · lag ${of.lag}, for ${seconds(of.behind)}` : "";
  const role = of.role === "none" ? "–" : of.role;
  return el("li", { class: `member is-${of.role}${of.diverged !== null ? " bad" : ""}` },
    el("p", {}, el("b", {}, of.pod), el("em", {}, role), el("span", { class: "mono" }, `log ${of.position}`)),
    of.clone
      ? bar(of.clone[1] / (of.clone[2] || 1), `${of.pod} has cloned ${Math.floor((100 * of.clone[1]) / (of.clone[2] || 1))} %`)
      : bar(of.applied / longest, `${of.pod} shows ${of.applied} of ${longest} entries`),
    of.role === "replica" ? el("p", { class: "quiet" }, `applied ${of.applied}${behind}`) : undefined,
    of.role === "replica" ? lag(data, of) : undefined,
    words.length ? el("p", { class: "quiet" }, words.join("; ")) : undefined);
}

/** The operations that prove something. */
const proof = (ops) => el("ol", { class: "proof" }, ...ops.map(([said]) => el("li", {}, said)));

/** One check: what it is, whether it holds, and what proves that it does not. */
function check(name, title, ops, wrong) {
  const holds = !wrong && ops.length === 0;
  return el("li", { class: holds ? "holds" : "fails" },
    el("details", { "data-holds": holds, ...(holds ? {} : { open: "" }) },
      el("summary", {}, el("b", {}, holds ? "✓" : "✗"), ` ${name}`, el("em", {}, holds ? "yes" : wrong || "no")),
      el("p", { class: "quiet" }, title),
      ops.length ? proof(ops) : undefined));
}

const FOUND = [
  ["No answered write is lost", "A write that was answered is on a primary.", (n) => many(n, "lost write")],
  ["Reads are fresh", "A read sees every write that was answered before it began.", (n) => many(n, "stale read")],
  ["Reads never go back", "No client reads less than it had read before.", (n) => many(n, "backward read")],
  ["Files have one writer", "No process writes over another's in the same files.", (n) => many(n, "corrupted write")],
];

/** What it comes to, in a sentence. */
function sentence(data) {
  const { linearizable, sequential, operations, found } = data.verdict;
  if (!operations) return "No client has done anything yet. Writes and reads come with podscope.dev/writes and podscope.dev/reads.";
  const asked = many(operations, "operation");
  if (!linearizable.length) return `What clients saw in ${asked} could have come from a single copy.`;
  const replica = linearizable.some(([, write, pod]) => !write && pod && pod !== data.primary);
  const weaker = sequential.length === 0;
  if (data.mode === "async" && replica && data.primary) {
    const rest = weaker && !found[0] && !found[2]
      ? "and passes the weaker checks: each client's own order can be kept, nothing answered is lost, and no client's reads go back"
      : weaker ? "and passes the weaker check of sequential consistency" : "and the weaker check of sequential consistency too";
    return `Asynchronous replication fails linearizability on a read from a replica, ${rest}.`;
  }
  return weaker ? "No single copy explains what clients saw in the order of real time; an order that keeps each client's own does."
    : "No single copy explains what clients saw, in whatever order.";
}

function verdict(data) {
  const of = data.verdict;
  const found = FOUND.map(([name, title, words], at) => {
    const ops = of.proofs.filter(([finding]) => finding === at).flatMap(([, ops]) => ops).slice(0, 8);
    return check(name, title, of.found[at] ? ops : [], of.found[at] ? words(of.found[at]) : "");
  });
  const apart = of.diverged.map(([a, b, at, x, y]) => [`${a} and ${b} differ from position ${at} on: ${x || "nothing"} there, ${y || "nothing"} here`]);
  return [
    el("h3", {}, "What its clients saw"),
    el("p", { class: "verdict" }, sentence(data)),
    el("ul", { class: "checks" },
      check("Linearizable", "One copy, in the order of real time, explains all of it.", of.linearizable),
      check("Sequentially consistent", "One copy explains all of it in some order that keeps each client's own.", of.sequential),
      ...found,
      check("Copies agree", "No two logs contradict each other.", apart)),
    of.operations && !of.all ? el("p", { class: "quiet" }, `The last ${of.operations} operations are judged.`) : undefined,
  ];
}

/** Makes `old` like `made`, and leaves alone what is alike: what is pressed, read or focused stays the same element. */
function mend(old, made) {
  if (old.nodeName !== made.nodeName) return old.replaceWith(made);
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== made.data) old.data = made.data;
    return;
  }
  // What proves something opens when it comes to fail; after that the reader opens and closes it.
  const turned = old.dataset.holds !== made.dataset.holds;
  for (const { name } of [...old.attributes]) {
    if (!made.hasAttribute(name) && (name !== "open" || turned)) old.removeAttribute(name);
  }
  for (const { name, value } of made.attributes) {
    if (old.getAttribute(name) !== value && (name !== "open" || turned)) old.setAttribute(name, value);
  }
  children(old, [...made.childNodes]);
}

function children(old, wanted) {
  while (old.childNodes.length > wanted.length) old.lastChild.remove();
  wanted.forEach((made, at) => (old.childNodes[at] ? mend(old.childNodes[at], made) : old.append(made)));
}

/** Draws what is known in its place. */
export function draw(place, data) {
  if (!data) return place.replaceChildren();
  note(data);
  const longest = Math.max(1, ...data.members.map((m) => Math.max(m.position, m.applied)));
  const [writes, reads] = [data.writes, data.reads].map(([done, failed, late, full]) =>
    `${done} answered${failed ? `, ${failed} refused` : ""}${late ? `, ${late} without answer` : ""}${full ? ` (${full}: volume full)` : ""}`);
  const mode = { async: "asynchronous", "semi-sync": "semi-synchronous", sync: "synchronous" }[data.mode];
  children(place, [
    el("h3", {}, "Database"),
    el("dl", {},
      el("dt", {}, "replication"), el("dd", {}, data.primary ? mode : "none: every pod believes itself primary"),
      el("dt", {}, "failover"), el("dd", {}, data.operator ? "by an operator" : "by hand"),
      el("dt", {}, "writes"), el("dd", {}, writes),
      el("dt", {}, "reads"), el("dd", {}, reads)),
    el("ul", { class: "members" }, ...data.members.map((of) => member(data, of, longest))),
    ...(data.verdict ? verdict(data).filter(Boolean) : []),
    ...(data.lost.length ? [
      el("h3", {}, "Disks that are gone"),
      el("ul", { class: "gone" }, ...data.lost.map(([at, of, rows, bytes, files]) =>
        el("li", {}, el("time", {}, (at / 1e6).toFixed(1)), ` ${of}: ${rows ? many(rows, "row") : files ? many(files, "file") : size(bytes)}`))),
    ] : []),
  ]);
}

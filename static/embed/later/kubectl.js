// kubectl and the answers to *why*, for a cluster on a page: a module of its own, loaded when it is first asked, with a
// cluster in it that is told what was asked of the page's.

import { explained } from "./explained.js";

let loading;

/** Loads kubectl. */
export function load() {
  loading ??= import("../console/podscope_console.js").then(async (m) => {
    await m.default();
    return { beside: (run, player) => beside(new m.Console(), run, player) };
  });
  // Another try may find the network back.
  loading.catch(() => (loading = undefined));
  return loading;
}

/** kubectl beside `run`, whose clock `player` tells. */
function beside(remote, run, player) {
  let told;
  let next = 0;
  const running = new Map();
  /** What a command asks of the cluster is told as any change is; it is not to be looked at again for that. */
  let taking = false;

  /** Brings the other cluster to where this one is. */
  function follow() {
    const requests = run.requests().map((one) => JSON.stringify(one));
    if (!told) remote.begin(run.seed);
    const known = told ? told.findIndex((one, i) => one !== requests[i]) : 0;
    const had = remote.near(known < 0 ? told.length : known, requests.length, ...run.at());
    remote.follow(`[${requests.slice(had)}]`, ...run.at());
    told = requests;
  }

  /** Takes what a command printed and asked, and whether it has ended. */
  function take(id, answer) {
    const { out = "", err = "", exit = 1, inputs = [], edit } = JSON.parse(answer) ?? {};
    const one = running.get(id);
    one.stdout += out;
    one.stderr += err;
    taking = true;
    for (const { what } of inputs) run.perform(what);
    taking = false;
    if (inputs.length) told = run.requests().map((input) => JSON.stringify(input));
    if (out) one.output?.(out, false);
    if (err) one.output?.(err, true);
    if (exit !== null) one.end(exit);
    else if (edit != null) edited(id, one, edit);
  }

  /** `kubectl edit`: another text by the caller, or none. */
  async function edited(id, one, text) {
    const next = await one.edit?.(text);
    if (!running.has(id)) return;
    follow();
    take(id, remote.edited(id, next ?? text));
  }

  player.on("time", () => {
    if (taking || !running.size) return;
    follow();
    for (const id of [...running.keys()]) take(id, remote.poll(id));
  });
  player.on("dispose", () => {
    for (const one of [...running.values()]) one.end(null);
    remote.free();
  });

  return {
    run(line, { stdin = "", manifest = "", output, edit, signal } = {}) {
      const id = next++;
      return new Promise((done) => {
        const end = (exitCode) => {
          running.delete(id);
          signal?.removeEventListener("abort", stop);
          done({ stdout: one.stdout, stderr: one.stderr, exitCode });
        };
        const stop = () => {
          remote.stop(id);
          end(null);
        };
        const one = { stdout: "", stderr: "", output, edit, end };
        running.set(id, one);
        signal?.addEventListener("abort", stop);
        follow();
        take(id, remote.start(id, line, stdin, "manifest.yaml", manifest));
        if (signal?.aborted && running.has(id)) stop();
      });
    },
    explain(kind, namespace, name) {
      follow();
      return explained(remote.explain(kind, namespace, name));
    },
    // For scenarios: the Markdown of one, the parts of a chapter that begins now, and what of a part is to be seen.
    lesson: (text) => JSON.parse(remote.lesson(text)),
    chapter(n) {
      follow();
      return JSON.parse(remote.chapter(n));
    },
    look(part) {
      follow();
      return JSON.parse(remote.look(part));
    },
  };
}

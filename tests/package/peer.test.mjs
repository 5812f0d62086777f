// The same Deployments in our engine and in @ngrok/webernetes: what their ReplicaSets are asked for, one after the other.
//
// Each scenario is a recording of Kubernetes (tests/conformance/cases), so that where the two differ, it is known who is right.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Peer } from "./peer.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The recordings that are played: what the peer simulates of them is enough. */
const CASES = [
  "deploy-create", "deploy-create-10", "deploy-scale-up", "deploy-scale-down", "deploy-scale-zero", "deploy-scale-down-ages",
  "deploy-rolling-1", "deploy-rolling-2", "deploy-rolling-3", "deploy-rolling-4", "deploy-rolling-10", "deploy-rolling-0pct",
  "deploy-rolling-50-50", "deploy-rolling-surge0-unavail1", "deploy-rolling-surge1-unavail0", "deploy-rolling-surge100-unavail0",
  "deploy-recreate", "deploy-recreate-slow-terminate", "deploy-slow-terminate", "deploy-badimage", "deploy-stuck-undo",
  "deploy-rollover-stuck", "deploy-pause-resume", "deploy-restart", "deploy-history-limit", "deploy-minready", "deploy-scale-and-update",
];

/** Where the peer does otherwise, and why: the recording shows Kubernetes to do what we do. What is listed and agrees fails. */
const DIFFERENT = {
  "deploy-history-limit": "it deletes an old ReplicaSet when the new one is made; Kubernetes does once the rollout is complete",
};

const read = (name) => JSON.parse(readFileSync(`${root}/tests/conformance/cases/${name}.json`, "utf8"));

/** What Kubernetes was recorded to ask of the Deployment's ReplicaSets: one list, or several, where recordings differ. */
const recorded = ({ expected, observed }) => [...(expected?.scale?.web ? [expected.scale.web] : []), ...(observed?.scale?.web ?? [])];

/**
 * The course of a list: its first step, where each set ends, and when each grew and shrank. How many pods are Ready by the next look
 * of the controller is a race, so recordings of one rolling update differ in their steps, and agree in this.
 */
function course(list) {
  const [last, turns] = [{}, {}];
  for (const step of list) {
    const [name, value] = step.includes("=") ? step.split("=") : [step, ""];
    const [before, now] = [Number(last[name] ?? 0), Number(value)];
    last[name] = value;
    turns[name] ??= [];
    if (now !== before && turns[name].at(-1) !== now > before) turns[name].push(now > before);
  }
  return JSON.stringify([list[0], Object.entries(last).sort(), Object.entries(turns).sort()]);
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** Whether Kubernetes was recorded to do this: where all recordings are equal, just this; else one of them, or another of the same course. */
function asRecorded(one, list) {
  const seen = recorded(one);
  return seen.some((s) => same(s, list)) || (seen.length > 1 && seen.some((s) => course(s) === course(list)));
}

/** What our engine asks for, as `podscope conform` prints it. */
const ours = (name) => {
  const args = ["run", "-q", "-p", "podscope-cli", "--", "conform", "--print", `tests/conformance/cases/${name}.json`];
  return JSON.parse(execFileSync("cargo", args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 })).scale.web;
};

/** What the peer asks for. */
async function theirs(one) {
  const text = JSON.stringify(one);
  // An image of which no pod becomes Ready is one that cannot be pulled there.
  const rules = one.kubelet.rules.map((rule) => ({ ...rule, of: new RegExp(rule.match?.image ?? "") }));
  const never = (image) => rules.some((r) => r.of.test(image) && (r.neverReady || r.badImage));
  const ends = (image) => rules.find((r) => r.of.test(image))?.terminateAfterMs ?? one.kubelet.terminateAfterMs;
  const images = [...new Set(text.match(/app:v\d/g))].filter((image) => !never(image));
  const peer = await Peer.start({ images, ends });
  for (const { timeoutMs, ...step } of one.steps) {
    for (const [verb, what] of Object.entries(step)) await play(peer, one, verb, what);
  }
  await peer.sleep(1500);
  const { scale } = peer;
  await peer.close();
  return scale;
}

async function play(peer, one, verb, what) {
  const count = (list) => (what.count === undefined || list.length === what.count) && list.length >= (what.atLeast ?? 0);
  switch (verb) {
    case "apply": return peer.apply(Array.isArray(what) ? what : one.manifests);
    case "kubectl": return peer.kubectl(what);
    case "waitRollout": return peer.rolledOut(what.replace("deployment/", ""));
    case "settle":
    case "sleepMs": return peer.sleep(what);
    case "until": return peer.until(JSON.stringify(what), async () => {
      if (what.pods) return count(await peer.pods(what.pods));
      const { type, status, reason, of } = what.condition;
      const { conditions = [] } = (await peer.deployment(of.replace("deployment/", ""))).status ?? {};
      return conditions.some((c) => c.type === type && c.status === status && c.reason === reason);
    });
    default: throw new Error(`not known here: ${verb}`);
  }
}

for (const name of CASES) {
  test(`${name}: the same sizes, or those that Kubernetes was recorded to have`, async (t) => {
    const one = read(name);
    assert.ok(recorded(one).length > 0, "the recording says nothing about sizes");
    const [we, they] = [ours(name), await theirs(one)];
    assert.ok(asRecorded(one, we), `not as recorded: ${we.join(" ")}`);
    if (same(we, they)) {
      assert.ok(!(name in DIFFERENT), "listed as different, and the same");
      return;
    }
    t.diagnostic(`ours: ${we.join(" ")}; theirs: ${they.join(" ")}`);
    if (asRecorded(one, they)) {
      assert.ok(!(name in DIFFERENT), "listed as different, and as recorded");
      return;
    }
    // The recording decides: ours is what Kubernetes did, theirs is not.
    assert.ok(name in DIFFERENT, `neither the same nor listed: ours ${we.join(" ")}; theirs ${they.join(" ")}`);
  });
}

// What can be added: objects of their own, and what belongs to a workload or a Service that is there.
import { cluster, run } from "./build.js";
import { make } from "./fields.js";

const labelled = (name) => `  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      containers:`;

const service = (name, port, headless, app = name) => `apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:${headless ? "\n  clusterIP: None" : ""}
  selector:
    app: ${app}
  ports:
    - port: ${port}
`;

const stateful = (name) => `${service(name, 3306, true)}---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: ${name}
spec:
  serviceName: ${name}
  replicas: 3
${labelled(name)}
        - name: db
          image: mysql:8.4
          ports:
            - containerPort: 3306
          volumeMounts:
            - name: data
              mountPath: /var/lib/mysql
  volumeClaimTemplates:
    - metadata:
        name: data
      spec:
        accessModes: [ReadWriteOnce]
        resources:
          requests:
            storage: 1Gi
`;

/** What stands for itself: its words, the stem of its name, and its manifest. */
const ADD = [
  ["Deployment", "web", (name) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  replicas: 3
${labelled(name)}
        - name: web
          image: nginx:1.27
          ports:
            - containerPort: 80
`, "Pods that are all alike."],
  ["StatefulSet", "db", (name) => stateful(name),
    "Numbered pods, each with a volume of its own, and the headless Service that names them."],
  ["Database", "store", (name) => `${stateful(name).replace(`kind: StatefulSet\nmetadata:\n  name: ${name}\n`, `kind: StatefulSet\nmetadata:\n  name: ${name}\n  annotations:\n    podscope.dev/writes: 5/s\n`)}---\n${service(`${name}-read`, 3306, false, name).replace("spec:", "  annotations:\n    podscope.dev/reads: 20/s\nspec:")}`,
    "A StatefulSet whose pods replicate: one primary that takes writes, and replicas that follow it."],
];

/** What is made for a workload: its words, the command, and what it is for. */
const FOR = [
  // kubectl exposes no StatefulSets and DaemonSets.
  ["Service", (of) => (of.kind === "Deployment" || of.kind === "ReplicaSet"
    ? `kubectl expose ${of.kind.toLowerCase()} ${of.name}${of.in} --port=80 --name=${of.free}`
    : `kubectl apply -f - <<'EOF'
apiVersion: v1
kind: Service
metadata:
  name: ${of.free}${of.inside}
spec:
  selector: ${JSON.stringify(of.labels)}
  ports:
    - port: 80
EOF`),
    "An address for its pods."],
  ["HPA", (of) => `kubectl apply -f - <<'EOF'
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: ${of.name}${of.inside}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: ${of.kind}
    name: ${of.name}
  minReplicas: 1
  maxReplicas: 10
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 60
EOF`, "Sets its replicas by how busy its pods are."],
  ["PDB", (of) => `kubectl apply -f - <<'EOF'
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: ${of.name}${of.inside}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: ${JSON.stringify(of.labels)}
EOF`, "Refuses evictions that would leave too few of its pods."],
];


/** The objects that have cards: kind, namespace and name. */
const cards = () => [...document.querySelectorAll(".card .more[data-kind]")].map((at) => at.dataset);
const workloads = () => cards().filter((of) => of.kind !== "Service");
/** What may have a Service, an autoscaler or a budget: an autoscaler only what has replicas. */
const takesFor = (kind, words) =>
  /^(Deployment|StatefulSet|ReplicaSet)$/.test(kind) || (kind === "DaemonSet" && words !== "HPA");

/** `web`, or `web-2`: a name that no card has. */
function free(stem) {
  const taken = new Set(cards().map((of) => of.name));
  for (let n = 1; ; n++) {
    const name = n === 1 ? stem : `${stem}-${n}`;
    if (!taken.has(name)) return name;
  }
}

const value = async ({ kind, namespace, name }) => JSON.parse((await cluster()).value(kind, namespace, name));

/** Makes what belongs to a workload. */
async function makeFor(of, command) {
  const found = await value(of);
  if (!found) return;
  const away = of.namespace !== "default";
  run(command({
    kind: of.kind, name: of.name, free: free(`${of.name}-svc`), labels: found.spec?.selector?.matchLabels ?? {},
    in: away ? ` -n ${of.namespace}` : "", inside: away ? `\n  namespace: ${of.namespace}` : "",
  }));
}

/** The same again under another name, with labels and a Service of its own. */
async function duplicate(of) {
  const there = await cluster();
  const name = free(of.name.replace(/-\d+$/, ""));
  run(`kubectl apply -f - <<'EOF'\n${there.copy(of.kind, of.namespace, of.name, name)}EOF`);
}

const quoted = (json) => `'${JSON.stringify(json).replaceAll("'", "'\\''")}'`;

/** Has a Service send its requests to a workload's pods. */
async function connect(service, workload) {
  const [from, to] = [await value(service), await value(workload)];
  if (!from || !to || service.namespace !== workload.namespace) return;
  const labels = to.spec.selector?.matchLabels ?? {};
  // A patch merges: what was selected by before is taken out.
  const gone = Object.fromEntries(Object.keys(from.spec.selector ?? {}).map((key) => [key, null]));
  const away = service.namespace === "default" ? "" : ` -n ${service.namespace}`;
  run(`kubectl patch service/${service.name}${away} -p ${quoted({ spec: { selector: { ...gone, ...labels } } })}`);
}

const button = (words, title, act, className = "add") => {
  const made = make("button", { type: "button", className, title, textContent: words });
  made.addEventListener("click", act);
  return made;
};

/** Fills the palette. */
export function palette(at) {
  at.setAttribute("role", "group");
  at.setAttribute("aria-label", "Add");
  at.append(...ADD.map(([words, stem, manifest, title]) =>
    button(`+ ${words}`, title, () => run(`kubectl apply -f - <<'EOF'\n${manifest(free(stem))}EOF`))));
  const target = make("select", { className: "target", title: "For which workload" });
  target.setAttribute("aria-label", "For");
  const chosen = () => targets()[target.selectedIndex];
  at.append(make("label", { className: "for" }, make("span", { textContent: "for" }), target), ...FOR.map(([words, command, title]) =>
    button(`+ ${words}`, title, () => chosen() && makeFor(chosen(), command))));
  for (const one of at.querySelectorAll("button.add")) {
    one.draggable = true;
    one.addEventListener("dragstart", (event) => {
      event.dataTransfer.setData(ADDED, one.textContent.slice(2));
      event.dataTransfer.effectAllowed = "copy";
    });
  }
  const said = make("p", { className: "did", hidden: true });
  at.append(said);
}

const targets = () => workloads().filter((of) => takesFor(of.kind, ""));

/** What is dragged: something to add, or a Service that is to be connected. */
const ADDED = "application/x-podscope-add";
const SERVICE = "application/x-podscope-service";

/** Has the stage take what is dragged onto it: what is for a workload is dropped onto one. */
export function takes(root) {
  const frames = (scene) => [...scene.querySelectorAll(".stage > svg .frame .card")];
  /** The workload at a place: frames stand in the order of the cards. */
  const under = (scene, { clientX: x, clientY: y }) => frames(scene).findIndex((frame) => {
    const box = frame.getBoundingClientRect();
    return x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
  });
  const light = (scene, at = -1) => frames(scene).forEach((frame, n) => frame.classList.toggle("over", n === at));
  const of = (event) => [ADDED, SERVICE].find((type) => event.dataTransfer?.types.includes(type));
  root.addEventListener("dragover", (event) => {
    const scene = event.target.closest?.(".scene");
    if (!scene || !of(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = of(event) === ADDED ? "copy" : "link";
    light(scene, under(scene, event));
  });
  root.addEventListener("dragleave", (event) => event.target.closest?.(".scene") && light(event.target.closest(".scene")));
  root.addEventListener("drop", (event) => {
    const scene = event.target.closest?.(".scene");
    const type = of(event);
    if (!scene || !type) return;
    event.preventDefault();
    light(scene);
    const words = event.dataTransfer.getData(type);
    const at = workloads()[under(scene, event)];
    if (type === SERVICE) return at && connect(JSON.parse(words), { ...at });
    const own = ADD.find((one) => one[0] === words);
    if (own) return run(`kubectl apply -f - <<'EOF'\n${own[2](free(own[1]))}EOF`);
    const command = FOR.find((one) => one[0] === words)?.[1];
    const to = at ?? (targets().length === 1 ? targets()[0] : undefined);
    if (command && to && takesFor(to.kind, words)) makeFor({ ...to }, command);
  });
}

/** What depends on which cards there are, and on what was done last. */
export function refill(root) {
  const target = root.querySelector(".palette .target");
  if (!target) return;
  const names = targets().map((of) => of.name);
  if (names.join() !== [...target.options].map((o) => o.value).join()) {
    const before = target.value;
    target.replaceChildren(...names.map((name) => make("option", { value: name, textContent: name })));
    if (names.includes(before)) target.value = before;
  }
  watchLog(root);
}

let watched;

/** Shows the command that was run last, to be copied. */
function watchLog(root) {
  const log = root.querySelector(".terminal .log");
  if (!log || watched === log) return;
  watched = log;
  const look = () => {
    const line = [...log.querySelectorAll(".entry .line")].pop()?.textContent.replace(/^\$ /, "");
    const at = root.querySelector(".palette .did");
    if (!at || !line || at.dataset.line === line) return;
    at.dataset.line = line;
    at.hidden = false;
    const copy = button("Copy", "Copy this command", async () => {
      await navigator.clipboard?.writeText(line);
      copy.textContent = "Copied";
    }, "copy-line");
    copy.setAttribute("aria-label", "Copy the command");
    at.replaceChildren(make("code", { textContent: line.split("\n")[0] }), copy);
  };
  new MutationObserver(look).observe(log, { childList: true, subtree: true, characterData: true });
  look();
}

/** Fills what a card has for further acts: a button that shows them. */
export function menu(at) {
  const of = { ...at.dataset };
  const acts = make("span", { className: "acts", hidden: true });
  acts.setAttribute("role", "group");
  acts.setAttribute("aria-label", `More for ${of.kind} ${of.name}`);
  const opens = button("⋯", "Duplicate, connect, add to it", () => show(acts.hidden), "opens");
  opens.setAttribute("aria-label", `More for ${of.name}`);
  opens.setAttribute("aria-expanded", "false");
  const close = () => { show(false); opens.focus(); };
  function show(open) {
    acts.hidden = !open;
    opens.setAttribute("aria-expanded", String(open));
    if (open) acts.replaceChildren(...choices());
  }
  const item = (words, title, act) => button(words, title, () => { close(); act(); }, "act");
  function choices() {
    const all = [item("Duplicate", "The same again under another name", () => duplicate(of))];
    if (of.kind === "Service") {
      const near = workloads().filter((to) => to.namespace === of.namespace);
      all.push(...near.map((to) => item(`Connect to ${to.name}`, `Sets its selector to the labels of ${to.name}`, () => connect(of, { ...to }))));
    } else {
      const fitting = FOR.filter(([words]) => takesFor(of.kind, words));
      all.push(...fitting.map(([words, command, title]) => item(`Add ${words}`, title, () => makeFor(of, command))));
    }
    return all;
  }
  at.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || acts.hidden) return;
    event.stopPropagation();
    close();
  });
  at.append(opens, acts);
  const card = at.closest(".card");
  if (of.kind === "Service") {
    const handle = make("span", { className: "handle", title: "Drag onto a workload to connect it", draggable: true, textContent: "⌁" });
    handle.setAttribute("aria-hidden", "true");
    handle.addEventListener("dragstart", (event) => {
      event.dataTransfer.setData(SERVICE, JSON.stringify(of));
      event.dataTransfer.effectAllowed = "link";
    });
    at.prepend(handle);
  } else {
    const takes = (event) => event.dataTransfer.types.includes(SERVICE);
    card.addEventListener("dragover", (event) => {
      if (!takes(event)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "link";
      card.classList.add("over");
    });
    card.addEventListener("dragleave", () => card.classList.remove("over"));
    card.addEventListener("drop", (event) => {
      card.classList.remove("over");
      if (!takes(event)) return;
      event.preventDefault();
      connect(JSON.parse(event.dataTransfer.getData(SERVICE)), of);
    });
  }
}

//! The verbs that act, and the flags that verbs share. The verbs that only print are in [`crate::print::VERBS`].

use crate::flag::{Flag, Takes, flag};
use crate::verb::{Verb, Words};
use crate::verbs::{apply, delete, drain, label, node, patch, rollout, scale, set, status};

/// `-l`, `--field-selector`
pub const SELECT: &[Flag] = &[
    flag(
        "selector",
        'l',
        Takes::Text,
        "",
        "Only objects with these labels: key=value, key!=value, key in (a,b), key, !key; several by commas.",
    ),
    flag("field-selector", ' ', Takes::Text, "", "Only objects with these fields, such as status.phase=Running."),
];
/// `--all`
pub const ALL: &[Flag] = &[flag("all", ' ', Takes::Switch, "false", "Every object of the kind in the namespace.")];
/// `-A`
pub const EVERYWHERE: &[Flag] = &[flag("all-namespaces", 'A', Takes::Switch, "false", "In all namespaces.")];
/// `-f`, `-k`, `-R`
pub const FILES: &[Flag] = &[
    flag("filename", 'f', Takes::List, "", "A file of manifests, or - for standard input."),
    flag("kustomize", 'k', Takes::Text, "", "Not simulated."),
    flag("recursive", 'R', Takes::Switch, "false", "Read and ignored: there are no folders."),
];
/// `-o`
pub const OUTPUT: &[Flag] = &[
    flag("output", 'o', Takes::Text, "", "What to print: name, yaml, json, jsonpath=…, go-template=…"),
    flag("template", ' ', Takes::Text, "", "The template of -o go-template or jsonpath."),
    flag("show-managed-fields", ' ', Takes::Switch, "false", "Print metadata.managedFields too."),
    flag("allow-missing-template-keys", ' ', Takes::Switch, "true", "Print nothing for a field that is not there."),
];
/// `--dry-run`
pub const DRY_RUN: &[Flag] = &[flag(
    "dry-run",
    ' ',
    Takes::Maybe("unchanged"),
    "none",
    "Change nothing: client only prints, server asks for a verdict too.",
)];
/// `--field-manager`
pub const MANAGER: &[Flag] = &[
    flag("field-manager", ' ', Takes::Text, "kubectl", "Who is written down as the fields' manager."),
    flag("save-config", ' ', Takes::Switch, "false", "Note the manifest in the annotation that apply reads."),
    flag(
        "validate",
        ' ',
        Takes::Maybe("strict"),
        "strict",
        "Refuse unknown fields (strict), warn of them, or ignore them.",
    ),
    flag("show-managed-fields", ' ', Takes::Switch, "false", "Print metadata.managedFields too."),
];

const WORKLOADS: Words = Words::Objects(&["daemonsets", "deployments", "statefulsets"]);

const TEMPLATES: Words = Words::Objects(&[
    "cronjobs",
    "daemonsets",
    "deployments",
    "jobs",
    "pods",
    "replicasets",
    "replicationcontrollers",
    "statefulsets",
]);

const OVERWRITE: Flag = flag("overwrite", ' ', Takes::Switch, "false", "Replace a value that is there.");
const LABEL: &[Flag] = &[
    OVERWRITE,
    flag("list", ' ', Takes::Switch, "false", "Print what is there."),
    flag("local", ' ', Takes::Switch, "false", "Not simulated."),
    flag("resource-version", ' ', Takes::Text, "", "Only if the object has this version."),
];
const APPLY: &[Flag] = &[
    flag("server-side", ' ', Takes::Switch, "false", "Let the API server merge, and keep who set which field."),
    flag("force-conflicts", ' ', Takes::Switch, "false", "Take fields that another manager set."),
    flag("prune", ' ', Takes::Switch, "false", "Not simulated."),
    flag("overwrite", ' ', Takes::Switch, "true", "Replace what was changed by hand."),
    flag("wait", ' ', Takes::Switch, "false", "Wait until what is deleted is gone."),
    flag("timeout", ' ', Takes::Time, "0s", "How long to wait."),
    flag("grace-period", ' ', Takes::Int, "-1", "Seconds that a pod is given to end."),
    flag("force", ' ', Takes::Switch, "false", "Delete and create again what cannot be changed."),
    flag("openapi-patch", ' ', Takes::Switch, "true", "Read and ignored."),
];
const CASCADE: &[Flag] = &[flag(
    "cascade",
    ' ',
    Takes::Maybe("background"),
    "background",
    "What becomes of what the object owns: background (deleted after), foreground (deleted before), orphan (stays).",
)];
const DELETE: &[Flag] = &[
    flag("force", ' ', Takes::Switch, "false", "Forget the object at once, whatever becomes of what it stands for."),
    flag("grace-period", ' ', Takes::Int, "-1", "Seconds that a pod is given to end; its own when negative."),
    flag("ignore-not-found", ' ', Takes::Switch, "false", "Succeed when an object is not there."),
    flag("interactive", 'i', Takes::Switch, "false", "Not simulated."),
    flag("now", ' ', Takes::Switch, "false", "A grace period of one second."),
    flag("output", 'o', Takes::Text, "", "name prints only names."),
    flag("raw", ' ', Takes::Text, "", "Not simulated."),
    flag("timeout", ' ', Takes::Time, "0s", "How long to wait; 0 is as long as the grace period asks."),
    flag("wait", ' ', Takes::Switch, "true", "Wait until the objects are gone."),
];
const DRAIN: &[Flag] = &[
    flag("chunk-size", ' ', Takes::Int, "500", "Read and ignored: lists come whole."),
    flag("delete-emptydir-data", ' ', Takes::Switch, "false", "Evict pods that lose local data by it, too."),
    flag("disable-eviction", ' ', Takes::Switch, "false", "Delete pods and do not ask their budgets."),
    flag("force", ' ', Takes::Switch, "false", "Evict pods that nothing will replace, too."),
    flag("grace-period", ' ', Takes::Int, "-1", "Seconds that a pod is given to end; its own when negative."),
    flag("ignore-daemonsets", ' ', Takes::Switch, "false", "Leave pods of DaemonSets where they are."),
    flag("pod-selector", ' ', Takes::Text, "", "Only evict pods with these labels."),
    flag("skip-wait-for-delete-timeout", ' ', Takes::Int, "0", "Read and ignored."),
    flag("timeout", ' ', Takes::Time, "0s", "How long to try; 0 is for ever."),
];
const PATCH: &[Flag] = &[
    flag("patch", 'p', Takes::Text, "", "The patch, as JSON or YAML."),
    flag("patch-file", ' ', Takes::Text, "", "A file with the patch."),
    flag("type", ' ', Takes::Text, "strategic", "How to merge: strategic, merge, or json."),
    flag("local", ' ', Takes::Switch, "false", "Not simulated."),
    flag("subresource", ' ', Takes::Text, "", "status or scale."),
];
const STATUS: &[Flag] = &[
    flag("revision", ' ', Takes::Int, "0", "Fail unless this revision is the one that is rolled out."),
    flag("timeout", ' ', Takes::Time, "0s", "How long to wait; 0 is for ever."),
    flag("watch", 'w', Takes::Switch, "true", "Wait until the rollout is done."),
];
const SCALE: &[Flag] = &[
    flag("current-replicas", ' ', Takes::Int, "-1", "Only if it has so many now."),
    flag("replicas", ' ', Takes::Int, "0", "How many it is to have."),
    flag("resource-version", ' ', Takes::Text, "", "Only if the object has this version."),
    flag("timeout", ' ', Takes::Time, "0s", "How long to wait for the scaling; 0 is not at all."),
];
const SET: &[Flag] = &[
    flag("all", ' ', Takes::Switch, "false", "Every object of the kind in the namespace."),
    flag("local", ' ', Takes::Switch, "false", "Not simulated."),
    flag("containers", 'c', Takes::Text, "*", "Which containers; * stands for any text."),
];
const SET_ENV: &[Flag] = &[
    flag("env", 'e', Takes::Text, "", "A variable, as KEY=VALUE."),
    flag("list", ' ', Takes::Switch, "false", "Print the variables."),
    flag("overwrite", ' ', Takes::Switch, "true", "Replace a value that is there."),
    flag("resolve", ' ', Takes::Switch, "false", "Not simulated."),
    flag("from", ' ', Takes::Text, "", "Take variables from configmap/NAME or secret/NAME."),
    flag("keys", ' ', Takes::List, "", "Only these keys of --from."),
    flag("prefix", ' ', Takes::Text, "", "Put this in front of names of --from."),
];
const SET_RESOURCES: &[Flag] = &[
    flag("limits", ' ', Takes::List, "", "Such as cpu=200m,memory=512Mi."),
    flag("requests", ' ', Takes::List, "", "Such as cpu=100m,memory=256Mi."),
];

/// The verbs that act.
pub const VERBS: &[Verb] = &[
    Verb {
        name: "annotate",
        aliases: &[],
        help: "Set or take away annotations.",
        usage: "(TYPE NAME | TYPE/NAME | TYPE -l SELECTOR | TYPE --all) KEY=VALUE... KEY-...",
        flags: &[LABEL, SELECT, ALL, EVERYWHERE, FILES, OUTPUT, DRY_RUN],
        words: Words::Objects(&[]),
        run: Some(label::annotate),
    },
    Verb {
        name: "apply",
        aliases: &[],
        help: "Make objects be as manifests say: create them, or change what differs.",
        usage: "-f FILE",
        flags: &[APPLY, MANAGER, SELECT, ALL, FILES, OUTPUT, DRY_RUN, CASCADE],
        words: Words::Free,
        run: Some(apply::apply),
    },
    Verb {
        name: "cordon",
        aliases: &[],
        help: "Keep new pods off a node.",
        usage: "NODE",
        flags: &[SELECT, DRY_RUN],
        words: Words::Names("nodes"),
        run: Some(node::cordon),
    },
    Verb {
        name: "delete",
        aliases: &[],
        help: "Delete objects.",
        usage: "(-f FILE | TYPE [NAME... | -l SELECTOR | --all] | TYPE/NAME...)",
        flags: &[DELETE, CASCADE, SELECT, ALL, EVERYWHERE, FILES, DRY_RUN],
        words: Words::Objects(&[]),
        run: Some(delete::run),
    },
    Verb {
        name: "drain",
        aliases: &[],
        help: "Keep new pods off a node and evict those that run there.",
        usage: "NODE",
        flags: &[DRAIN, SELECT, DRY_RUN],
        words: Words::Names("nodes"),
        run: Some(drain::run),
    },
    Verb {
        name: "label",
        aliases: &[],
        help: "Set or take away labels.",
        usage: "(TYPE NAME | TYPE/NAME | TYPE -l SELECTOR | TYPE --all) KEY=VALUE... KEY-...",
        flags: &[LABEL, SELECT, ALL, EVERYWHERE, FILES, OUTPUT, DRY_RUN],
        words: Words::Objects(&[]),
        run: Some(label::label),
    },
    Verb {
        name: "patch",
        aliases: &[],
        help: "Change fields of an object.",
        usage: "(TYPE NAME | TYPE/NAME | -f FILE) -p PATCH",
        flags: &[PATCH, FILES, OUTPUT, DRY_RUN],
        words: Words::Objects(&[]),
        run: Some(patch::run),
    },
    Verb {
        name: "rollout",
        aliases: &[],
        help: "Watch and steer how a workload's pods are replaced.",
        usage: "",
        flags: &[],
        words: Words::Free,
        run: None,
    },
    Verb {
        name: "rollout history",
        aliases: &[],
        help: "Print the revisions of a workload.",
        usage: "(TYPE NAME | TYPE/NAME)",
        flags: &[
            &[flag("revision", ' ', Takes::Int, "0", "Print this revision's pod template.")],
            SELECT,
            FILES,
            OUTPUT,
        ],
        words: WORKLOADS,
        run: Some(rollout::history),
    },
    Verb {
        name: "rollout pause",
        aliases: &[],
        help: "Hold the rollout of a Deployment.",
        usage: "(TYPE NAME | TYPE/NAME)",
        flags: &[SELECT, FILES, OUTPUT],
        words: Words::Objects(&["deployments"]),
        run: Some(rollout::pause),
    },
    Verb {
        name: "rollout restart",
        aliases: &[],
        help: "Replace all pods of a workload, one rollout's way.",
        usage: "(TYPE NAME | TYPE/NAME)",
        flags: &[SELECT, FILES, OUTPUT],
        words: WORKLOADS,
        run: Some(rollout::restart),
    },
    Verb {
        name: "rollout resume",
        aliases: &[],
        help: "Go on with a Deployment that was paused.",
        usage: "(TYPE NAME | TYPE/NAME)",
        flags: &[SELECT, FILES, OUTPUT],
        words: Words::Objects(&["deployments"]),
        run: Some(rollout::resume),
    },
    Verb {
        name: "rollout status",
        aliases: &[],
        help: "Wait until a workload's pods are all replaced and ready.",
        usage: "(TYPE NAME | TYPE/NAME)",
        flags: &[STATUS, SELECT, FILES],
        words: WORKLOADS,
        run: Some(status::run),
    },
    Verb {
        name: "rollout undo",
        aliases: &[],
        help: "Go back to an earlier revision.",
        usage: "(TYPE NAME | TYPE/NAME)",
        flags: &[
            &[flag("to-revision", ' ', Takes::Int, "0", "The revision to go back to; 0 is the one before.")],
            SELECT,
            FILES,
            OUTPUT,
            DRY_RUN,
        ],
        words: WORKLOADS,
        run: Some(rollout::undo),
    },
    Verb {
        name: "scale",
        aliases: &[],
        help: "Set how many pods a workload has.",
        usage: "--replicas=COUNT (TYPE NAME | TYPE/NAME...)",
        flags: &[SCALE, SELECT, ALL, FILES, OUTPUT, DRY_RUN],
        words: Words::Objects(&["deployments", "replicasets", "replicationcontrollers", "statefulsets"]),
        run: Some(scale::run),
    },
    Verb {
        name: "set",
        aliases: &[],
        help: "Change an image, the environment or resources of containers.",
        usage: "",
        flags: &[],
        words: Words::Free,
        run: None,
    },
    Verb {
        name: "set env",
        aliases: &[],
        help: "Set or take away environment variables.",
        usage: "TYPE/NAME KEY=VALUE... KEY-...",
        flags: &[SET, SET_ENV, SELECT, FILES, OUTPUT, DRY_RUN],
        words: TEMPLATES,
        run: Some(set::env),
    },
    Verb {
        name: "set image",
        aliases: &[],
        help: "Set the image of containers.",
        usage: "TYPE/NAME CONTAINER=IMAGE...",
        flags: &[SET, SELECT, FILES, OUTPUT, DRY_RUN],
        words: TEMPLATES,
        run: Some(set::image),
    },
    Verb {
        name: "set resources",
        aliases: &[],
        help: "Set requests and limits of containers.",
        usage: "TYPE/NAME [--limits=LIMITS] [--requests=REQUESTS]",
        flags: &[SET, SET_RESOURCES, SELECT, FILES, OUTPUT, DRY_RUN],
        words: TEMPLATES,
        run: Some(set::resources),
    },
    Verb {
        name: "taint",
        aliases: &[],
        help: "Set or take away taints of nodes.",
        usage: "NODE NAME KEY=VALUE:EFFECT... KEY[:EFFECT]-...",
        flags: &[&[OVERWRITE], SELECT, ALL, OUTPUT, DRY_RUN],
        words: Words::Objects(&["nodes"]),
        run: Some(node::taint),
    },
    Verb {
        name: "uncordon",
        aliases: &[],
        help: "Let new pods onto a node again.",
        usage: "NODE",
        flags: &[SELECT, DRY_RUN],
        words: Words::Names("nodes"),
        run: Some(node::uncordon),
    },
];

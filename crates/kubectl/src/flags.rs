//! The flags of the verbs, in groups that verbs share.

use crate::flag::{Flag, Takes, flag};
use crate::verb::Words;

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

/// Kinds with a rollout.
pub const WORKLOADS: Words = Words::Objects(&["daemonsets", "deployments", "statefulsets"]);

/// Kinds with a pod template.
pub const TEMPLATES: Words = Words::Objects(&[
    "cronjobs",
    "daemonsets",
    "deployments",
    "jobs",
    "pods",
    "replicasets",
    "replicationcontrollers",
    "statefulsets",
]);

/// `--overwrite`
pub const OVERWRITE: Flag = flag("overwrite", ' ', Takes::Switch, "false", "Replace a value that is there.");
/// `label`, `annotate`
pub const LABEL: &[Flag] = &[
    OVERWRITE,
    flag("list", ' ', Takes::Switch, "false", "Print what is there."),
    flag("local", ' ', Takes::Switch, "false", "Not simulated."),
    flag("resource-version", ' ', Takes::Text, "", "Only if the object has this version."),
];
/// `apply`
pub const APPLY: &[Flag] = &[
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
/// `diff`
pub const DIFF: &[Flag] = &[
    flag("server-side", ' ', Takes::Switch, "false", "Let the API server merge."),
    flag("field-manager", ' ', Takes::Text, "kubectl-client-side-apply", "Read and ignored."),
    flag("force-conflicts", ' ', Takes::Switch, "false", "Read and ignored."),
    flag("show-managed-fields", ' ', Takes::Switch, "false", "Read and ignored."),
    flag("concurrency", ' ', Takes::Int, "1", "Read and ignored."),
];
/// `replace`
pub const REPLACE: &[Flag] = &[
    flag("force", ' ', Takes::Switch, "false", "Delete what is there, and create it again."),
    flag("grace-period", ' ', Takes::Int, "-1", "Read with --force."),
    flag("timeout", ' ', Takes::Time, "0s", "Read with --force."),
    flag("wait", ' ', Takes::Switch, "false", "Read with --force."),
    flag("subresource", ' ', Takes::Text, "", "Not simulated."),
];
/// `--cascade`
pub const CASCADE: &[Flag] = &[flag(
    "cascade",
    ' ',
    Takes::Maybe("background"),
    "background",
    "What becomes of what the object owns: background (deleted after), foreground (deleted before), orphan (stays).",
)];
/// `delete`
pub const DELETE: &[Flag] = &[
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
/// `drain`
pub const DRAIN: &[Flag] = &[
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
/// `patch`
pub const PATCH: &[Flag] = &[
    flag("patch", 'p', Takes::Text, "", "The patch, as JSON or YAML."),
    flag("patch-file", ' ', Takes::Text, "", "A file with the patch."),
    flag("type", ' ', Takes::Text, "strategic", "How to merge: strategic, merge, or json."),
    flag("local", ' ', Takes::Switch, "false", "Not simulated."),
    flag("subresource", ' ', Takes::Text, "", "status or scale."),
];
/// `rollout status`
pub const STATUS: &[Flag] = &[
    flag("revision", ' ', Takes::Int, "0", "Fail unless this revision is the one that is rolled out."),
    flag("timeout", ' ', Takes::Time, "0s", "How long to wait; 0 is for ever."),
    flag("watch", 'w', Takes::Switch, "true", "Wait until the rollout is done."),
];
/// `scale`
pub const SCALE: &[Flag] = &[
    flag("current-replicas", ' ', Takes::Int, "-1", "Only if it has so many now."),
    flag("replicas", ' ', Takes::Int, "0", "How many it is to have."),
    flag("resource-version", ' ', Takes::Text, "", "Only if the object has this version."),
    flag("timeout", ' ', Takes::Time, "0s", "How long to wait for the scaling; 0 is not at all."),
];
/// `set`
pub const SET: &[Flag] = &[
    flag("all", ' ', Takes::Switch, "false", "Every object of the kind in the namespace."),
    flag("local", ' ', Takes::Switch, "false", "Not simulated."),
    flag("containers", 'c', Takes::Text, "*", "Which containers; * stands for any text."),
];
/// `set env`
pub const SET_ENV: &[Flag] = &[
    flag("env", 'e', Takes::Text, "", "A variable, as KEY=VALUE."),
    flag("list", ' ', Takes::Switch, "false", "Print the variables."),
    flag("overwrite", ' ', Takes::Switch, "true", "Replace a value that is there."),
    flag("resolve", ' ', Takes::Switch, "false", "With --list, look up what variables refer to."),
    flag("from", ' ', Takes::Text, "", "Take variables from configmap/NAME or secret/NAME."),
    flag("keys", ' ', Takes::List, "", "Only these keys of --from."),
    flag("prefix", ' ', Takes::Text, "", "Put this in front of names of --from."),
];
/// `set resources`
pub const SET_RESOURCES: &[Flag] = &[
    flag("limits", ' ', Takes::List, "", "Such as cpu=200m,memory=512Mi."),
    flag("requests", ' ', Takes::List, "", "Such as cpu=100m,memory=256Mi."),
];
/// `create deployment`, `create job`, `create cronjob`
pub const IMAGE: &[Flag] = &[
    flag("image", ' ', Takes::List, "", "The image to run."),
    flag("port", ' ', Takes::Int, "-1", "The port that the container declares."),
    flag("replicas", 'r', Takes::Int, "1", "How many pods."),
];
/// `create service …`
pub const SERVICE: &[Flag] = &[
    flag("tcp", ' ', Takes::List, "", "A port, or PORT:TARGET."),
    flag("clusterip", ' ', Takes::Text, "", "Its address, or None for a headless one."),
    flag("node-port", ' ', Takes::Int, "0", "The port on each node."),
    flag("external-name", ' ', Takes::Text, "", "The name that it stands for."),
];
/// `create configmap`, `create secret`
pub const DATA: &[Flag] = &[
    flag("from-literal", ' ', Takes::Text, "", "A key and its text, as KEY=VALUE."),
    flag("from-file", ' ', Takes::Text, "", "A file, or KEY=FILE."),
    flag("from-env-file", ' ', Takes::Text, "", "Not simulated."),
    flag("append-hash", ' ', Takes::Switch, "false", "Not simulated."),
    flag("type", ' ', Takes::Text, "", "The type of a Secret."),
];
/// `create job`, `create cronjob`
pub const JOB: &[Flag] = &[
    flag("image", ' ', Takes::Text, "", "The image to run."),
    flag("from", ' ', Takes::Text, "", "Take the template of cronjob/NAME."),
    flag("schedule", ' ', Takes::Text, "", "When to run, in cron's words."),
    flag("restart", ' ', Takes::Text, "", "OnFailure or Never."),
];
/// `create poddisruptionbudget`, `create quota`
pub const LIMITS: &[Flag] = &[
    flag("selector", ' ', Takes::Text, "", "The labels of the pods."),
    flag("min-available", ' ', Takes::Text, "", "How many pods stay, as a number or a percentage."),
    flag("max-unavailable", ' ', Takes::Text, "", "How many pods may be missing, as a number or a percentage."),
    flag("hard", ' ', Takes::List, "", "Limits, such as pods=10,requests.cpu=4."),
];
/// `run`
pub const RUN: &[Flag] = &[
    flag("image", ' ', Takes::Text, "", "The image to run."),
    flag("port", ' ', Takes::Text, "", "The port that the container declares."),
    flag("env", ' ', Takes::Text, "", "A variable, as KEY=VALUE."),
    flag("labels", 'l', Takes::List, "", "Labels of the pod, as KEY=VALUE."),
    flag("annotations", ' ', Takes::Text, "", "An annotation of the pod, as KEY=VALUE."),
    flag("restart", ' ', Takes::Text, "Always", "Always, OnFailure or Never."),
    flag("command", ' ', Takes::Switch, "false", "The words after -- are the command, not its arguments."),
    flag("image-pull-policy", ' ', Takes::Text, "", "Always, IfNotPresent or Never."),
    flag("expose", ' ', Takes::Switch, "false", "Create a Service in front of the pod, too; asks for --port."),
    flag("rm", ' ', Takes::Switch, "false", "Not simulated."),
    flag("stdin", 'i', Takes::Switch, "false", "Not simulated."),
    flag("tty", 't', Takes::Switch, "false", "Not simulated."),
    flag("attach", ' ', Takes::Switch, "false", "Not simulated."),
    flag("quiet", 'q', Takes::Switch, "false", "Read and ignored."),
];
/// `expose`
pub const EXPOSE: &[Flag] = &[
    flag("cluster-ip", ' ', Takes::Text, "", "Its address, or None for a headless one."),
    flag("external-ip", ' ', Takes::Text, "", "An address that leads to it from outside."),
    flag("labels", 'l', Takes::Text, "", "Labels of the Service, as KEY=VALUE."),
    flag("load-balancer-ip", ' ', Takes::Text, "", "The address of its load balancer."),
    flag("name", ' ', Takes::Text, "", "Its name; that of the object when not given."),
    flag("port", ' ', Takes::Text, "", "The port that it serves."),
    flag("protocol", ' ', Takes::Text, "", "TCP, UDP or SCTP."),
    flag("selector", ' ', Takes::Text, "", "The labels of its pods."),
    flag("session-affinity", ' ', Takes::Text, "", "None or ClientIP."),
    flag("target-port", ' ', Takes::Text, "", "The port of the pods, or its name."),
    flag("type", ' ', Takes::Text, "", "ClusterIP, NodePort, LoadBalancer or ExternalName."),
];
/// `autoscale`
pub const AUTOSCALE: &[Flag] = &[
    flag("min", ' ', Takes::Int, "-1", "The fewest pods."),
    flag("max", ' ', Takes::Int, "-1", "The most pods."),
    flag("cpu", ' ', Takes::Text, "", "The CPU to aim at: 80% of what is requested, or 500m for each pod."),
    flag("cpu-percent", ' ', Takes::Int, "-1", "Deprecated: use --cpu."),
    flag("memory", ' ', Takes::Text, "", "The memory to aim at: 60% of what is requested, or 200Mi for each pod."),
    flag("name", ' ', Takes::Text, "", "The name of the autoscaler; that of the object when not given."),
];
/// `wait`
pub const WAIT: &[Flag] = &[
    flag("for", ' ', Takes::Text, "", "create, delete, condition=NAME[=STATUS], or jsonpath={PATH}[=VALUE]."),
    flag("timeout", ' ', Takes::Time, "30s", "How long to wait; 0 looks once, and less than 0 waits for a week."),
    flag("local", ' ', Takes::Switch, "false", "Not simulated."),
];
/// `logs`
pub const LOGS: &[Flag] = &[
    flag("all-containers", ' ', Takes::Switch, "false", "Of all containers."),
    flag("container", 'c', Takes::Text, "", "Of this container."),
    flag("follow", 'f', Takes::Switch, "false", "Go on and print what is written."),
    flag("previous", 'p', Takes::Switch, "false", "Of the run before this one."),
    flag("tail", ' ', Takes::Int, "-1", "Only so many lines from the end."),
    flag("timestamps", ' ', Takes::Switch, "false", "With the time of each line."),
    flag("since", ' ', Takes::Time, "0s", "Only lines that are not older."),
    flag("prefix", ' ', Takes::Switch, "false", "With the pod and container of each line."),
    flag("selector", 'l', Takes::Text, "", "Of all pods with these labels."),
    flag("max-log-requests", ' ', Takes::Int, "5", "Read and ignored."),
    flag("ignore-errors", ' ', Takes::Switch, "false", "Read and ignored."),
];
/// `exec`
pub const EXEC: &[Flag] = &[
    flag("container", 'c', Takes::Text, "", "In this container."),
    flag("stdin", 'i', Takes::Switch, "false", "Read and ignored."),
    flag("tty", 't', Takes::Switch, "false", "Read and ignored."),
    flag("quiet", 'q', Takes::Switch, "false", "Read and ignored."),
    flag("pod-running-timeout", ' ', Takes::Time, "1m0s", "Read and ignored."),
];

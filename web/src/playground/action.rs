//! [`act`]: what the page's own controls do to the cluster, and the command that would have done it.

use super::larger;
use super::share::Then;
use super::shell::Shell;
use crate::cluster::Cluster;
use crate::subject::Subject;
use podscope_engine::api::{ApiError, DeleteOptions, rest};
use podscope_schema::{KindInfo, Value, kinds};

/// One request.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// `kubectl scale`
    Scale(Subject, i64),
    /// `kubectl set image`, of this container.
    SetImage(Subject, String, String),
    /// `kubectl patch`, a strategic merge patch.
    Patch(Subject, Value),
    /// `kubectl apply`, of these manifests.
    Apply(String),
    /// `kubectl delete`
    Delete(Subject),
}

/// Does it, and records its command, with what kubectl would have printed, in the shell.
///
/// # Errors
/// What the API server says, as kubectl prints it.
pub fn act(shell: &Shell, action: &Action) -> Result<(), String> {
    if let Action::Apply(yaml) = action
        && larger::wanted(yaml)
        && larger::go_on(shell.session(), &shell.manifest(), &[], Then::Apply(yaml.clone()))
    {
        return Ok(());
    }
    let done = shell.session().act(|cluster| perform(cluster, action));
    shell.record(action.command(), done.as_deref());
    done.map(drop)
}

fn perform(cluster: &mut Cluster, action: &Action) -> Result<String, String> {
    let (of, done, word) = match action {
        Action::Scale(of, replicas) => (of, cluster.scale(&of.kind, &of.namespace, &of.name, *replicas), "scaled"),
        Action::SetImage(of, container, image) => {
            (of, cluster.set_image(&of.kind, &of.namespace, &of.name, container, image), "image updated")
        }
        Action::Patch(of, patch) => (of, patched(cluster, of, patch), "patched"),
        Action::Delete(of) => {
            let found = cluster.find(&of.kind, &of.namespace, &of.name);
            (of, found.and_then(|key| cluster.cx.delete(key, DeleteOptions::default())).map(|()| true), "deleted")
        }
        Action::Apply(yaml) => {
            let mut said = String::new();
            let applied = cluster
                .apply(yaml)
                .map_err(|errors| errors.into_iter().map(|e| e.message).collect::<Vec<_>>().join("\n"))?;
            for one in applied {
                let kind = podscope_schema::lookup_kind(&one.api_version, &one.kind);
                said += &[&resource(kind, &one.kind), "/", &one.name, " ", one.what.word(), "\n"].concat();
            }
            return Ok(said);
        }
    };
    let name = &*of.name;
    let info = kinds().iter().find(|k| k.kind == &*of.kind);
    let changed = done.map_err(|e| ["Error from server (", e.reason, "): ", &e.message].concat())?;
    let resource = resource(info, &of.kind);
    Ok(match (action, info) {
        (Action::Delete(_), Some(info)) if info.namespaced => {
            [&resource, " \"", name, "\" ", word, " from ", &of.namespace, " namespace\n"].concat()
        }
        (Action::Delete(_), _) => [&resource, " \"", name, "\" ", word, "\n"].concat(),
        // upstream: kubectl/pkg/cmd/patch and set print this; scale does not look.
        (Action::Patch(..), _) if !changed => [&resource, "/", name, " patched (no change)\n"].concat(),
        (Action::SetImage(..), _) if !changed => String::new(),
        _ => [&resource, "/", name, " ", word, "\n"].concat(),
    })
}

/// `statefulset.apps`, or `pod`.
fn resource(info: Option<&KindInfo>, kind: &str) -> String {
    let kind = kind.to_ascii_lowercase();
    match info {
        Some(info) if !info.group.is_empty() => [&kind, ".", info.group].concat(),
        _ => kind,
    }
}

fn patched(cluster: &mut Cluster, of: &Subject, patch: &Value) -> Result<bool, ApiError> {
    let key = cluster.find(&of.kind, &of.namespace, &of.name)?;
    rest::patch(&mut cluster.cx, key, rest::PatchKind::Strategic, patch)
}

impl Action {
    /// The command that would have done it.
    pub fn command(&self) -> String {
        match self {
            Self::Scale(of, replicas) => {
                ["kubectl scale ", &target(of), " --replicas=", &replicas.to_string(), &in_namespace(of)].concat()
            }
            Self::SetImage(of, container, image) => {
                let image = quoted(&[container, "=", image].concat());
                ["kubectl set image ", &target(of), " ", &image, &in_namespace(of)].concat()
            }
            Self::Patch(of, patch) => {
                ["kubectl patch ", &target(of), " -p ", &quoted(&patch.to_json()), &in_namespace(of)].concat()
            }
            Self::Apply(yaml) => ["kubectl apply -f - <<'EOF'\n", yaml.trim_end(), "\nEOF"].concat(),
            Self::Delete(of) => {
                ["kubectl delete ", &of.kind.to_ascii_lowercase(), " ", &of.name, &in_namespace(of)].concat()
            }
        }
    }
}

/// `statefulset/db`
fn target(of: &Subject) -> String {
    [&of.kind.to_ascii_lowercase(), "/", &*of.name].concat()
}

fn in_namespace(of: &Subject) -> String {
    match &*of.namespace {
        "" | "default" => String::new(),
        namespace => [" -n ", namespace].concat(),
    }
}

/// A word that a shell leaves whole.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::{Action, perform};
    use crate::cluster::{Cluster, Config};
    use crate::subject::Subject;
    use podscope_schema::Value;

    fn of(kind: &str, namespace: &str, name: &str) -> Subject {
        Subject::new(kind, &namespace.into(), &name.into())
    }

    #[test]
    fn actions_are_the_commands_that_would_have_done_them() {
        let db = of("StatefulSet", "default", "db");
        let image = |namespace: &str, container: &str, image: &str| {
            Action::SetImage(of("Deployment", namespace, "web"), container.into(), image.into())
        };
        let patch = Value::from_json(r#"{"spec":{"minReadySeconds":5}}"#).unwrap_or_default();
        let table = [
            (Action::Scale(db, 4), "kubectl scale statefulset/db --replicas=4"),
            (image("shop", "nginx", "nginx:1.28"), "kubectl set image deployment/web nginx=nginx:1.28 -n shop"),
            (image("", "c", "a b'c"), "kubectl set image deployment/web 'c=a b'\\''c'"),
            (Action::Delete(of("Pod", "default", "db-1")), "kubectl delete pod db-1"),
            (
                Action::Patch(of("Deployment", "default", "web"), patch),
                r#"kubectl patch deployment/web -p '{"spec":{"minReadySeconds":5}}'"#,
            ),
            (Action::Apply("kind: A\n".into()), "kubectl apply -f - <<'EOF'\nkind: A\nEOF"),
        ];
        for (action, expected) in table {
            assert_eq!(action.command(), expected);
        }
    }

    #[test]
    fn actions_do_and_print_what_kubectl_would() {
        let mut cluster = Cluster::new(Config::default());
        let web = || of("Deployment", "default", "web");
        let json = |text: &str| Value::from_json(text).unwrap_or_default();
        let example = super::super::EXAMPLE;
        let table = [
            (
                Action::Apply(example.into()),
                Ok(
                    "service/web created\ndeployment.apps/web created\nservice/db created\nstatefulset.apps/db created\n",
                ),
            ),
            (Action::Scale(web(), 5), Ok("deployment.apps/web scaled\n")),
            (Action::SetImage(web(), "nginx".into(), "nginx:2".into()), Ok("deployment.apps/web image updated\n")),
            (Action::SetImage(web(), "nginx".into(), "nginx:2".into()), Ok("")),
            (Action::Patch(web(), json(r#"{"spec":{"minReadySeconds":5}}"#)), Ok("deployment.apps/web patched\n")),
            (
                Action::Patch(web(), json(r#"{"spec":{"minReadySeconds":5}}"#)),
                Ok("deployment.apps/web patched (no change)\n"),
            ),
            (
                Action::Patch(web(), json(r#"{"spec":{"minReadySeconds":-5}}"#)),
                Err(
                    "Error from server (Invalid): Deployment.apps \"web\" is invalid: spec.minReadySeconds: Invalid value: -5: must be greater than or equal to 0",
                ),
            ),
            (Action::Delete(web()), Ok("deployment.apps \"web\" deleted from default namespace\n")),
            (Action::Scale(web(), 5), Err("Error from server (NotFound): deployments.apps \"web\" not found")),
        ];
        for (action, expected) in table {
            let done = perform(&mut cluster, &action);
            assert_eq!(done.as_deref().map_err(String::as_str), expected, "{action:?}");
        }
    }
}

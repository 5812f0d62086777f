//! What can be added: manifests with a free name filled in.

use super::action::{Action, act};
use super::shell::Shell;
use crate::subject::Subject;
use podscope_engine::object::Kind;
use yew::prelude::*;

const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: NAME
spec:
  replicas: 3
  selector:
    matchLabels:
      app: NAME
  template:
    metadata:
      labels:
        app: NAME
    spec:
      containers:
        - name: web
          image: nginx:1.27
          ports:
            - containerPort: 80
";

const STATEFUL_SET: &str = "apiVersion: v1
kind: Service
metadata:
  name: NAME
spec:
  clusterIP: None
  selector:
    app: NAME
  ports:
    - port: 3306
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: NAME
spec:
  serviceName: NAME
  replicas: 3
  selector:
    matchLabels:
      app: NAME
  template:
    metadata:
      labels:
        app: NAME
    spec:
      containers:
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
";

/// What [`Palette`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct PaletteProps {
    /// Where what is done is done.
    pub shell: Shell,
    /// Called with what the API server refuses.
    pub on_problem: Callback<Option<String>>,
}

/// A button for each kind that can be added.
#[component]
pub fn Palette(props: &PaletteProps) -> Html {
    let add = |words: &'static str, stem: &'static str, manifest: &'static str| {
        let props = props.clone();
        let onclick = move |_: MouseEvent| {
            let name = free(&props.shell, stem);
            props.on_problem.emit(act(&props.shell, &Action::Apply(manifest.replace("NAME", &name))).err());
        };
        html! { <button type="button" class="add" {onclick}>{ words }</button> }
    };
    html! {
        <div class="palette" role="group" aria-label="Add">
            { add("+ Deployment", "web", DEPLOYMENT) }
            { add("+ StatefulSet", "db", STATEFUL_SET) }
        </div>
    }
}

/// `web`, or `web-2`: a name that nothing has that goes by it.
fn free(shell: &Shell, stem: &str) -> String {
    let kinds = [Kind::Deployment, Kind::StatefulSet, Kind::Service];
    shell.session().read(|cluster| {
        let store = &cluster.cx.store;
        let taken = |name: &str| {
            let key = |kind: &Kind| store.find(*kind, "default", name);
            kinds.iter().filter_map(key).any(|key| store.object(key).is_some())
        };
        let named = (1..).map(|n: u32| if n == 1 { stem.to_owned() } else { format!("{stem}-{n}") });
        named.into_iter().find(|name| !taken(name)).unwrap_or_default()
    })
}

/// A button that deletes an object. `on_problem` is called with what the API server refuses.
pub fn remove(shell: &Shell, of: &Subject, on_problem: &Callback<Option<String>>) -> Html {
    let onclick = {
        let (shell, of, on_problem) = (shell.clone(), of.clone(), on_problem.clone());
        move |_: MouseEvent| on_problem.emit(act(&shell, &Action::Delete(of.clone())).err())
    };
    html! {
        <button type="button" class="close" {onclick} title="Delete" aria-label={["Delete ", &*of.kind, " ", &*of.name].concat()}>
            <svg class="icon" viewBox="0 0 20 20" aria-hidden="true"><path d="M5 5l10 10M15 5L5 15" /></svg>
        </button>
    }
}

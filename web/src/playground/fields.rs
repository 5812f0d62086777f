//! The fields of a card: a row of [`FIELDS`] is all that a field needs.

use super::action::{Action, act};
use super::shell::Shell;
use super::typed::Typed;
use crate::part::part;
use crate::subject::Subject;
use podscope_engine::convert::to_value;
use podscope_engine::object::Kind;
use podscope_schema::Value;
use yew::prelude::*;

/// A kind's field: where it is, what may be chosen (anything may be written where nothing is), and what it is for.
type Row = (&'static str, &'static [&'static str], &'static [&'static str], &'static str);

const BOTH: &[&str] = &["Retain", "Delete"];

const FIELDS: &[Row] = &[
    (
        "Deployment",
        &["spec", "strategy", "type"],
        &["RollingUpdate", "Recreate"],
        "Whether new pods come while old ones go, or after all of them are gone.",
    ),
    (
        "Deployment",
        &["spec", "strategy", "rollingUpdate", "maxSurge"],
        &[],
        "How many pods a rollout may have beyond replicas: a number, or a percentage.",
    ),
    (
        "Deployment",
        &["spec", "strategy", "rollingUpdate", "maxUnavailable"],
        &[],
        "How many pods may be missing during a rollout: a number, or a percentage.",
    ),
    (
        "Deployment",
        &["spec", "minReadySeconds"],
        &[],
        "How many seconds a pod has to be Ready before it counts as available.",
    ),
    (
        "StatefulSet",
        &["spec", "updateStrategy", "type"],
        &["RollingUpdate", "OnDelete"],
        "Whether an update replaces pods by itself, from the highest number down, or only those that are deleted.",
    ),
    (
        "StatefulSet",
        &["spec", "updateStrategy", "rollingUpdate", "partition"],
        &[],
        "Pods with a lower number than this keep the old revision.",
    ),
    (
        "StatefulSet",
        &["spec", "minReadySeconds"],
        &[],
        "How many seconds a pod has to be Ready before it counts as available.",
    ),
    (
        "StatefulSet",
        &["spec", "persistentVolumeClaimRetentionPolicy", "whenScaled"],
        BOTH,
        "What becomes of a pod's claim when the set is scaled below it.",
    ),
    (
        "StatefulSet",
        &["spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted"],
        BOTH,
        "What becomes of the claims when the set is deleted.",
    ),
    (
        "Service",
        &["spec", "sessionAffinity"],
        &["None", "ClientIP"],
        "Whether a client is sent to the same pod each time.",
    ),
    (
        "Service",
        &["spec", "publishNotReadyAddresses"],
        &["false", "true"],
        "Whether pods that are not Ready are found under the Service's name too.",
    ),
];

/// What [`Fields`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct FieldsProps {
    /// Where what is done is done.
    pub shell: Shell,
    /// Whose fields.
    pub of: Subject,
    /// Its generation: what is typed stays until its spec changes.
    pub generation: i64,
    /// Called with what the API server refuses.
    pub on_problem: Callback<Option<String>>,
}

/// The fields of one object, to change while it runs.
#[component]
pub fn Fields(props: &FieldsProps) -> Html {
    let FieldsProps { shell, of, on_problem, .. } = props;
    let value = shell.session().read(|cluster| {
        let key = cluster.cx.store.find(Kind::from_name(&of.kind)?, &of.namespace, &of.name)?;
        to_value(&cluster.cx, key)
    });
    let Some(value) = value else { return Html::default() };
    let row = |(_, path, choices, help): &'static Row| {
        let name = *path.last().unwrap_or(&"");
        let now = match value.at(path) {
            Some(Value::Str(text)) => text.to_string(),
            Some(Value::Null) | None => choices.first().map_or(String::new(), |first| (*first).to_owned()),
            Some(other) => other.to_json(),
        };
        // Only one of the two may be there, and nothing rolls where everything is recreated.
        if choices.is_empty() && now.is_empty() && !matches!(name, "minReadySeconds" | "partition") {
            return Html::default();
        }
        let on_change = {
            let (shell, of, on_problem, before) = (shell.clone(), of.clone(), on_problem.clone(), now.clone());
            Callback::from(move |text: String| {
                if text != before {
                    on_problem.emit(act(&shell, &Action::Patch(of.clone(), patch(path, &text))).err());
                }
            })
        };
        let on_choice = {
            let (on_change, before) = (on_change.clone(), now.clone());
            Callback::from(move |event: Event| {
                let Some(select) = event.target_dyn_into::<web_sys::HtmlSelectElement>() else { return };
                let chosen = select.value();
                // What is chosen is shown once it is so; what is refused never is.
                select.set_value(&before);
                on_change.emit(chosen);
            })
        };
        let label = [name, " of ", &*of.name].concat();
        html! {
            <label class="line field" title={*help} key={name}>
                <span>{ name }</span>
                if choices.is_empty() {
                    { part!(Typed,
                        class: "amount", label, help: Some(AttrValue::from(*help)),
                        value: if now.is_empty() { "0".into() } else { now }, on_change) }
                } else {
                    <select aria-label={label} aria-description={*help} onchange={on_choice}>
                        { for choices.iter().map(|choice| html! { <option value={*choice} selected={*choice == now}>{ *choice }</option> }) }
                    </select>
                }
            </label>
        }
    };
    let rows: Html = FIELDS.iter().filter(|(kind, ..)| **kind == *of.kind).map(row).collect();
    html! { <details class="fields"><summary>{ "more fields" }</summary>{ rows }</details> }
}

/// The generation of an object; 0 when it is not there.
pub fn generation(shell: &Shell, kind: &str, namespace: &str, name: &str) -> i64 {
    shell.session().read(|cluster| {
        let store = &cluster.cx.store;
        let key = Kind::from_name(kind).and_then(|kind| store.find(kind, namespace, name));
        key.and_then(|key| store.object(key)).map_or(0, |object| object.meta().generation)
    })
}

/// The patch that sets one field.
fn patch(path: &[&str], text: &str) -> Value {
    let value = match (text, text.parse::<i64>()) {
        ("true", _) => true.into(),
        ("false", _) => false.into(),
        ("", _) => Value::Null,
        (_, Ok(number)) => number.into(),
        _ => text.into(),
    };
    let mut patch = Value::default();
    patch.set_at(path, value);
    if matches!(text, "Recreate" | "OnDelete") {
        // What is about rolling updates goes with them.
        patch.set_at(&[path[0], path[1], "rollingUpdate"], Value::Null);
    }
    patch
}

#[cfg(test)]
mod tests {
    use super::{FIELDS, patch};
    use podscope_schema::{kinds, table::type_at, yaml::PathSeg};

    #[test]
    fn every_field_is_one_of_its_kind() {
        for (kind, path, ..) in FIELDS {
            let info = kinds().iter().find(|k| k.kind == *kind);
            let path: Vec<PathSeg> = path.iter().map(|key| PathSeg::Key((*key).to_owned())).collect();
            assert!(info.is_some_and(|info| type_at(info, &path).is_some()), "{kind} {path:?}");
        }
    }

    #[test]
    fn a_change_is_the_least_patch() {
        let table = [
            (&["spec", "minReadySeconds"][..], "5", r#"{"spec":{"minReadySeconds":5}}"#),
            (&["spec", "maxSurge"], "25%", r#"{"spec":{"maxSurge":"25%"}}"#),
            (&["spec", "publishNotReadyAddresses"], "true", r#"{"spec":{"publishNotReadyAddresses":true}}"#),
            (
                &["spec", "strategy", "type"],
                "Recreate",
                r#"{"spec":{"strategy":{"type":"Recreate","rollingUpdate":null}}}"#,
            ),
        ];
        for (path, text, expected) in table {
            assert_eq!(patch(path, text).to_json(), expected);
        }
    }
}

//! A run as a link or a file holds it: its seed, what was done when, the manifest as it is written, and the instant.

use crate::api::input::{Input, Inputs};
use crate::run::Branch;
use crate::time::SimTime;
use podscope_schema::Value;
use std::rc::Rc;

/// How far a run may go, in microseconds: two hours.
const FARTHEST: u64 = 7_200_000_000;
/// How much may have been done in it.
const MOST: usize = 20_000;

/// A run as it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Shared {
    /// The seed of the cluster.
    pub seed: u64,
    /// The text in the editor.
    pub yaml: String,
    /// What was done.
    pub inputs: Vec<Input>,
    /// The instant that is shown.
    pub now: SimTime,
    /// How far the run went.
    pub end: SimTime,
    /// Whether it is the reader's own run, which goes on: what is written in it is kept in place of what was.
    pub own: bool,
    /// Whether it plays.
    pub playing: bool,
    /// What is done first.
    pub then: Then,
    /// All branches of a run that goes on, the present one too, where there are others.
    pub branches: Vec<(Branch, Inputs)>,
}

/// What is done in a run that goes on.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Then {
    /// Nothing.
    #[default]
    Nothing,
    /// What is written in the editor is applied.
    ApplyText,
    /// This is applied.
    Apply(String),
}

fn number(n: u64) -> Value {
    i64::try_from(n).unwrap_or(i64::MAX).into()
}

impl Shared {
    /// As JSON.
    pub fn to_json(&self) -> String {
        let inputs = Value::array(self.inputs.iter().map(Input::to_value));
        let branches = self.branches.iter().map(|(b, inputs)| {
            let inputs = Value::array(inputs.iter().map(|i| i.to_value()));
            Value::array([number(b.number.into()), number(b.forked.0), number(b.end.0), b.present.into(), inputs])
        });
        Value::object([
            ("branches", Value::array(branches)),
            ("podscope", Value::from(1)),
            ("seed", number(self.seed)),
            ("yaml", self.yaml.as_str().into()),
            ("inputs", inputs),
            ("now", number(self.now.0)),
            ("end", number(self.end.0)),
            ("own", self.own.into()),
            ("playing", self.playing.into()),
            (
                "then",
                match &self.then {
                    Then::Nothing => Value::Null,
                    Then::ApplyText => true.into(),
                    Then::Apply(text) => text.as_str().into(),
                },
            ),
        ])
        .to_json()
    }

    /// What [`Shared::to_json`] wrote; nothing when it is something else, or too much.
    pub fn from_json(text: &str) -> Option<Self> {
        let value = Value::from_json(text).ok()?;
        let number = |name: &str| value.get(name).and_then(Value::as_i64).and_then(|n| u64::try_from(n).ok());
        let inputs: Option<Vec<Input>> = value.get("inputs")?.items().iter().map(Input::from_value).collect();
        let inputs = inputs.filter(|all| all.len() <= MOST && all.is_sorted_by_key(|i| (i.at, i.after)))?;
        let (now, end) = (number("now")?, number("end")?);
        let last = inputs.last().map_or(0, |i| i.at.0);
        let fits = number("podscope")? == 1 && now.max(end).max(last) <= FARTHEST;
        fits.then(|| Self {
            seed: number("seed").unwrap_or_default(),
            yaml: value.str_at(&["yaml"]).unwrap_or_default().to_owned(),
            inputs,
            now: SimTime(now),
            end: SimTime(end),
            own: value.get("own") == Some(&Value::Bool(true)),
            playing: value.get("playing") == Some(&Value::Bool(true)),
            then: match value.get("then") {
                Some(Value::Bool(true)) => Then::ApplyText,
                Some(Value::Str(text)) => Then::Apply(text.to_string()),
                _ => Then::Nothing,
            },
            branches: value.get("branches").map_or(&[][..], Value::items).iter().filter_map(branch).collect(),
        })
    }
}

/// One of [`Shared::branches`], as it was written.
fn branch(value: &Value) -> Option<(Branch, Inputs)> {
    let [number, forked, end, present, inputs] = value.items() else { return None };
    let instant =
        |value: &Value| value.as_i64().and_then(|n| u64::try_from(n).ok()).filter(|n| *n <= FARTHEST).map(SimTime);
    let number = u32::try_from(number.as_i64()?).ok()?;
    let inputs: Option<Vec<_>> = inputs.items().iter().map(|i| Input::from_value(i).map(Rc::new)).collect();
    let present = *present == Value::Bool(true);
    Some((Branch { number, forked: instant(forked)?, end: instant(end)?, present }, Rc::new(inputs?)))
}

#[cfg(test)]
mod tests {
    use super::{Shared, Then};
    use crate::time::SimTime;
    use crate::{Cluster, Config, Run};

    #[test]
    fn a_run_is_read_as_it_was_written() {
        let mut run = Run::new(Cluster::new(Config::default()));
        let yaml = include_str!("../../../static/example.yaml");
        run.act(|cluster| cluster.apply(yaml)).expect("the example");
        while !run.advance_to(SimTime::from_millis(20_000), 1000) {}
        _ = run.act(|cluster| cluster.scale("Deployment", "default", "web", 5));
        while !run.advance_to(SimTime::from_millis(40_000), 1000) {}
        run.seek(SimTime::from_millis(30_000));
        _ = run.act(|cluster| cluster.scale("Deployment", "default", "web", 2));
        while !run.advance_to(SimTime::from_millis(35_000), 1000) {}
        let shared = Shared {
            seed: 1,
            yaml: "# mine".to_owned(),
            inputs: run.inputs().iter().map(|i| (**i).clone()).collect(),
            now: run.cluster().now(),
            end: run.end(),
            own: true,
            playing: true,
            then: Then::Apply("kind: Pod".to_owned()),
            branches: run.courses(),
        };
        let text = shared.to_json();
        assert_eq!(shared.branches.len(), 2);
        assert_eq!(Shared::from_json(&text), Some(shared));
        for wrong in ["", "{}", "[]", "{\"podscope\":2}", &text.replace("\"end\":3", "\"end\":9999993")] {
            assert_eq!(Shared::from_json(wrong), None, "{wrong}");
        }
    }
}

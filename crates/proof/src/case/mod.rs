//! A recorded case: what was done, and what was seen. [`play`] does it again.

pub mod alias;
mod runner;

pub use runner::{Played, play};

use podscope_engine::config::Config;
use podscope_engine::kubelet::{Behaviour, PodBehaviour};
use podscope_engine::object::{Pod, Str};
use regex::Regex;
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// A case file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Case {
    /// Its name.
    pub name: String,
    /// Gates switched away from their defaults.
    #[serde(default)]
    pub feature_gates: BTreeMap<String, bool>,
    /// How containers behave.
    pub kubelet: Script,
    /// Applied by the step `apply: manifests`.
    #[serde(default)]
    pub manifests: Vec<Json>,
    /// What is done, in order.
    pub steps: Vec<Json>,
    /// After the last step the case settles for so long at most.
    pub final_timeout_ms: Option<u64>,
    /// Projections that were equal in every recording.
    #[serde(default)]
    pub expected: serde_json::Map<String, Json>,
    /// Projections that differed: the variants seen.
    #[serde(default)]
    pub observed: serde_json::Map<String, Json>,
}

impl Case {
    /// Reads a case.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn read(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|e| e.to_string())
    }

    /// The recorded cluster's settings.
    pub fn config(&self) -> Config {
        Config {
            max_unavailable_stateful_set: self
                .feature_gates
                .get("MaxUnavailableStatefulSet")
                .copied()
                .unwrap_or_default(),
            node_grace: Duration::from_secs(8),
            node_monitor_period: Duration::from_secs(1),
            hpa_sync: Duration::from_secs(2),
            hpa_readiness_delay: Duration::from_secs(1),
            hpa_cpu_init: Duration::from_secs(1),
            lab_metrics: true,
            record: true,
            ..Config::default()
        }
    }
}

/// The scripted kubelet.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Script {
    start_after_ms: Json,
    ready_after_ms: Json,
    terminate_after_ms: Json,
    /// Overrides: the first that matches wins.
    #[serde(default)]
    pub rules: Vec<Json>,
}

/// A number of milliseconds, or text such as "2s".
fn millis(value: &Json) -> Option<Duration> {
    if let Some(ms) = value.as_u64() {
        return Some(Duration::from_millis(ms));
    }
    let text = value.as_str()?;
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let number: f64 = text[..text.len() - unit.len()].parse().ok()?;
    let scale = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        _ => return None,
    };
    Some(Duration::from_secs_f64(number * scale))
}

struct Rule {
    pod: Option<Regex>,
    image: Option<Regex>,
    json: Json,
}

/// The script as the engine asks for it. Aliases in rules were resolved to names before.
struct Scripted {
    base: PodBehaviour,
    rules: Vec<Rule>,
}

impl Script {
    /// The behaviour that these rules give, each alias replaced by `resolve`.
    ///
    /// # Errors
    /// A pattern that is none.
    pub fn behaviour(&self, rules: &[Json], resolve: impl Fn(&str) -> String) -> Result<Rc<dyn Behaviour>, String> {
        let regex = |rule: &Json, key: &str| match rule.get("match").and_then(|m| m.get(key)).and_then(Json::as_str) {
            Some(text) => Regex::new(&resolve(text)).map(Some).map_err(|e| e.to_string()),
            None => Ok(None),
        };
        let rules = rules
            .iter()
            .map(|r| Ok(Rule { pod: regex(r, "pod")?, image: regex(r, "image")?, json: r.clone() }))
            .collect::<Result<_, String>>()?;
        let base = PodBehaviour {
            start_after: millis(&self.start_after_ms).unwrap_or_default(),
            ready_after: millis(&self.ready_after_ms),
            ready_unprobed: true,
            terminate_after: millis(&self.terminate_after_ms),
            unready: false,
            bad_image: false,
            crash: None,
        };
        Ok(Rc::new(Scripted { base, rules }))
    }
}

impl Behaviour for Scripted {
    fn of(&self, pod: &Pod) -> PodBehaviour {
        let mut is = self.base.clone();
        let image = |re: &Regex| pod.spec.containers.iter().any(|c| re.is_match(&c.image));
        let name: &Str = &pod.meta.name;
        let hit = |r: &&Rule| r.pod.as_ref().is_none_or(|re| re.is_match(name)) && r.image.as_ref().is_none_or(image);
        let Some(rule) = self.rules.iter().find(hit) else { return is };
        let json = &rule.json;
        let yes = |key: &str| json.get(key).is_some_and(|v| v.as_bool() == Some(true));
        let time = |key: &str| json.get(key).and_then(millis);
        if let Some(t) = time("startAfterMs") {
            is.start_after = t;
        }
        if let Some(t) = time("readyAfterMs") {
            is.ready_after = Some(t);
        }
        if let Some(t) = time("terminateAfterMs") {
            is.terminate_after = Some(t);
        }
        if yes("neverReady") {
            is.ready_after = None;
        }
        is.unready = json.get("ready").is_some_and(|v| v == "false" || v == false);
        is.bad_image = yes("badImage");
        if yes("neverTerminate") {
            is.terminate_after = None;
        }
        if yes("crash") {
            let code = json.get("exitCode").and_then(Json::as_i64).unwrap_or(1);
            is.crash = Some((time("crashAfterMs").unwrap_or_default(), code as i32));
        }
        is
    }

    fn detailed(&self) -> bool {
        false
    }
}

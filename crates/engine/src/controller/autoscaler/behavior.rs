//! Stabilisation and rates: how fast a scale may follow its metrics.

use super::Draft;
use crate::object::Autoscaler;
use crate::time::SimTime;
use podscope_schema::Value;
use std::time::Duration;

/// `--horizontal-pod-autoscaler-downscale-stabilization`
const DOWNSCALE_STABILIZATION: Duration = Duration::from_mins(5);

/// What an autoscaler recommended and did lately.
#[derive(Clone, Debug, Default)]
pub struct History {
    pub(super) recommendations: Vec<(i64, SimTime)>,
    /// Replicas added.
    pub(super) ups: Vec<(i64, SimTime)>,
    /// Replicas taken away.
    pub(super) downs: Vec<(i64, SimTime)>,
}

impl History {
    /// The first look takes the present scale for a recommendation.
    // upstream: podautoscaler recordInitialRecommendation
    pub fn begin(&mut self, current: i64, now: SimTime) {
        if self.recommendations.is_empty() {
            self.recommendations.push((current, now));
        }
    }

    /// When the last recommendation of so many replicas leaves the window of a scale-down.
    pub fn stable_until(&self, hpa: &Autoscaler, current: i64) -> Option<SimTime> {
        let window = Rules::of(hpa, "scaleDown").window;
        self.recommendations.iter().filter(|(n, _)| *n >= current).map(|(_, at)| *at + window).max()
    }

    /// Keeps in mind that the scale was changed.
    // upstream: podautoscaler storeScaleEvent
    pub fn scaled(&mut self, hpa: &Autoscaler, before: i64, after: i64, now: SimTime) {
        if hpa.behavior.is_null() {
            return;
        }
        let (list, side, change) = if after > before {
            (&mut self.ups, "scaleUp", after - before)
        } else {
            (&mut self.downs, "scaleDown", before - after)
        };
        let longest = Rules::of(hpa, side).policies.iter().map(|p| p.period).max().unwrap_or_default();
        list.retain(|(_, at)| *at + longest >= now);
        list.push((change, now));
    }
}

/// `behavior.scaleUp` or `behavior.scaleDown`.
struct Rules {
    window: Duration,
    select: Select,
    policies: Vec<Policy>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Select {
    Max,
    Min,
    Disabled,
}

struct Policy {
    percent: bool,
    value: i64,
    period: Duration,
}

impl Rules {
    fn of(hpa: &Autoscaler, side: &str) -> Self {
        let rules = hpa.behavior.get(side).cloned().unwrap_or_default();
        let seconds = |v: &Value, field: &str| {
            v.get(field).and_then(Value::as_i64).map(|s| Duration::from_secs(s.max(0).unsigned_abs()))
        };
        let policy = |p: &Value| Policy {
            percent: p.str_at(&["type"]) == Some("Percent"),
            value: p.get("value").and_then(Value::as_i64).unwrap_or_default(),
            period: seconds(p, "periodSeconds").unwrap_or_default(),
        };
        let mut policies: Vec<Policy> = rules.get("policies").into_iter().flat_map(Value::items).map(policy).collect();
        let up = side == "scaleUp";
        // upstream: apis/autoscaling/v2 GenerateHPAScaleUpRules, GenerateHPAScaleDownRules
        if policies.is_empty() {
            let default = |percent, value| Policy { percent, value, period: Duration::from_secs(15) };
            policies.push(default(true, 100));
            if up {
                policies.push(default(false, 4));
            }
        }
        let usual = if up { Duration::ZERO } else { DOWNSCALE_STABILIZATION };
        Self {
            window: seconds(&rules, "stabilizationWindowSeconds").unwrap_or(usual),
            select: match rules.str_at(&["selectPolicy"]) {
                Some("Min") => Select::Min,
                Some("Disabled") => Select::Disabled,
                _ => Select::Max,
            },
            policies,
        }
    }

    /// How far these policies let the scale go from `current`.
    // upstream: podautoscaler calculateScaleUpLimitWithScalingRules, calculateScaleDownLimitWithBehaviors
    fn limit(&self, up: bool, current: i64, history: &History, now: SimTime) -> i64 {
        if self.select == Select::Disabled {
            return current;
        }
        let proposals = self.policies.iter().map(|policy| {
            let since = |list: &[(i64, SimTime)]| -> i64 {
                list.iter().filter(|(_, at)| *at + policy.period > now).map(|(n, _)| n).sum()
            };
            let start = current - since(&history.ups) + since(&history.downs);
            match (policy.percent, up) {
                (false, true) => start + policy.value,
                (false, false) => start - policy.value,
                // Rounded up, or one pod would never become two.
                (true, true) => (start as f64 * (1.0 + policy.value as f64 / 100.0)).ceil() as i64,
                (true, false) => (start as f64 * (1.0 - policy.value as f64 / 100.0)) as i64,
            }
        });
        // The policy that changes most, or least.
        let highest = up == (self.select == Select::Max);
        let limit = if highest { proposals.max() } else { proposals.min() };
        limit.unwrap_or(current)
    }
}

/// What becomes of a proposal under the autoscaler's bounds, rates and windows; sets the conditions that tell of it.
pub fn normalize(hpa: &Autoscaler, history: &mut History, current: i64, proposed: i64, draft: &mut Draft) -> i64 {
    let now = draft.now;
    let (stable, wanted, reason, text) = if hpa.behavior.is_null() {
        plain(hpa, history, current, proposed, now)
    } else {
        with_rules(hpa, history, current, proposed, now)
    };
    if stable == proposed {
        draft.set("AbleToScale", true, "ReadyForNewScale", "recommended size matches current size");
    } else if hpa.behavior.is_null() || proposed < current {
        let text = "recent recommendations were higher than current one, applying the highest recent recommendation";
        draft.set("AbleToScale", true, "ScaleDownStabilized", text);
    } else {
        let text = "recent recommendations were lower than current one, applying the lowest recent recommendation";
        draft.set("AbleToScale", true, "ScaleUpStabilized", text);
    }
    draft.set("ScalingLimited", wanted != stable, reason, text);
    wanted
}

/// The stabilised recommendation, what is allowed of it, and why.
type Outcome = (i64, i64, &'static str, &'static str);

const IN_RANGE: (&str, &str) = ("DesiredWithinRange", "the desired count is within the acceptable range");
const TOO_FAST: &str = "the desired replica count is increasing faster than the maximum scale rate";
const TOO_FAST_DOWN: &str = "the desired replica count is decreasing faster than the maximum scale rate";
const TOO_MANY: &str = "the desired replica count is more than the maximum replica count";
const TOO_FEW: &str = "the desired replica count is less than the minimum replica count";

// upstream: podautoscaler normalizeDesiredReplicas, convertDesiredReplicasWithRules
fn plain(hpa: &Autoscaler, history: &mut History, current: i64, proposed: i64, now: SimTime) -> Outcome {
    let recent = &mut history.recommendations;
    recent.retain(|(_, at)| *at + DOWNSCALE_STABILIZATION >= now);
    let stable = recent.iter().map(|(n, _)| *n).max().unwrap_or(proposed).max(proposed);
    recent.push((proposed, now));
    let fastest = (2 * current).max(4);
    let (most, reason, text) =
        if hpa.max > fastest { (fastest, "ScaleUpLimit", TOO_FAST) } else { (hpa.max, "TooManyReplicas", TOO_MANY) };
    if stable < hpa.min {
        (stable, hpa.min, "TooFewReplicas", TOO_FEW)
    } else if stable > most {
        (stable, most, reason, text)
    } else {
        (stable, stable, IN_RANGE.0, IN_RANGE.1)
    }
}

// upstream: podautoscaler stabilizeRecommendationWithBehaviors
fn with_rules(hpa: &Autoscaler, history: &mut History, current: i64, proposed: i64, now: SimTime) -> Outcome {
    let (up, down) = (Rules::of(hpa, "scaleUp"), Rules::of(hpa, "scaleDown"));
    let (mut lowest, mut highest) = (proposed, proposed);
    for (recommended, at) in &history.recommendations {
        if *at + up.window > now {
            lowest = lowest.min(*recommended);
        }
        if *at + down.window > now {
            highest = highest.max(*recommended);
        }
    }
    let stable = current.max(lowest).min(highest);
    let longest = up.window.max(down.window);
    history.recommendations.retain(|(_, at)| *at + longest >= now);
    history.recommendations.push((proposed, now));
    let (wanted, reason, text) = at_rate(hpa, history, current, stable, now);
    (stable, wanted, reason, text)
}

/// How much of a recommendation the policies and bounds allow now, and why.
// upstream: podautoscaler convertDesiredReplicasWithBehaviorRate
pub(super) fn at_rate(
    hpa: &Autoscaler,
    history: &History,
    current: i64,
    stable: i64,
    now: SimTime,
) -> (i64, &'static str, &'static str) {
    if stable > current {
        let up = Rules::of(hpa, "scaleUp");
        let limit = up.limit(true, current, history, now).max(current);
        let (most, reason, text) =
            if hpa.max > limit { (limit, "ScaleUpLimit", TOO_FAST) } else { (hpa.max, "TooManyReplicas", TOO_MANY) };
        if stable > most {
            return (most, reason, text);
        }
    } else if stable < current {
        let down = Rules::of(hpa, "scaleDown");
        let limit = down.limit(false, current, history, now).min(current);
        let (least, reason, text) = if hpa.min < limit {
            (limit, "ScaleDownLimit", TOO_FAST_DOWN)
        } else {
            (hpa.min, "TooFewReplicas", TOO_FEW)
        };
        if stable < least {
            return (least, reason, text);
        }
    }
    (stable, IN_RANGE.0, IN_RANGE.1)
}

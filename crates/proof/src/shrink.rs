//! Makes a run that breaks a rule small.

use crate::judge::Extra;
use crate::plan::{Plan, Step};
use crate::run::play_with;

/// The smallest run found, by leaving out steps and joining and shortening waits, that breaks the same rule.
pub fn shrink(plan: &Plan, rule: &str, extra: Option<Extra>) -> Plan {
    let breaks = |plan: &Plan| play_with(plan, extra).broken.iter().any(|b| b.rule == rule);
    let mut best = plan.clone();
    // What is left out makes room for more.
    loop {
        let steps = best.steps.len();
        fewer(&mut best, &breaks);
        join(&mut best, &breaks);
        if best.steps.len() == steps {
            break;
        }
    }
    for at in 0..best.steps.len() {
        while let Step::Wait(millis) = best.steps[at] {
            let mut less = best.clone();
            // Whole seconds are easier to read than what chance gave.
            let shorter = if millis > 1000 && millis % 1000 != 0 { millis / 1000 * 1000 } else { millis / 2 };
            less.steps[at] = Step::Wait(shorter);
            if shorter == millis || !breaks(&less) {
                break;
            }
            best = less;
        }
    }
    best
}

/// Leaves out half of the steps, then a quarter, and so on down to single ones.
fn fewer(best: &mut Plan, breaks: &impl Fn(&Plan) -> bool) {
    let mut size = best.steps.len();
    while size > 0 {
        let mut at = 0;
        while at < best.steps.len() {
            let mut less = best.clone();
            less.steps.drain(at..(at + size).min(best.steps.len()));
            if breaks(&less) {
                *best = less;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
}

/// Makes one wait of two that follow each other.
fn join(best: &mut Plan, breaks: &impl Fn(&Plan) -> bool) {
    let mut at = 1;
    while at < best.steps.len() {
        if let [Step::Wait(a), Step::Wait(b)] = best.steps[at - 1..=at] {
            let mut less = best.clone();
            less.steps.splice(at - 1..=at, [Step::Wait(a + b)]);
            if breaks(&less) {
                *best = less;
                continue;
            }
        }
        at += 1;
    }
}

//! Makes a run that breaks a rule small.

use crate::plan::{Plan, Step};
use crate::run::play;

/// The smallest run found, by leaving out steps and shortening waits, that breaks the same rule.
pub fn shrink(plan: &Plan, rule: &str) -> Plan {
    let breaks = |plan: &Plan| play(plan).broken.iter().any(|b| b.rule == rule);
    let mut best = plan.clone();
    let mut size = best.steps.len();
    while size > 0 {
        let mut at = 0;
        while at < best.steps.len() {
            let mut less = best.clone();
            less.steps.drain(at..(at + size).min(best.steps.len()));
            if breaks(&less) {
                best = less;
            } else {
                at += size;
            }
        }
        size /= 2;
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

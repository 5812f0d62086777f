//! A run that breaks a rule is made small and written as a scenario, which breaks it too: tried with a rule that is wrong.

use podscope_engine::api::{Context, Write};
use podscope_engine::object::{Node, Pod, Resource};
use podscope_proof::plan::{Plan, Step};
use podscope_proof::run::play_with;
use podscope_proof::{Extra, lab, scenario, shrink};

/// A wrong rule: pods are deleted all the time.
fn none_deleted(_: &Context, write: &Write) -> Result<(), String> {
    let deleted = write.new.as_ref().and_then(Pod::of).is_some_and(|p| p.meta.deleting());
    if deleted { Err("a pod is deleted".into()) } else { Ok(()) }
}

/// A wrong rule that only a failed node breaks.
fn none_unreachable(_: &Context, write: &Write) -> Result<(), String> {
    let node = write.new.as_ref().and_then(Node::of);
    let tainted = node.is_some_and(|n| n.taints.iter().any(|t| &*t.key == "node.kubernetes.io/unreachable"));
    if tainted { Err("a node is unreachable".into()) } else { Ok(()) }
}

const RULES: [Extra; 2] = [("no pod is deleted", none_deleted), ("no node is unreachable", none_unreachable)];

/// The first plans that break a rule, made small.
fn broken(rule: Extra) -> impl Iterator<Item = Plan> {
    let breaks = move |plan: &Plan| play_with(plan, Some(rule)).broken.iter().any(|b| b.rule == rule.0);
    (1..200).map(Plan::random).filter(breaks).take(3).map(move |plan| shrink::shrink(&plan, rule.0, Some(rule)))
}

#[test]
fn what_breaks_a_rule_is_a_scenario_that_breaks_it() {
    for rule in RULES {
        let mut count = 0;
        for plan in broken(rule) {
            let outcome = play_with(&plan, Some(rule));
            assert!(plan.steps.len() <= 6, "not small: {plan:?}");
            let text = scenario::write(&plan, &outcome);
            let shown = scenario::replay(&text, Some(rule)).expect_err("nothing is broken");
            assert!(shown.contains(&format!("a rule is broken {}", outcome.broken[0])), "{shown}\n{text}");
            // With the rule taken back, as when what broke it is mended, the scenario is met.
            assert_eq!(scenario::replay(&text, None), Ok(()), "{text}");
            count += 1;
        }
        assert_eq!(count, 3, "{}", rule.0);
    }
}

#[test]
fn a_scenario_is_the_same_run_as_the_plan() {
    let (mut same, mut checked) = (0, 0);
    for seed in 1..=40 {
        let plan = Plan::random(seed);
        let outcome = play_with(&plan, None);
        let text = scenario::write(&plan, &outcome);
        let read = podscope_scenario::parse(&text).unwrap_or_else(|e| panic!("seed {seed}: {e:?}\n{text}"));
        let config = podscope_engine::Config { record: true, ..podscope_engine::Config::default() };
        let options = podscope_scenario::Options { config, on: &mut |_| {} };
        let ended = podscope_scenario::run_on(&read, options, &mut lab::Lab::default());
        let cluster = ended.unwrap_or_else(|e| panic!("seed {seed}: {e:?}\n{text}"));
        same += usize::from(cluster.cx.trace.digest() == outcome.digest);
        checked +=
            usize::from(plan.steps.iter().any(|s| matches!(s, Step::Break(..) | Step::Hold(..) | Step::Node(..))));
    }
    // A scenario looks at a command that waits every 100 ms, too, so that it may end a little sooner.
    assert!(same >= 38, "only {same} of 40");
    assert!(checked > 10, "only {checked} runs broke anything");
}

#[test]
fn what_never_settles_is_shown() {
    let text = "# Stuck\n\nNo pod becomes Ready.\n\n## Broken\n\n```yaml\napiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: app}]}\n```\n\n```kubectl\nlab break web never-ready\n```\n\n```expect\nwithin 5m\nsettled\n```\n";
    let shown = scenario::replay(text, None).expect_err("it settled");
    assert!(shown.contains("expected: settled; seen: "), "{shown}");
    assert!(shown.contains("Pod web is not Ready"), "{shown}");
    let mended = text.replace("never-ready\n", "never-ready\nlab wait 1000ms\nlab mend\n");
    assert_eq!(scenario::replay(&mended, None), Ok(()));
}

//! Jobs whose indexes count one by one.

use super::tests::{BADLY, Lab, NEVER, WELL, manifest};
use crate::object::Phase;

/// The Job's spec beside `completionMode: Indexed`, annotations, seconds to run; successes, failures, completed and failed
/// indexes, and the reason of the last condition.
type Row = (&'static str, &'static str, u64, i64, i64, &'static str, Option<&'static str>, Option<&'static str>);

/// An Indexed Job of these fields, each `name: value`, parted by a comma outside of brackets.
fn indexed(fields: &str, run: &str) -> String {
    let mut lines = String::from("completionMode: Indexed\n  ");
    let mut depth = 0;
    for c in fields.chars() {
        depth += i32::from(c == '{' || c == '[') - i32::from(c == '}' || c == ']');
        match c {
            ',' if depth == 0 => lines.push_str("\n "),
            c => lines.push(c),
        }
    }
    manifest(&lines, NEVER, run)
}

#[test]
fn ends() {
    const FAIL_INDEX: &str = "completions: 2, parallelism: 2, backoffLimitPerIndex: 5, podFailurePolicy: {rules: \
                              [{action: FailIndex, onExitCodes: {operator: In, values: [3]}}]}";
    const IGNORE: &str = "completions: 1, backoffLimitPerIndex: 0, podFailurePolicy: {rules: [{action: Ignore, \
                          onExitCodes: {operator: In, values: [3]}}]}";
    let rows: [Row; 11] = [
        (
            "completions: 2, parallelism: 2, backoffLimitPerIndex: 0",
            BADLY,
            30,
            0,
            2,
            "",
            Some("0,1"),
            Some("FailedIndexes"),
        ),
        ("completions: 2, parallelism: 2, backoffLimitPerIndex: 1", BADLY, 15, 0, 0, "", Some(""), None),
        (
            "completions: 2, parallelism: 2, backoffLimitPerIndex: 1",
            BADLY,
            90,
            0,
            4,
            "",
            Some("0,1"),
            Some("FailedIndexes"),
        ),
        (
            "completions: 4, parallelism: 1, backoffLimitPerIndex: 0, maxFailedIndexes: 1",
            BADLY,
            60,
            0,
            2,
            "",
            Some("0,1"),
            Some("MaxFailedIndexesExceeded"),
        ),
        (FAIL_INDEX, BADLY, 30, 0, 2, "", Some("0,1"), Some("FailedIndexes")),
        (IGNORE, BADLY, 300, 0, 0, "", Some(""), None),
        ("completions: 2, backoffLimitPerIndex: 1", WELL, 60, 2, 0, "0,1", Some(""), Some("CompletionsReached")),
        (
            "completions: 3, successPolicy: {rules: [{succeededCount: 1}]}",
            WELL,
            60,
            1,
            0,
            "0",
            None,
            Some("SuccessPolicy"),
        ),
        (
            "completions: 5, successPolicy: {rules: [{succeededIndexes: '1-2'}]}",
            WELL,
            60,
            3,
            0,
            "0-2",
            None,
            Some("SuccessPolicy"),
        ),
        (
            "completions: 5, successPolicy: {rules: [{succeededIndexes: '0,4'}, {succeededIndexes: '1,3,4', \
             succeededCount: 1}]}",
            WELL,
            60,
            2,
            0,
            "0,1",
            None,
            Some("SuccessPolicy"),
        ),
        (
            "completions: 2, successPolicy: {rules: [{succeededCount: 2}]}",
            WELL,
            60,
            2,
            0,
            "0,1",
            None,
            Some("SuccessPolicy"),
        ),
    ];
    for (spec, run, seconds, succeeded, failed, done, given_up, end) in rows {
        let mut lab = Lab::new(&indexed(spec, run));
        lab.pass(seconds);
        let status = &lab.job().status;
        let what = format!("{spec} {run}: {status:?}");
        assert_eq!((status.succeeded, status.failed), (succeeded, failed), "{what}");
        assert_eq!(crate::convert::batch::intervals(&status.indexes), done, "{what}");
        let list = status.failed_indexes.as_ref().map(|list| crate::convert::batch::intervals(list));
        assert_eq!(list.as_deref(), given_up, "{what}");
        assert_eq!(lab.conditions().pop().map(|(_, reason)| reason).as_deref(), end, "{what}");
        if end.is_some() {
            assert_eq!(status.active, 0, "{what}");
            assert!(lab.pods().iter().all(|p| p.meta.finalizers.is_empty()), "{what}");
        }
    }
}

#[test]
fn pods_know_how_often_their_index_failed() {
    let mut lab = Lab::new(&indexed("completions: 1, backoffLimitPerIndex: 3", BADLY));
    lab.pass(60);
    let mut counts: Vec<&str> = lab
        .pods()
        .iter()
        .filter_map(|p| p.meta.annotations.get("batch.kubernetes.io/job-index-failure-count"))
        .map(|v| &**v)
        .collect();
    counts.sort_unstable();
    assert_eq!(counts, ["0", "1", "2"]);
    // The last one that failed is held until the next one is there, for it knows the count.
    let held: Vec<Phase> =
        lab.pods().iter().filter(|p| !p.meta.finalizers.is_empty()).map(|p| p.status.phase).collect();
    assert_eq!(held.len(), 1, "{held:?}");
}

#[test]
fn what_works_on_when_enough_succeeded_is_deleted_and_not_counted() {
    let spec = "completions: 3, parallelism: 3, successPolicy: {rules: [{succeededCount: 1}]}";
    let mut lab = Lab::new(&indexed(spec, "podscope.dev/run-for: 60s"));
    lab.pass(5);
    let first = lab.0.cx.store.list::<crate::object::Pod>(crate::object::Kind::Pod).map(|(k, _)| k).next();
    let first = first.expect("a pod");
    lab.0.cx.update::<crate::object::Pod>(first, |p| p.status.phase = Phase::Succeeded);
    lab.pass(50);
    let status = &lab.job().status;
    assert_eq!((status.succeeded, status.failed, status.active), (1, 0, 0), "{status:?}");
    let last = lab.job().status.conditions.last().map(|c| c.message.to_string());
    assert_eq!(last.as_deref(), Some("Matched rules at index 0"));
    assert_eq!(lab.events().last(), Some(&"Completed"));
}

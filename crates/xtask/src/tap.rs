//! Node's tests, of which some drive real browsers.

use crate::shell::Cmd;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The tests that failed, by the file that they stand in, as node's TAP tells.
fn failures(tap: &str) -> BTreeMap<PathBuf, Vec<String>> {
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let mut failing = None;
    for line in tap.lines() {
        if let Some(rest) = line.strip_prefix("not ok ") {
            failing = rest.split_once(" - ").map(|(_, name)| name.to_owned());
        } else if let Some(at) = line.strip_prefix("  location: '")
            && let Some(name) = failing.take()
        {
            // The file's name, and after it the line and the column.
            let file = at.trim_end_matches('\'').rsplitn(3, ':').last().unwrap_or(at);
            found.entry(PathBuf::from(file)).or_default().push(name);
        }
    }
    found
}

/// Runs node's tests of these files, with what `prepare` adds to the command.
///
/// A file with a failure is run once more, by itself: three browsers, their drivers and a display on two cores do fail for reasons of
/// their own. What passes only then is counted as passed and named as unsteady, so that nobody takes it for steady.
pub fn run(files: &[PathBuf], prepare: impl Fn(Cmd) -> Cmd) -> (bool, String) {
    let tests = |files: &[PathBuf]| prepare(Cmd::new("node")).args(["--test", "--test-reporter=tap"]).args(files).tee();
    let (passed, text) = tests(files);
    let failed = failures(&text);
    if passed || failed.is_empty() {
        return (passed, text);
    }
    println!("== once more: what failed, by itself");
    let again: Vec<_> = failed.keys().cloned().collect();
    // Its counts are left out: only what failed in the first run is new.
    let (passed, _) = tests(&again);
    if !passed {
        return (false, text);
    }
    let names: Vec<_> = failed.into_values().flatten().collect();
    for name in &names {
        println!("UNSTEADY: {name}: failed, and passed when it was run again");
    }
    (true, mended(&text, names.len()))
}

/// The first run's text, with so many failures counted as passed.
fn mended(text: &str, more: usize) -> String {
    let number = |word: &str| {
        let line = text.lines().find_map(|l| l.strip_prefix(word));
        line.and_then(|n| n.trim().parse::<usize>().ok()).unwrap_or(0)
    };
    format!("# pass {}\n# fail {}\n", number("# pass ") + more, number("# fail ").saturating_sub(more))
}

#[cfg(test)]
mod tests {
    use super::{failures, mended};

    const TAP: &str = "ok 76 - lives\n  ---\n  ...\nnot ok 77 - webkit: a frame - lives\n  ---\n  duration_ms: 4411.8\n  \
                       location: '/a/tests/browser/frame.test.mjs:465:3'\n  ...\n# tests 2\n# pass 1\n# fail 1\n";

    #[test]
    fn failures_are_found_with_their_files() {
        let found: Vec<_> = failures(TAP).into_iter().collect();
        assert_eq!(found, [("/a/tests/browser/frame.test.mjs".into(), vec!["webkit: a frame - lives".to_owned()])]);
    }

    #[test]
    fn what_passes_the_second_time_is_counted_once() {
        assert_eq!(mended(TAP, 1), "# pass 2\n# fail 0\n");
    }
}

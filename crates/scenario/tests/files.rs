//! Every scenario of `static/scenarios`: it runs, what it expects was not so before, and something else would not be so.

use podscope_engine::Config;
use podscope_scenario::{Claim, Compare, Line, Moment, Options, Scenario, When, parse, run};
use std::path::{Path, PathBuf};

fn files() -> Vec<(String, Scenario)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../static/scenarios");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "md"));
    paths.sort();
    let name = |p: &PathBuf| p.file_name().unwrap().to_string_lossy().into_owned();
    let read = |p: PathBuf| {
        (name(&p), parse(&std::fs::read_to_string(&p).unwrap()).unwrap_or_else(|e| panic!("{}: {e:?}", p.display())))
    };
    paths.into_iter().map(read).collect()
}

/// A line that says something else: another number, another word, another name, the order turned round.
fn altered(line: &Line) -> Option<Line> {
    let Line::Claim { text, when, not, claim } = line else { return None };
    let claim = match claim.clone() {
        Claim::Number { of, name, compare, value } => match compare {
            Compare::Equal => Claim::Number { of, name, compare, value: value + 1 },
            Compare::Less => Claim::Number { of, name, compare: Compare::AtLeast, value },
            Compare::AtMost => Claim::Number { of, name, compare: Compare::More, value },
            Compare::More => Claim::Number { of, name, compare: Compare::AtMost, value },
            Compare::AtLeast => Claim::Number { of, name, compare: Compare::Less, value },
        },
        Claim::Word { of, names, word } => {
            let other = match &*word {
                "same" if of == "pod" => "new".to_owned(),
                "new" => "same".to_owned(),
                "same" => "changed".to_owned(),
                "changed" => "same".to_owned(),
                word => format!("{word}~"),
            };
            Claim::Word { of, names, word: other }
        }
        Claim::Text { of, name, part } => Claim::Text { of, name, part: part + "~" },
        Claim::Settled => return None,
        Claim::Order { of, mut names } => {
            names.reverse();
            Claim::Order { of, names }
        }
    };
    Some(Line::Claim { text: text.clone(), when: *when, not: *not, claim })
}

/// The same claim at other instants: one that a watch has followed.
fn turned(line: &Line) -> Option<Line> {
    let Line::Claim { text, when, not, claim } = line.clone() else { return None };
    let (when, not) = match when {
        When::Now => return None,
        When::Never => (When::Always, not),
        When::Always => (When::Always, !not),
        When::Once => (When::Never, not),
    };
    Some(Line::Claim { text, when, not, claim })
}

/// The lines of a scenario of which something else would have been so, too.
fn contraries(scenario: &Scenario) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut chapter_title = String::new();
    let mut on = |moment: Moment| match moment {
        Moment::Chapter(chapter) => chapter_title.clone_from(&chapter.title),
        Moment::Met(cluster, watch, lines, output) => {
            for line in lines {
                let Line::Claim { text, when, not, .. } = line else { continue };
                if *when == When::Now {
                    let Some(other) = altered(line) else { continue };
                    if watch.check(cluster, &other, output).holds != *not {
                        wrong.push(format!("{chapter_title}: {text}: something else is so as well"));
                    }
                }
            }
        }
        _ => {}
    };
    let _ = run(scenario, Options { config: Config::default(), on: &mut on });
    wrong
}

#[test]
fn all_run() {
    let files = files();
    assert!(!files.is_empty());
    let mut failures = Vec::new();
    for (name, scenario) in files {
        if let Err(failure) = run(&scenario, Options { config: Config::default(), on: &mut |_| {} }) {
            failures.push(format!("{name}: {} ({}): {}", failure.chapter, failure.at, failure.message));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Nothing is taught by what was so before, and nothing tested.
#[test]
fn what_is_expected_was_not_so_before() {
    let mut idle = Vec::new();
    for (name, scenario) in files() {
        let mut title = String::new();
        let mut on = |moment: Moment| match moment {
            Moment::Chapter(chapter) => title.clone_from(&chapter.title),
            Moment::Before(cluster, watch, lines) if lines.iter().all(|line| watch.check(cluster, line, "").holds) => {
                idle.push(format!("{name}: {title}"));
            }
            _ => {}
        };
        let _ = run(&scenario, Options { config: Config::default(), on: &mut on });
    }
    assert!(idle.is_empty(), "{}", idle.join("\n"));
}

#[test]
fn another_claim_would_fail() {
    let mut wrong = Vec::new();
    for (name, scenario) in files() {
        wrong.extend(contraries(&scenario).into_iter().map(|text| format!("{name}: {text}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Lines about all instants are turned one at a time: `never` into `always`, and so on. The run must fail, because of that.
#[test]
fn the_contrary_of_a_line_about_all_instants_fails() {
    let mut met = Vec::new();
    for (name, scenario) in files() {
        for (c, chapter) in scenario.chapters.iter().enumerate() {
            for (p, part) in chapter.parts.iter().enumerate() {
                let podscope_scenario::Part::Expect(lines) = part else { continue };
                for (l, line) in lines.iter().enumerate() {
                    let Some(other) = turned(line) else { continue };
                    let mut changed = scenario.clone();
                    changed.chapters.truncate(c + 1);
                    changed.chapters[c].parts.truncate(p + 1);
                    let podscope_scenario::Part::Expect(lines) = &mut changed.chapters[c].parts[p] else { continue };
                    lines[l] = other;
                    if run(&changed, Options { config: Config::default(), on: &mut |_| {} }).is_ok() {
                        met.push(format!("{name}: {}: {line:?}", chapter.title));
                    }
                }
            }
        }
    }
    assert!(met.is_empty(), "{}", met.join("\n"));
}

/// The words of a fence that is not understood are told, with their line.
#[test]
fn what_is_wrong_with_a_file_is_told() {
    let with = |fence: &str| format!("# T\n\nS.\n\n## C\n\n{fence}\n");
    let table = [
        ("```expect\nready db ~ 3\n```", 8, "is none of"),
        ("```expect\nready db = many\n```", 8, "is no number"),
        ("```expect\nhappy db\n```", 8, "is no expectation"),
        ("```expect\n\n```", 7, "nothing is expected"),
        ("```kubectl\nget pods\n```", 1, "expects nothing after it"),
        ("```predict\nWhich?\n- [ ] a\n- [ ] b\n```", 7, "one of them marked"),
        ("```try\nScale it.\n```", 7, "commands"),
        ("```sh\nls\n```", 7, "another kind"),
        ("```expect\nready db = 3\n", 7, "without an end"),
        ("```expect\noutput has x\n```", 8, "contains what?"),
        ("```expect\nwithin soon\nready db = 3\n```", 8, "no duration"),
    ];
    for (fence, line, message) in table {
        let problems = parse(&with(fence)).unwrap_err();
        assert!(problems.iter().any(|p| p.line == line && p.message.contains(message)), "{fence}: {problems:?}");
    }
}

/// A watch knows what was so in between, and not only at the end.
#[test]
fn a_scenario_that_is_wrong_fails() {
    let yaml = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 2\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: c, image: nginx}]}\n";
    let outcome = |expect: &str| {
        let text = format!("# T\n\nS.\n\n## C\n\n```yaml\n{yaml}```\n\n```expect\n{expect}\n```\n");
        let scenario = parse(&text).unwrap();
        run(&scenario, Options { config: Config::default(), on: &mut |_| {} }).map(|c| c.now()).map_err(|f| f.message)
    };
    let table = [
        ("ready web = 2", true),
        ("ready web = 3", false),
        ("ready web = 2\nonce ready web = 1", true),
        ("ready web = 2\nnever ready web = 1", false),
        ("ready web = 2\nalways ready web < 3", true),
        ("ready web = 2\nalways ready web = 2", false),
        ("ready web = 2\nnot pods web = 2", false),
        ("event Scheduled contains assigned", true),
        ("event Scheduled contains refused", false),
        ("event FailedScheduling", false),
        ("ready gone = 0", false),
    ];
    for (expect, met) in table {
        assert_eq!(outcome(expect).is_ok(), met, "{expect}: {:?}", outcome(expect));
    }
}

/// The gallery's list is that of the files.
#[test]
fn the_index_is_current() {
    let files = files();
    let listed: Vec<(&str, Scenario)> = files.iter().map(|(name, s)| (&**name, s.clone())).collect();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../static/scenarios/index.json");
    let kept = std::fs::read_to_string(kept).unwrap_or_default();
    assert!(
        kept == podscope_scenario::index(&listed),
        "podscope scenario --index FILE... > static/scenarios/index.json"
    );
}

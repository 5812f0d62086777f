//! Every test: native, in the browser through wasm-pack, end to end on the built page, and the size budgets.

use crate::shell::{Cmd, cargo, is_root, root};
use crate::{build, docs, parts, sites, size, tap};
use std::path::PathBuf;
use std::time::Instant;

#[derive(Default)]
struct Totals {
    passed: u64,
    failed: u64,
}

impl Totals {
    /// Adds up what cargo's (`3 passed; 0 failed;`) and node's (`# pass 3`) runners print.
    fn read(&mut self, text: &str) {
        for line in text.lines() {
            if let Some(counts) = line.strip_prefix("test result: ").and_then(|l| l.split_once(". ")).map(|(_, c)| c) {
                let mut numbers =
                    counts.split(';').filter_map(|part| part.split_whitespace().next()?.parse::<u64>().ok());
                self.passed += numbers.next().unwrap_or(0);
                self.failed += numbers.next().unwrap_or(0);
            }
            let node = |word: &str| line.strip_prefix(word).and_then(|n| n.trim().parse::<u64>().ok()).unwrap_or(0);
            self.passed += node("# pass ") + node("ℹ pass ");
            self.failed += node("# fail ") + node("ℹ fail ");
        }
    }
}

/// Runs the command. A stage that fails does not keep the later ones from running.
pub fn main(args: &[String]) -> Result<(), String> {
    let only = |flag: &str| args.iter().any(|a| a == flag);
    let mut run = Run::default();
    if !only("--browser") {
        run.stage("native tests", || {
            let exclude = ["--exclude", "podscope-web", "--exclude", "podscope-wasm"];
            cargo(&["test", "--no-fail-fast", "--workspace"]).args(exclude).tee()
        });
        run.stage("random runs", || soaking().args(["--runs", "10000"]).tee());
    }
    if !only("--native") {
        run.stage("the browser crates, checked on the host", || {
            cargo(&["check", "-p", "podscope-web", "-p", "podscope-wasm"]).tee()
        });
        let ended = browser(&mut run);
        run.errors.extend(ended.err());
    }
    println!("{} passed, {} failed", run.totals.passed, run.totals.failed);
    if run.errors.is_empty() { Ok(()) } else { Err(run.errors.join("; ")) }
}

/// Random runs of the engine, in a build that is fast.
fn soaking() -> Cmd {
    cargo(&["run", "-q", "--profile", "soak", "-p", "podscope-proof", "--bin", "soak", "--"])
}

/// Runs the command `soak`.
pub fn soak(args: &[String]) -> Result<(), String> {
    soaking().args(args.iter().map(String::as_str)).run()
}

/// Runs the command `fuzz`: what pages send to embeds, for so many seconds, from a seed.
pub fn fuzz(args: &[String]) -> Result<(), String> {
    Cmd::new("node").arg("tests/fuzz/embed.mjs").args(args.iter().map(String::as_str)).run()
}

/// What happened so far.
#[derive(Default)]
struct Run {
    totals: Totals,
    errors: Vec<String>,
}

impl Run {
    fn stage(&mut self, name: &str, run: impl FnOnce() -> (bool, String)) {
        println!("== {name}");
        let start = Instant::now();
        let (ok, text) = run();
        self.totals.read(&text);
        println!("== {name}: {} s", start.elapsed().as_secs());
        if !ok {
            self.errors.push(format!("{name}: failed"));
        }
    }
}

/// Everything that needs a browser, and the sizes of what was built for it.
fn browser(run: &mut Run) -> Result<(), String> {
    parts::set_up(true)?;
    let toolchain = build::toolchain()?;
    let driver = parts::chromedriver().unwrap_or_default();
    for folder in ["web", "crates/wasm"] {
        if !has_browser_tests(folder) {
            continue;
        }
        webdriver_options(folder)?;
        run.stage(&format!("{folder} in headless Chromium"), || {
            Cmd::new("wasm-pack")
                .args(["test", "--headless", "--chrome", "--mode", "no-install", folder])
                .envs(&toolchain.env)
                .env("CHROMEDRIVER", &driver)
                .tee()
        });
    }
    run.stage("runs, cases and scenarios are the same in Node", || {
        Cmd::new("wasm-pack")
            .args(["test", "--mode", "no-install", "--node", "crates/proof", "--test", "digest"])
            .envs(&toolchain.env)
            .tee()
    });
    run.stage("runs, cases and scenarios are the same in Chromium, Firefox and WebKit", || {
        Cmd::new("node").arg("tests/browser/digest.mjs").envs(&toolchain.env).tee()
    });
    let dist = build::all()?;
    let chromium = parts::chromium().unwrap_or_default();
    let built = |node: Cmd| node.env("PODSCOPE_DIST", &dist).env("CHROMIUM", &chromium);
    run.stage("the built page, end to end", || tap::run(&end_to_end(), built));
    run.stage("random hashes, attributes and messages", || tap::run(&["tests/fuzz/embed.test.mjs".into()], built));
    let package = ["package", "cluster", "bundlers"].map(|name| format!("tests/package/{name}.test.mjs").into());
    run.stage("the npm package, installed and used", || tap::run(&package, built));
    run.stage("real sites, built and opened", || sites::test(&dist, &[]));
    run.stage("the documentation, its links and its clusters", || docs::test(&dist));
    let peer = ["tests/package/peer.test.mjs".into()];
    run.stage("the same Deployments in another simulator", || tap::run(&peer, built));
    size::main()
}

/// wasm-pack refuses a crate that does not name its test harness.
fn has_browser_tests(folder: &str) -> bool {
    std::fs::read_to_string(root().join(folder).join("Cargo.toml")).is_ok_and(|t| t.contains("wasm-bindgen-test"))
}

/// The end-to-end tests, by name: node's own reading of a folder differs between its versions.
fn end_to_end() -> Vec<PathBuf> {
    let all = std::fs::read_dir(root().join("tests/browser")).into_iter().flatten().flatten().map(|f| f.path());
    let mut files: Vec<_> = all.filter(|p| p.to_string_lossy().ends_with(".test.mjs")).collect();
    files.sort();
    files
}

/// The flags that headless Chromium needs on a machine without a desktop; `--no-sandbox` only as root.
pub fn webdriver_options(folder: &str) -> Result<(), String> {
    let mut flags = vec![
        "--headless=new",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ];
    if is_root() {
        flags.push("--no-sandbox");
    }
    let list: Vec<_> = flags.iter().map(|f| format!("\"{f}\"")).collect();
    let json = format!("{{\"goog:chromeOptions\": {{\"args\": [{}]}}}}\n", list.join(", "));
    std::fs::write(root().join(folder).join("webdriver.json"), json)
        .map_err(|e| format!("{folder}/webdriver.json: {e}"))
}

#[cfg(test)]
mod tests {
    use super::Totals;

    #[test]
    fn totals_sum_every_runner() {
        let mut totals = Totals::default();
        totals.read("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n");
        totals.read("test result: FAILED. 2 passed; 1 failed; 0 ignored\n");
        totals.read("# tests 5\n# pass 4\n# fail 1\n");
        assert_eq!((totals.passed, totals.failed), (9, 2));
    }
}

//! Every test: native, in the browser through wasm-pack, end to end on the built page, and the size budgets.

use crate::shell::{Cmd, cargo, is_root, root};
use crate::{build, parts, size};
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

/// Runs the command.
pub fn main(args: &[String]) -> Result<(), String> {
    let only = |flag: &str| args.iter().any(|a| a == flag);
    let (native, browser) = (!only("--browser"), !only("--native"));
    let mut totals = Totals::default();
    let result = run(native, browser, &mut totals);
    println!("{} passed, {} failed", totals.passed, totals.failed);
    result
}

fn run(native: bool, browser: bool, totals: &mut Totals) -> Result<(), String> {
    if native {
        stage("native tests", totals, || {
            cargo(&["test", "--workspace", "--exclude", "podscope-web", "--exclude", "podscope-wasm"]).tee()
        })?;
    }
    if !browser {
        return Ok(());
    }
    stage("the browser crates, checked on the host", totals, || {
        cargo(&["check", "-p", "podscope-web", "-p", "podscope-wasm"]).tee()
    })?;
    parts::set_up(true)?;
    let toolchain = build::toolchain()?;
    let driver = parts::chromedriver().unwrap_or_default();
    for folder in ["web", "crates/wasm"] {
        if !has_browser_tests(folder) {
            println!("== {folder}: no browser tests yet");
            continue;
        }
        webdriver_options(folder)?;
        stage(&format!("{folder} in headless Chromium"), totals, || {
            Cmd::new("wasm-pack")
                .args(["test", "--headless", "--chrome", "--mode", "no-install", folder])
                .envs(&toolchain.env)
                .env("CHROMEDRIVER", &driver)
                .tee()
        })?;
    }
    let dist = build::all()?;
    let files = end_to_end();
    if files.is_empty() {
        println!("== the built page, end to end: no tests yet");
    } else {
        stage("the built page, end to end", totals, || {
            Cmd::new("node")
                .args(["--test", "--test-reporter=tap"])
                .args(&files)
                .env("PODSCOPE_DIST", &dist)
                .env("CHROMIUM", parts::chromium().unwrap_or_default())
                .tee()
        })?;
    }
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

fn stage(name: &str, totals: &mut Totals, run: impl FnOnce() -> (bool, String)) -> Result<(), String> {
    println!("== {name}");
    let start = Instant::now();
    let (ok, text) = run();
    totals.read(&text);
    println!("== {name}: {} s", start.elapsed().as_secs());
    if ok { Ok(()) } else { Err(format!("{name}: failed")) }
}

/// The flags that headless Chromium needs on a machine without a desktop; `--no-sandbox` only as root.
fn webdriver_options(folder: &str) -> Result<(), String> {
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

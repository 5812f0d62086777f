//! The parts that building and testing need: what is there, what is missing, and how each is got.

use crate::shell::{Cmd, cache, find, is_root, root};
use crate::{sites, wasm_target};
use std::path::PathBuf;
use std::time::Instant;

/// Must equal the `wasm-bindgen` crate exactly.
const WASM_BINDGEN: &str = "0.2.130";
const TRUNK: &str = "0.21.14";
const WASM_PACK: &str = "0.15.1";
/// The oldest major version of Node.js that playwright-core runs on.
const NODE: u32 = 20;

/// One part.
struct Part {
    name: String,
    /// What is there, or nothing.
    found: fn() -> Option<String>,
    /// What getting it does, in words.
    how: &'static str,
    get: fn() -> Result<(), String>,
    /// Only tests need it.
    test_only: bool,
    /// Tests leave out what it is for where it cannot be had.
    optional: bool,
}

fn parts() -> Vec<Part> {
    let part = |name: &str, found, how, get, test_only| Part {
        name: name.to_owned(),
        found,
        how,
        get,
        test_only,
        optional: false,
    };
    let mut parts = vec![
        part(
            "Rust for wasm32",
            || wasm_target::present().map(|_| "installed".into()),
            "rustup target add, or where that fails on Debian its Rust packages and a one-minute build",
            wasm_target::install,
            false,
        ),
        part(
            &format!("wasm-bindgen {WASM_BINDGEN}"),
            || version("wasm-bindgen", WASM_BINDGEN),
            "cargo install, about 3 minutes",
            || install("wasm-bindgen-cli", WASM_BINDGEN, &[]),
            false,
        ),
        part(
            &format!("trunk {TRUNK}"),
            || version("trunk", TRUNK),
            "cargo install, 5 to 12 minutes",
            || install("trunk", TRUNK, &["--locked", "--no-default-features", "--features", "rustls"]),
            false,
        ),
        part(
            &format!("Node.js {NODE} or later, npm"),
            || find(&["npm"]).and_then(|_| node()).filter(|(major, _)| *major >= NODE).map(|(_, text)| text),
            "apt-get install nodejs npm",
            get_node,
            false,
        ),
        part(
            "npm packages",
            || npm_packages_are_current(&NPM_FOLDERS).then(|| "installed".into()),
            "npm ci in tests/browser, tests/package and web/editor",
            || npm_ci(&NPM_FOLDERS),
            false,
        ),
        part(
            &format!("wasm-pack {WASM_PACK}"),
            || version("wasm-pack", WASM_PACK),
            "cargo install, about 2 minutes",
            || install("wasm-pack", WASM_PACK, &["--locked"]),
            true,
        ),
        part(
            &format!("mdBook {}", sites::MDBOOK),
            || version("mdbook", sites::MDBOOK),
            "cargo install, about 1 minute",
            || install("mdbook", sites::MDBOOK, &["--locked", "--no-default-features", "--features", "search"]),
            true,
        ),
        part(
            "npm packages of sites",
            || npm_packages_are_current(&sites::NPM_FOLDERS).then(|| "installed".into()),
            "npm ci in tests/sites/docusaurus and tests/sites/vitepress, about 1 minute",
            || npm_ci(&sites::NPM_FOLDERS),
            true,
        ),
        part(
            "MkDocs, Sphinx",
            || sites::python().map(|p| p.display().to_string()),
            "pip install of tests/sites/requirements.txt into a virtual environment",
            get_python,
            true,
        ),
        part(
            "Hugo",
            || find(&["hugo"]).map(|p| p.display().to_string()),
            "apt-get install hugo",
            || apt(&["--no-install-recommends", "hugo"]),
            true,
        ),
        part(
            "Chromium",
            || chromium().map(|p| p.display().to_string()),
            "apt-get install chromium",
            || apt(&["chromium"]),
            true,
        ),
        part(
            "ChromeDriver",
            || chromedriver().map(|p| p.display().to_string()),
            "apt-get install chromium-driver",
            || apt(&["chromium-driver"]),
            true,
        ),
        part(
            "Firefox",
            || find(&["firefox-esr", "firefox"]).map(|p| p.display().to_string()),
            "apt-get install firefox-esr",
            || apt(&["firefox-esr"]),
            true,
        ),
        part(
            "WebKit",
            || find(&["WebKitWebDriver"]).filter(|_| find(&["Xvfb"]).is_some()).map(|p| p.display().to_string()),
            "apt-get install webkit2gtk-driver xvfb",
            || apt(&["webkit2gtk-driver", "xvfb"]),
            true,
        ),
    ];
    for part in &mut parts {
        part.optional = matches!(&*part.name, "Firefox" | "WebKit" | "MkDocs, Sphinx" | "Hugo");
    }
    parts
}

/// The browser that tests drive.
pub fn chromium() -> Option<PathBuf> {
    std::env::var_os("CHROMIUM").map(PathBuf::from).or_else(|| find(&["chromium", "chromium-browser", "google-chrome"]))
}

/// Its driver.
pub fn chromedriver() -> Option<PathBuf> {
    std::env::var_os("CHROMEDRIVER").map(PathBuf::from).or_else(|| find(&["chromedriver"]))
}

/// Where npm is told what to get: what the build and the browser tests use, what checks the package's types, and what the
/// code editor is made of.
const NPM_FOLDERS: [&str; 3] = ["tests/browser", "tests/package", "web/editor"];

/// Where npm puts what the build and the browser tests use.
pub fn node_modules() -> PathBuf {
    root().join("tests/browser/node_modules")
}

fn version(tool: &str, wanted: &str) -> Option<String> {
    let path = find(&[tool])?;
    let text = Cmd::new(&path).arg("--version").text().ok()?;
    text.contains(wanted).then(|| path.display().to_string())
}

fn install(name: &str, version: &str, flags: &[&str]) -> Result<(), String> {
    let build = cache().join("build");
    // The tools' own release profiles optimise for minutes; these are used for seconds.
    let profile = [("LTO", "off"), ("CODEGEN_UNITS", "16"), ("OPT_LEVEL", "1"), ("DEBUG", "0")];
    let env: Vec<_> = profile.iter().map(|(k, v)| (format!("CARGO_PROFILE_RELEASE_{k}"), (*v).to_owned())).collect();
    Cmd::new("cargo")
        .args(["install", "--quiet", &format!("{name}@{version}")])
        .args(flags)
        .arg("--root")
        .arg(cache().join("tools"))
        .env("CARGO_TARGET_DIR", &build)
        .envs(&env)
        .dir(std::env::temp_dir())
        .run()?;
    _ = std::fs::remove_dir_all(build);
    Ok(())
}

fn apt(packages: &[&str]) -> Result<(), String> {
    let line = format!("apt-get install -y {}", packages.join(" "));
    if find(&["apt-get"]).is_none() || !is_root() {
        return Err(format!(
            "{} missing: install it with your system's packages (on Debian, as root: `{line}`)",
            packages.join(" and ")
        ));
    }
    Cmd::new("apt-get").args(["update", "-qq"]).run()?;
    Cmd::new("apt-get").args(["install", "-y", "-qq"]).args(packages).env("DEBIAN_FRONTEND", "noninteractive").run()
}

/// The major version of Node.js, and what it says of itself.
fn node() -> Option<(u32, String)> {
    let text = Cmd::new(find(&["node"])?).arg("--version").text().ok()?.trim().to_owned();
    let major = text.trim_start_matches('v').split('.').next()?.parse().ok()?;
    Some((major, text))
}

fn get_node() -> Result<(), String> {
    apt(&["nodejs", "npm"])?;
    match node() {
        Some((major, text)) if major < NODE => {
            Err(format!("your system's packages have {text}: install version {NODE} or later from https://nodejs.org"))
        }
        _ => Ok(()),
    }
}

/// Python's virtual environments are a package of their own on Debian.
fn get_python() -> Result<(), String> {
    sites::install_python().or_else(|_| {
        apt(&["python3-venv"])?;
        sites::install_python()
    })
}

/// npm writes its own copy of the lock file last, when all else is there.
fn npm_packages_are_current(folders: &[&str]) -> bool {
    let modified = |p: PathBuf| std::fs::metadata(p).and_then(|m| m.modified()).ok();
    folders.iter().all(|folder| {
        let wanted = modified(root().join(folder).join("package-lock.json"));
        let there = modified(root().join(folder).join("node_modules/.package-lock.json"));
        there.is_some_and(|t| wanted.is_some_and(|w| w <= t))
    })
}

fn npm_ci(folders: &[&str]) -> Result<(), String> {
    folders.iter().try_for_each(|folder| {
        Cmd::new("npm")
            .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"])
            .dir(root().join(folder))
            .run()
    })
}

/// Gets every part that is missing, telling each step.
pub fn set_up(for_tests: bool) -> Result<(), String> {
    get(|part| for_tests || !part.test_only)
}

/// Gets what the documentation is made with.
pub fn set_up_for_docs() -> Result<(), String> {
    get(|part| !part.test_only || part.name.starts_with("mdBook"))
}

fn get(wanted: impl Fn(&Part) -> bool) -> Result<(), String> {
    let wanted: Vec<_> = parts().into_iter().filter(wanted).collect();
    for (i, part) in wanted.iter().enumerate() {
        if (part.found)().is_some() {
            continue;
        }
        let step = format!("[{}/{}] {}", i + 1, wanted.len(), part.name);
        println!("{step}: {}", part.how);
        let start = Instant::now();
        let mut got = (part.get)();
        if got.is_ok() && (part.found)().is_none() {
            got = Err("was installed but is not found".to_owned());
        }
        match got {
            Err(e) if part.optional => {
                println!("{step}: left out, with the tests that need it: {e}");
                continue;
            }
            got => got.map_err(|e| format!("{}: {e}", part.name))?,
        }
        println!("{step}: done in {} s", start.elapsed().as_secs());
    }
    Ok(())
}

/// Prints what is there, what is missing, and what would be done.
pub fn doctor() {
    let mut missing = 0;
    for part in parts() {
        let (mark, text) = if let Some(place) = (part.found)() {
            ("ok     ", place)
        } else {
            missing += 1;
            ("missing", format!("would run: {}", part.how))
        };
        println!("{mark}  {:<22} {text}", part.name);
    }
    println!("tools are kept in {}", cache().display());
    if missing > 0 {
        println!("{missing} missing: `cargo xtask serve` and `cargo xtask test` install what they need");
    }
}

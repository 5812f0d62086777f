//! Real sites (`tests/sites`), each built by its own generator with Podscope in it as docs/sites.md says, and opened.

use crate::shell::{Cmd, cache, cargo, find, root};
use crate::{build, parts, tap};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// mdBook's version, which builds one of the sites and this project's own documentation.
pub const MDBOOK: &str = "0.5.4";

/// Where npm is told what to get for sites.
pub const NPM_FOLDERS: [&str; 2] = ["tests/sites/docusaurus", "tests/sites/vitepress"];

/// How one site is built.
struct Site {
    name: &'static str,
    /// Where the static files go, below the site; or where npm's package does.
    files: &'static str,
    /// Whether what builds it is there.
    there: fn() -> bool,
    /// Builds what is in the first folder into the second one.
    build: fn(&Path, &Path) -> Result<(), String>,
}

const SITES: &[Site] = &[
    Site { name: "plain", files: "podscope", there: || true, build: copy },
    Site { name: "mdbook", files: "src/podscope", there: || find(&["mdbook"]).is_some(), build: mdbook },
    Site { name: "mkdocs", files: "docs/podscope", there: || python().is_some(), build: mkdocs },
    Site { name: "sphinx", files: "_static/podscope", there: || python().is_some(), build: sphinx },
    Site { name: "hugo", files: "static/podscope", there: || find(&["hugo"]).is_some(), build: hugo },
    Site { name: "vitepress", files: PACKAGE, there: || true, build: vitepress },
    Site { name: "docusaurus", files: PACKAGE, there: || true, build: docusaurus },
];

/// Where npm puts the package.
const PACKAGE: &str = "node_modules/podscope";

/// Runs the command: builds the named sites, or all, and opens them.
pub fn main(names: &[String]) -> Result<(), String> {
    if let Some(unknown) = names.iter().find(|n| SITES.iter().all(|s| s.name != n.as_str())) {
        let all: Vec<_> = SITES.iter().map(|s| s.name).collect();
        return Err(format!("there is no site {unknown}: say one of {}", all.join(", ")));
    }
    parts::set_up(true)?;
    let dist = build::all()?;
    let (ok, _) = test(&dist, names);
    if ok { Ok(()) } else { Err("a site failed".into()) }
}

/// Builds and opens sites: those with these names, or all. For `cargo xtask test`.
pub fn test(dist: &Path, names: &[String]) -> (bool, String) {
    let out = root().join("target/sites");
    let mut failed = false;
    let mut built = Vec::new();
    if let Err(e) = build::package(dist) {
        eprintln!("{e}");
        return (false, String::new());
    }
    for site in SITES.iter().filter(|s| names.is_empty() || names.iter().any(|n| n == s.name)) {
        if !(site.there)() {
            println!("{}: left out, as what builds it is not there (see `cargo xtask doctor`)", site.name);
            continue;
        }
        let start = Instant::now();
        match one(site, dist, &out.join(site.name)) {
            Ok(()) => built.push(site.name),
            Err(e) => {
                eprintln!("{}: {e}", site.name);
                failed = true;
            }
        }
        println!("{}: built in {} s", site.name, start.elapsed().as_secs());
    }
    let chromium = parts::chromium().unwrap_or_default();
    let (passed, text) = tap::run(&["tests/sites/sites.test.mjs".into()], |node| {
        node.env("PODSCOPE_SITES", &out).env("PODSCOPE_SITE_NAMES", built.join(" ")).env("CHROMIUM", &chromium)
    });
    (passed && !failed, text)
}

fn one(site: &Site, dist: &Path, out: &Path) -> Result<(), String> {
    let from = root().join("tests/sites").join(site.name);
    _ = fs::remove_dir_all(out);
    fs::create_dir_all(out).map_err(|e| format!("{}: {e}", out.display()))?;
    let files = from.join(site.files);
    _ = fs::remove_dir_all(&files);
    fs::create_dir_all(&files).map_err(|e| format!("{}: {e}", files.display()))?;
    if site.files == PACKAGE {
        // tests/package lets npm install it.
        copy(&dist.join("npm"), &files)?;
    } else {
        unpack(dist, &files)?;
    }
    (site.build)(&from, out)
}

/// Unpacks the tarball of static files of `cargo xtask package`.
pub fn unpack(dist: &Path, to: &Path) -> Result<(), String> {
    let tarball = dist.join(concat!("podscope-", env!("CARGO_PKG_VERSION"), "-static.tar.gz"));
    Cmd::new("tar").arg("-xzf").arg(tarball).arg("-C").arg(to).run()
}

/// Copies a folder: all that a site without a generator needs.
fn copy(from: &Path, out: &Path) -> Result<(), String> {
    Cmd::new("cp").arg("-R").arg(from.join(".")).arg(out).run()
}

/// Builds a book with our preprocessor.
pub fn mdbook(from: &Path, out: &Path) -> Result<(), String> {
    cargo(&["build", "--quiet", "--package", "mdbook-podscope"]).run()?;
    // It is where this program is: both are built into the same folder.
    let here = std::env::current_exe().map_err(|e| e.to_string())?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = here.parent().map(Path::to_path_buf).into_iter().chain(std::env::split_paths(&path));
    let path = std::env::join_paths(folders).map_err(|e| e.to_string())?;
    let mdbook = find(&["mdbook"]).ok_or("mdbook is not there")?;
    Cmd::new(mdbook).arg("build").arg(from).arg("--dest-dir").arg(out).env("PATH", path).run()
}

/// The virtual environment, which outlasts a checkout.
fn environment() -> PathBuf {
    cache().join("python")
}

/// What is asked for.
fn requirements() -> PathBuf {
    root().join("tests/sites/requirements.txt")
}

/// Python with MkDocs and Sphinx, if all that is asked for was installed.
pub fn python() -> Option<PathBuf> {
    let there = fs::read(environment().join("requirements.txt")).ok()?;
    (there == fs::read(requirements()).ok()?).then(|| environment().join("bin/python")).filter(|p| p.exists())
}

/// Installs both.
pub fn install_python() -> Result<(), String> {
    let at = environment();
    _ = fs::remove_dir_all(&at);
    Cmd::new("python3").args(["-m", "venv"]).arg(&at).run()?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    Cmd::new(at.join("bin/python")).args(pip).arg(requirements()).run()?;
    // Last, when all else is there.
    fs::copy(requirements(), at.join("requirements.txt")).map(drop).map_err(|e| e.to_string())
}

/// A module of Python's, as a program.
fn module(name: &str) -> Result<Cmd, String> {
    let python = python().ok_or("Python's packages are not there")?;
    Ok(Cmd::new(python).args(["-m", name]).env("PYTHONDONTWRITEBYTECODE", "1"))
}

fn mkdocs(from: &Path, out: &Path) -> Result<(), String> {
    module("mkdocs")?.args(["build", "--quiet", "--strict", "--site-dir"]).arg(out).dir(from).run()
}

fn sphinx(from: &Path, out: &Path) -> Result<(), String> {
    // What it has read it keeps beside the site, not in it.
    let kept = out.with_file_name("sphinx.doctrees");
    module("sphinx")?
        .args(["--quiet", "--fail-on-warning", "--fresh-env", "--builder", "html", "--doctree-dir"])
        .arg(kept)
        .arg(from)
        .arg(out)
        .run()
}

fn hugo(from: &Path, out: &Path) -> Result<(), String> {
    let hugo = find(&["hugo"]).ok_or("hugo is not there")?;
    Cmd::new(hugo).args(["--quiet", "--noBuildLock", "--source"]).arg(from).arg("--destination").arg(out).run()
}

fn vitepress(from: &Path, out: &Path) -> Result<(), String> {
    Cmd::new(from.join("node_modules/.bin/vitepress")).args(["build", "--outDir"]).arg(out).dir(from).run()
}

fn docusaurus(from: &Path, out: &Path) -> Result<(), String> {
    // It would send what it measures.
    Cmd::new(from.join("node_modules/.bin/docusaurus"))
        .args(["build", "--out-dir"])
        .arg(out)
        .env("DO_NOT_TRACK", "1")
        .dir(from)
        .run()
}

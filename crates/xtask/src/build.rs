//! Builds `dist/`: the playground by Trunk, the embed beside it.

use crate::names;
use crate::offline;
use crate::parts::{self, node_modules};
use crate::shell::{Cmd, find, root};
use crate::wasm_target::{self, Toolchain};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The toolchain for wasm32, after set-up.
pub fn toolchain() -> Result<Toolchain, String> {
    let mut toolchain = wasm_target::present().ok_or("the wasm32 target is not there")?;
    // Trunk and wasm-pack look for their helpers on PATH.
    let set = toolchain.env.iter().find(|(k, _)| k == "PATH").map(|(_, v)| v.clone());
    let path = set.unwrap_or_else(|| std::env::var("PATH").unwrap_or_default());
    let tools = crate::shell::cache().join("tools/bin");
    let modules = node_modules().join("binaryen/bin");
    toolchain.env.retain(|(k, _)| k != "PATH");
    toolchain.env.push(("PATH".into(), format!("{path}:{}:{}", tools.display(), modules.display())));
    Ok(toolchain)
}

/// Installs what is missing and builds, unless nothing changed since the last build. Gives the folder.
pub fn all() -> Result<PathBuf, String> {
    parts::set_up(false)?;
    let dist = root().join("dist");
    if built_at(&dist.join("embed/podscope_embed_more_bg.wasm")).is_some_and(|t| newest_source() <= t) {
        return Ok(dist);
    }
    let toolchain = toolchain()?;
    if root().join("web/index.html").is_file() {
        println!("building the playground");
        let trunk = find(&["trunk"]).ok_or("trunk is not there")?;
        Cmd::new(trunk)
            .args(["build", "--release", "--offline", "--cargo-profile", "web"])
            .envs(&toolchain.env)
            .env("NO_COLOR", "true")
            .run()?;
        move_inline_script(&dist)?;
        page_names(&dist)?;
        editor(&dist)?;
    } else {
        println!("no playground to build: web/index.html is not there");
    }
    println!("building the playground with more kinds");
    let larger = ["-p", "podscope-web", "--bin", "podscope-page", "--features", "more"];
    module(&dist.join("more"), &toolchain, "podscope_page_more", &larger, "podscope-page.wasm")?;
    println!("building kubectl");
    module(
        &dist.join("console"),
        &toolchain,
        "podscope_console",
        &["-p", "podscope-console"],
        "podscope_console.wasm",
    )?;
    println!("building the embed");
    embed(&dist, &toolchain)?;
    minify(&dist)?;
    offline::write(&dist)?;
    Ok(dist)
}

fn built_at(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).ok()?.modified().ok()
}

/// When a source was last changed.
fn newest_source() -> SystemTime {
    fn newest(path: &Path) -> SystemTime {
        let Ok(meta) = fs::metadata(path) else { return SystemTime::UNIX_EPOCH };
        if path.ends_with("node_modules") {
            return SystemTime::UNIX_EPOCH;
        }
        if meta.is_dir() {
            let files = fs::read_dir(path).into_iter().flatten().flatten();
            return files.map(|f| newest(&f.path())).max().unwrap_or(SystemTime::UNIX_EPOCH);
        }
        meta.modified().unwrap_or(SystemTime::UNIX_EPOCH)
    }
    let top = root();
    [
        "crates/engine",
        "crates/schema",
        "crates/kubectl",
        "crates/console",
        "crates/scenario",
        "crates/wasm",
        "web",
        "static",
        "Trunk.toml",
        "Cargo.toml",
        "Cargo.lock",
    ]
    .iter()
    .map(|p| newest(&top.join(p)))
    .max()
    .unwrap_or(SystemTime::UNIX_EPOCH)
}

/// Makes the npm package and a tarball of static files of what was built; prints sizes and integrity values.
pub fn package(dist: &Path) -> Result<(), String> {
    Cmd::new("node").arg(root().join("npm/make.mjs")).arg(dist).run()
}

/// Builds the embed alone.
pub fn embed_only() -> Result<(), String> {
    parts::set_up(false)?;
    embed(&root().join("dist"), &toolchain()?)
}

/// What is there before the simulator is painted first, unless nobody looks.
const PAINTED: &str =
    "if (!document.hidden) await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));\n";

/// Trunk starts the wasm from an inline script, which `script-src 'self'` blocks: it becomes a file.
fn move_inline_script(dist: &Path) -> Result<(), String> {
    let index = dist.join("index.html");
    let html = fs::read_to_string(&index).map_err(|e| format!("{}: {e}", index.display()))?;
    // The minifier leaves the quotes out.
    let tags = ["<script type=\"module\">", "<script type=module>"];
    let Some((start, body)) = tags.iter().find_map(|tag| html.find(tag).map(|at| (at, at + tag.len()))) else {
        return Ok(());
    };
    let end = html[body..].find("</script>").ok_or("index.html: a script without an end")? + body;
    let script = html[body..end].trim();
    fs::write(dist.join("boot.js"), format!("{PAINTED}{script}\n")).map_err(|e| e.to_string())?;
    let moved = format!("{}<script type=\"module\" src=\"./boot.js\">{}", &html[..start], &html[end..]);
    fs::write(index, moved).map_err(|e| e.to_string())
}

/// Shortens names in the module that Trunk built; see [`names`].
fn page_names(dist: &Path) -> Result<(), String> {
    let all = fs::read_dir(dist).map_err(|e| format!("{}: {e}", dist.display()))?;
    for wasm in all.flatten().map(|entry| entry.path()) {
        let name = wasm.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        if let Some(name) = name.strip_suffix("_bg.wasm") {
            names::shorten(&dist.join(format!("{name}.js")), &wasm)?;
        }
    }
    Ok(())
}

/// The code editor: one script, in a folder of its own, as no page loads it before somebody opens the editor.
fn editor(dist: &Path) -> Result<(), String> {
    let folder = root().join("web/editor");
    esbuild(&["editor.js", "--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"])
        .arg(format!("--outfile={}", dist.join("editor/editor.js").display()))
        .dir(folder)
        .run()
}

/// Takes comments and spaces out of all scripts and styles, where they stand. Their sources are not far.
fn minify(dist: &Path) -> Result<(), String> {
    let mut files = Vec::new();
    for folder in [dist.to_path_buf(), dist.join("more"), dist.join("console"), dist.join("embed")] {
        let entries = fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let written = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "js" || kind == "css");
        files.extend(entries.flatten().map(|entry| entry.path()).filter(written));
    }
    files.sort();
    Cmd::new(root().join("web/editor/node_modules/.bin/esbuild"))
        .args(files)
        .args(["--minify", "--target=es2022", "--log-level=warning", "--allow-overwrite"])
        .arg(format!("--outbase={}", dist.display()))
        .arg(format!("--outdir={}", dist.display()))
        .run()
}

/// Optimised for what is downloaded, which is compressed: inlining saves a few bytes of the module, but hides from
/// the compressor what is alike, as does keeping what is computed twice. The first kilobyte of memory is the far end of the
/// stack, which nothing else is laid into. `web/index.html` says the same to Trunk.
const WASM_OPT: [&str; 6] = [
    "-Oz",
    "--skip-pass=inlining",
    "--skip-pass=inlining-optimizing",
    "--skip-pass=local-cse",
    "--skip-pass=simplify-locals",
    "--low-memory-unused",
];

/// The element's modules, of which a page loads the one that its manifests need: `podscope_embed`, and with the feature
/// `more` `podscope_embed_more`. And the scripts and styles beside them.
fn embed(dist: &Path, toolchain: &Toolchain) -> Result<(), String> {
    let out = dist.join("embed");
    let more = ["-p", "podscope-wasm", "--features", "more,data"];
    module(&out, toolchain, "podscope_embed", &more[..2], "podscope_wasm.wasm")?;
    module(&out, toolchain, "podscope_embed_more", &more, "podscope_wasm.wasm")?;
    scripts(dist)
}

/// Bundles what is written by hand. The modules are left outside: they are loaded when they are needed.
fn scripts(dist: &Path) -> Result<(), String> {
    let from = root().join("static");
    let css = esbuild(&["--minify"]).arg(from.join("podscope.css")).text()?;
    // As a module, its text is parsed once for all elements, and needs no `style-src`.
    write_text(&dist.join("embed/style.js"), css.trim())?;
    stage_tools(&from.join("stage"), &dist.join("stage"))?;
    told(&from.join("scenarios"), &dist.join("embed"))?;
    // What is loaded when it is first asked for.
    esbuild(&["--minify", "--format=esm", "--log-level=warning"])
        .args(
            ["click.js", "clients.js", "explained.js", "fences.js", "from.js", "kubectl.js", "mount.js", "scenario.js"]
                .map(|name| from.join("embed/later").join(name)),
        )
        .arg(format!("--outdir={}", dist.join("embed").display()))
        .run()?;
    // The element, and the cluster without a page.
    for name in ["podscope.js", "cluster.js"] {
        esbuild(&[
            "--bundle",
            "--minify",
            "--format=esm",
            "--external:./embed/*",
            "--external:./stage/*",
            "--external:./console/*",
            "--log-level=warning",
        ])
        .arg(from.join("embed").join(name))
        .arg(format!("--outfile={}", dist.join(name).display()))
        .run()?;
    }
    frame(&from.join("embed/frame"), dist)
}

/// The stage's tools, which `zoom` loads, and their styles.
fn stage_tools(from: &Path, out: &Path) -> Result<(), String> {
    let scripts = fs::read_dir(from).map_err(|e| format!("{}: {e}", from.display()))?;
    let scripts =
        scripts.flatten().map(|entry| entry.path()).filter(|p| p.extension().is_some_and(|kind| kind == "js"));
    esbuild(&["--minify", "--format=esm", "--target=es2022", "--log-level=warning"])
        .args(scripts)
        .arg(format!("--outdir={}", out.display()))
        .run()?;
    let css = esbuild(&["--minify"]).arg(from.join("stage.css")).text()?;
    write_text(&out.join("style.js"), css.trim())
}

/// A lesson as it is written.
pub struct Scenario {
    /// As pages call it: the file's name without its number.
    pub name: String,
    /// The file's name.
    pub file: String,
    /// Its Markdown.
    pub text: String,
}

/// The scenarios of a folder, in their order.
pub fn scenarios(from: &Path) -> Result<Vec<Scenario>, String> {
    let files = fs::read_dir(from).map_err(|e| format!("{}: {e}", from.display()))?;
    let mut files: Vec<_> = files.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    files.sort();
    let read = |file: String| {
        let name = file.strip_suffix(".md")?.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches('-');
        let name = name.to_owned();
        let text = fs::read_to_string(from.join(&file)).map_err(|e| format!("{file}: {e}"));
        Some(text.map(|text| Scenario { name, file, text }))
    };
    files.into_iter().filter_map(read).collect()
}

/// The scenarios' Markdown as modules: what bundlers find, and what needs no header to be read in a sandbox.
fn told(from: &Path, out: &Path) -> Result<(), String> {
    fs::create_dir_all(out.join("told")).map_err(|e| format!("told: {e}"))?;
    let mut list = String::from("export default {\n");
    for Scenario { name, text, .. } in scenarios(from)? {
        write_text(&out.join("told").join(format!("{name}.js")), &text)?;
        list.extend(["  \"", &name, "\": () => import(\"./told/", &name, ".js\"),\n"]);
    }
    let file = out.join("told.js");
    fs::write(&file, list + "};\n").map_err(|e| format!("{}: {e}", file.display()))
}

/// A module whose default is a text.
fn write_text(file: &Path, text: &str) -> Result<(), String> {
    fs::write(file, format!("export default {text:?};\n")).map_err(|e| format!("{}: {e}", file.display()))
}

/// The page for `<iframe>`s, its script, which finds what else there is beside itself, and the script for pages around it.
fn frame(from: &Path, dist: &Path) -> Result<(), String> {
    fs::copy(from.join("embed.html"), dist.join("embed.html")).map_err(|e| format!("embed.html: {e}"))?;
    for (name, out) in [("policy.js", "embed/policy.js"), ("frame.js", "embed/frame.js"), ("connect.js", "connect.js")]
    {
        let outside = ["--external:../podscope.js", "--external:../share.js"];
        esbuild(&["--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"])
            .args(outside)
            .arg(from.join(name))
            .arg(format!("--outfile={}", dist.join(out).display()))
            .run()?;
    }
    Ok(())
}

/// esbuild, as it is installed for the editor.
fn esbuild(args: &[&str]) -> Cmd {
    Cmd::new(root().join("web/editor/node_modules/.bin/esbuild")).args(args)
}

/// Builds the floor beside which sizes are printed, a counter in Yew; gives its folder.
pub fn floor() -> Result<PathBuf, String> {
    let out = root().join("target/floor");
    let source = root().join("web/examples/floor.rs");
    if built_at(&out.join("floor_bg.wasm")).is_none_or(|t| built_at(&source).is_some_and(|s| s > t)) {
        let package = ["-p", "podscope-web", "--no-default-features", "--example", "floor"];
        module(&out, &toolchain()?, "floor", &package, "examples/floor.wasm")?;
    }
    Ok(out)
}

/// Builds one module as `cargo build` is told by `package`, and puts it into `out` under this name with its script,
/// optimised. `made` is what cargo calls it.
fn module(out: &Path, toolchain: &Toolchain, name: &str, package: &[&str], made: &str) -> Result<(), String> {
    Cmd::new("cargo")
        .args(["build", "--profile", "web", "--target", "wasm32-unknown-unknown"])
        .args(package)
        .envs(&toolchain.env)
        .run()?;
    let bindgen = find(&["wasm-bindgen"]).ok_or("wasm-bindgen is not there")?;
    Cmd::new(bindgen)
        .args(["--target", "web", "--no-typescript", "--out-name", name, "--out-dir"])
        .arg(out)
        .arg(root().join("target/wasm/wasm32-unknown-unknown/web").join(made))
        .run()?;
    let wasm = out.join(format!("{name}_bg.wasm"));
    let small = out.join(format!("{name}_bg.opt.wasm"));
    // Half a kilobyte less for twice the time, where a kilobyte counts most.
    let again: &[&str] = if name == "podscope_embed" { &["--converge"] } else { &[] };
    Cmd::new(node_modules().join("binaryen/bin/wasm-opt"))
        .args(WASM_OPT)
        .args(again)
        .args(["--strip-debug", "--strip-producers", "-o"])
        .arg(&small)
        .arg(&wasm)
        .run()?;
    fs::rename(&small, &wasm).map_err(|e| e.to_string())?;
    let script = out.join(format!("{name}.js"));
    names::shorten(&script, &wasm)?;
    esbuild(&["--minify", "--format=esm", "--allow-overwrite", "--log-level=warning"])
        .arg(&script)
        .arg(format!("--outfile={}", script.display()))
        .run()
}

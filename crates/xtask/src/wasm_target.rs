//! The wasm32 target: by rustup where it can be fetched, else from Debian's packages.

use crate::shell::{Cmd, cache, find, is_root, root};
use std::path::Path;

const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_LIB: &str = "/usr/lib/rustlib/wasm32-unknown-unknown/lib";
const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-22"];

/// The toolchain that builds for wasm32, as the variables that every such build gets.
pub struct Toolchain {
    /// For [`Cmd::envs`].
    pub env: Vec<(String, String)>,
}

/// Which toolchain has the target now.
pub fn present() -> Option<Toolchain> {
    let sysroot = Cmd::new("rustc").args(["--print", "sysroot"]).text().unwrap_or_default();
    let own_folder = ("CARGO_TARGET_DIR".to_owned(), root().join("target/wasm").to_string_lossy().into_owned());
    if Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).join("lib").is_dir() {
        return Some(Toolchain { env: vec![own_folder] });
    }
    if !has_libraries(Path::new(DEBIAN_LIB)) {
        return None;
    }
    if find(&["rustup"]).is_none() {
        let path = format!("/usr/bin:{}", std::env::var("PATH").unwrap_or_default());
        return Some(Toolchain { env: vec![own_folder, ("PATH".into(), path)] });
    }
    let linked = Cmd::new("rustup").args(["toolchain", "list"]).text().is_ok_and(|t| t.contains("debian-web"));
    linked.then(|| Toolchain { env: vec![own_folder, ("RUSTUP_TOOLCHAIN".into(), "debian-web".into())] })
}

fn has_libraries(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|d| d.flatten().any(|f| f.file_name().to_string_lossy().starts_with("libstd-")))
}

/// Gets the target.
pub fn install() -> Result<(), String> {
    if find(&["rustup"]).is_some() && Cmd::new("rustup").args(["target", "add", TARGET]).run().is_ok() {
        return Ok(());
    }
    let advice = format!("the {TARGET} target is missing: run `rustup target add {TARGET}`");
    if find(&["apt-get"]).is_none() {
        return Err(advice);
    }
    if !Path::new("/usr/lib/rustlib/src/rust/library").is_dir() {
        if !is_root() {
            return Err(format!("{advice}, or as root `apt-get install {}`", DEBIAN_PACKAGES.join(" ")));
        }
        Cmd::new("apt-get").args(["update", "-qq"]).run()?;
        Cmd::new("apt-get")
            .args(["install", "-y", "-qq"])
            .args(DEBIAN_PACKAGES)
            .run()
            .map_err(|e| format!("{advice} ({e})"))?;
    }
    if !has_libraries(Path::new(DEBIAN_LIB)) {
        build_std()?;
    }
    if find(&["rustup"]).is_some() {
        Cmd::new("rustup").args(["toolchain", "link", "debian-web", "/usr"]).run()?;
    }
    Ok(())
}

/// Builds the standard library from Debian's sources, once, and puts it where its compiler looks.
fn build_std() -> Result<(), String> {
    let fail = |e: std::io::Error| format!("building the {TARGET} standard library: {e}");
    let folder = cache().join("wasm-std");
    std::fs::create_dir_all(folder.join("src")).map_err(fail)?;
    std::fs::write(folder.join("src/lib.rs"), "").map_err(fail)?;
    let manifest = "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[workspace]\n";
    std::fs::write(folder.join("Cargo.toml"), manifest).map_err(fail)?;
    Cmd::new("/usr/bin/cargo")
        .args([
            "build",
            "--quiet",
            "--release",
            "-Zbuild-std=std,panic_abort,panic_unwind,test,proc_macro",
            "--target",
            TARGET,
        ])
        .dir(&folder)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTFLAGS", "-Cembed-bitcode=yes -Zforce-unstable-if-unmarked")
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .run()?;
    std::fs::create_dir_all(DEBIAN_LIB).map_err(fail)?;
    for file in std::fs::read_dir(folder.join("target").join(TARGET).join("release/deps")).map_err(fail)?.flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        let library = Path::new(&name).extension().is_some_and(|e| e == "rlib") && !name.starts_with("libempty");
        if library {
            std::fs::copy(file.path(), Path::new(DEBIAN_LIB).join(&name)).map_err(fail)?;
        }
    }
    std::fs::remove_dir_all(folder).map_err(fail)
}

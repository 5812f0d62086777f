//! How fast the engine is: natively, in headless Chromium, and in Node beside another simulator.

use crate::shell::{Cmd, cargo, root};
use crate::{build, parts, test};

/// Runs the command: `--targets` prints the figures that have a target and leaves criterion's statistics out.
pub fn main(args: &[String]) -> Result<(), String> {
    let mut native = cargo(&["bench", "-p", "podscope-engine", "--bench", "engine", "--"]);
    if args.iter().any(|a| a == "--targets") {
        native = native.arg("--targets");
    }
    native.run()?;
    parts::set_up(true)?;
    let toolchain = build::toolchain()?;
    test::webdriver_options("web")?;
    let (ok, _) = Cmd::new("wasm-pack")
        .args(["test", "--headless", "--chrome", "--mode", "no-install", "--release", "web"])
        // What stands behind the folder is for cargo, as it is.
        .args(["--test", "bench", "--", "--include-ignored", "--nocapture"])
        .envs(&toolchain.env)
        // What the page is built with.
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "z")
        .env("CHROMEDRIVER", parts::chromedriver().unwrap_or_default())
        .tee();
    if !ok {
        return Err("the measurement in Chromium failed".into());
    }
    let dist = build::all()?;
    Cmd::new("node").arg(root().join("tests/package/speed.mjs")).env("PODSCOPE_DIST", &dist).run()
}

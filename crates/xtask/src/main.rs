//! Set-up, build, serve, test, size and bench, as `cargo xtask …`.
//!
//! Depends on little, so that it is there in seconds on a fresh machine.

mod bench;
mod build;
mod docs;
mod names;
mod offline;
mod parts;
mod schema_gen;
mod serve;
mod shell;
mod sites;
mod size;
mod tap;
mod test;
mod wasm_target;
mod wild;

use std::process::ExitCode;

const USAGE: &str = "cargo xtask COMMAND

  serve [--port N] [--no-build]   install what is missing, build, and serve the playground on loopback
  test [--native|--browser]       install what is missing, and run every test
  doctor                          say what is there, what is missing, and what would be done
  build [--embed]                 install what is missing, and build dist/; or what embeds need of it
  package                         build, and make the npm package and a tarball of static files in dist/
  docs                            build this project's documentation in book/, and check its links
  sites [NAME…]                   build real sites with clusters in them by their generators, and open them
  size                            print what a page loads, and check it against the budgets
  lighthouse [--runs N]           build, and print Lighthouse's scores of the page, which npx fetches
  bench [--targets]               measure the engine: natively, in Chromium, beside another; --targets without statistics
  soak [--minutes N]              random runs of the engine, until one breaks a rule or the time is over
  fuzz [SECONDS] [SEED]           random hashes, attributes and messages for embeds, until one breaks a rule or the time is over
  fidelity                        make docs/fidelity.md anew
  attributes                      make the table of attributes in docs/embedding.md anew
  wild [FOLDER]                   apply and run the manifests of tests/wild.txt, fetched unless a folder has them
  schema FOLDER                   make the field table anew from Kubernetes' OpenAPI documents";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let rest = args.get(1..).unwrap_or_default();
    let result = match args.first().map(String::as_str) {
        Some("serve") => serve::main(rest),
        Some("test") => test::main(rest),
        Some("doctor") => {
            parts::doctor();
            Ok(())
        }
        Some("build") if rest.iter().any(|a| a == "--embed") => build::embed_only(),
        Some("build") => build::all().map(drop),
        Some("schema") => {
            let root = shell::root();
            let table = root.join("crates/schema/src/table.txt");
            let folder = rest.first().ok_or_else(|| format!("schema needs a folder\n\n{USAGE}"));
            folder.and_then(|folder| schema_gen::run(&root.join(folder), &table))
        }
        Some("package") => build::all().and_then(|dist| build::package(&dist)),
        Some("size") => build::all().and_then(|_| size::main()),
        Some("docs") => docs::main(),
        Some("sites") => sites::main(rest),
        Some("soak") => test::soak(rest),
        Some("fuzz") => test::fuzz(rest),
        Some("fidelity") => fidelity(),
        Some("attributes") => shell::Cmd::new("node").arg("npm/attributes.mjs").run(),
        Some("wild") => wild::main(rest),
        Some("lighthouse") => lighthouse(rest),
        Some("bench") => bench::main(rest),
        Some("help" | "--help" | "-h") | None => {
            println!("{USAGE}");
            Ok(())
        }
        Some(other) => Err(format!("unknown command {other:?}\n\n{USAGE}")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Prints Lighthouse's scores of the built page.
fn lighthouse(rest: &[String]) -> Result<(), String> {
    let dist = build::all()?;
    shell::Cmd::new("node")
        .arg(shell::root().join("tests/browser/lighthouse.mjs"))
        .args(rest)
        .env("PODSCOPE_DIST", &dist)
        .env("CHROMIUM", parts::chromium().unwrap_or_default())
        .run()
}

/// Makes `docs/fidelity.md` anew.
fn fidelity() -> Result<(), String> {
    let text = shell::cargo(&["run", "-q", "-p", "podscope-cli", "--", "fidelity"]).text()?;
    let path = shell::root().join("docs/fidelity.md");
    std::fs::write(&path, text.trim_end().to_owned() + "\n").map_err(|e| format!("{}: {e}", path.display()))
}

//! Set-up, build, serve, test, size and bench.

mod schema_gen;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let result = match arguments.first().map(String::as_str) {
        Some("schema") => {
            let folder = arguments.get(1).map_or("../shared/kubernetes/openapi", String::as_str);
            schema_gen::run(&root.join(folder), &root.join("crates/schema/src/table.txt"))
        }
        _ => Err("usage: cargo xtask schema [OPENAPI_FOLDER]".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

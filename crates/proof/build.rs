//! Writes lists of what is recorded and of all scenarios, so that tests have them where there are no files.

use std::fmt::Write as _;
use std::path::Path;

fn main() {
    // Where it is now, not where it was when this was compiled: checkouts that move keep their target folder.
    let root = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../..");
    let mut code = String::new();
    for (list, folder, end) in [("CASES", "tests/conformance/cases", "json"), ("SCENARIOS", "static/scenarios", "md")] {
        let folder = root.join(folder);
        println!("cargo::rerun-if-changed={}", folder.display());
        let files = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        let mut paths: Vec<_> = files.map(|f| f.expect("a file").path()).collect();
        paths.retain(|p| p.extension().is_some_and(|e| e == end));
        paths.sort();
        _ = writeln!(code, "const {list}: &[(&str, &str)] = &[");
        for path in paths {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            _ = writeln!(code, "    ({name:?}, include_str!({:?})),", path.display().to_string());
        }
        code.push_str("];\n");
    }
    let out = std::env::var_os("OUT_DIR").expect("cargo sets it");
    std::fs::write(Path::new(&out).join("files.rs"), code).expect("files.rs can be written");
}

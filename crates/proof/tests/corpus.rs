//! The corpus of `fuzz/`, played once: what was ever found stays found.

use podscope_proof::fuzz::TARGETS;
use std::path::Path;

#[test]
fn every_target_takes_its_corpus() {
    for (name, target) in TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(name);
        let files = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        let mut count = 0;
        for file in files.map(|f| f.expect("a file").path()) {
            let data = std::fs::read(&file).expect("readable");
            let done = std::panic::catch_unwind(|| target(&data));
            assert!(done.is_ok(), "{name}: {}", file.display());
            count += 1;
        }
        assert!(count >= 5, "{name} has {count} files only");
    }
}

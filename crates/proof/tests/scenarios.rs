//! What must hold in every run holds in every scenario, after each event. (Recorded cases are held against it where they are judged.)

use podscope_proof::scenario::replay;

// All files, by name, each with its text.
include!(concat!(env!("OUT_DIR"), "/files.rs"));

#[test]
fn scenarios_keep_every_rule() {
    assert!(SCENARIOS.len() >= 22 && CASES.len() >= 118, "{} scenarios, {} cases", SCENARIOS.len(), CASES.len());
    for (name, text) in SCENARIOS {
        assert_eq!(replay(text, None), Ok(()), "{name}");
    }
}

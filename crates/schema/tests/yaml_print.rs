//! What `kubectl -o yaml` printed for hard strings, and what we print.

use podscope_schema::{Value, parse, to_yaml};

#[test]
fn strings_are_printed_as_kubectl_prints_them() {
    let recorded = Value::from_json(include_str!("data/kubectl-strings.json")).expect("JSON");
    let mut wrong = Vec::new();
    for case in recorded.get("cases").expect("cases").items() {
        let (text, expected) = (&case.items()[0], case.items()[1].as_str().expect("text"));
        let value = Value::object([("s", Value::object([("000", text.clone())]))]);
        let printed = to_yaml(&value);
        if printed != format!("s:\n  \"000\": {expected}") {
            wrong.push(format!("{text}: {printed:?}, kubectl prints {expected:?}"));
        }
        let back = parse(&printed).expect("what is printed can be read");
        assert_eq!(back[0].root.to_value(), value, "{printed}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn numbers_and_nesting_are_printed_as_kubectl_prints_them() {
    let json = r#"{"n":[1,1.5,1e21,123456789.5,0.0001,1e-7,null,true,[],{},[[]],[[1],[2,[3]]],
        [{"a":1,"b":[1,{"c":null}]},{}],{"a":{},"b":[]}]}"#;
    let expected = "n:\n- 1\n- 1.5\n- 1e+21\n- 1.234567895e+08\n- 0.0001\n- 1e-07\n- null\n- true\n- []\n- {}\n- - []\n\
        - - - 1\n  - - 2\n    - - 3\n- - a: 1\n    b:\n    - 1\n    - c: null\n  - {}\n- a: {}\n  b: []\n";
    assert_eq!(to_yaml(&Value::from_json(json).expect("JSON")), expected.replace("n:\n", "\"n\":\n"));
}

//! Reading YAML: what kubectl makes of it, in its words, and never a hang.

use podscope_schema::yaml::PathSeg;
use podscope_schema::{Value, parse, to_yaml};
use proptest::prelude::*;

fn json(text: &str) -> String {
    parse(text).map_or_else(
        |e| e.to_string(),
        |d| d.iter().map(|d| d.root.to_value().to_json()).collect::<Vec<_>>().join("\n"),
    )
}

/// Each as recorded from `kubectl label --local -f - k=v -o json`.
#[test]
fn values_are_those_of_kubectl() {
    for (yaml, expected) in [
        (
            "a: y\nb: 1_000\nc: 010\nd: 0o10\ne: 1.0\nf: 2020-01-01\ng: 1e3\nh: 08\n1: x\n0x10: y\ntrue: 5\n1.50: 3\n",
            r#"{"a":true,"b":1000,"c":8,"d":8,"e":1,"f":"2020-01-01","g":1000,"h":8,"1":"x","16":true,"true":5,"1.5":3}"#,
        ),
        ("a: \"1\"\n<<: {a: \"2\"}\n", r#"{"a":"2"}"#),
        ("<<: {a: \"2\", b: 1}\na: x\n", r#"{"a":"x","b":1}"#),
        ("b: \"1\"\nb: \"2\"\n", r#"{"b":"2"}"#),
        ("a: &x [1]\nb: *x\n", r#"{"a":[1],"b":[1]}"#),
        ("a: !!str 1\nb: !!int \"2\"\nc: 'on'\nd: on\n", r#"{"a":"1","b":2,"c":"on","d":true}"#),
        ("---\na: 1\n---\n# nothing\n---\nb: |\n  x\n  y\n", "{\"a\":1}\n{\"b\":\"x\\ny\\n\"}"),
        ("{\"a\": [1, \"\\ud83d\\ude00\"],\n\t\"b\": null}", r#"{"a":[1,"😀"],"b":null}"#),
    ] {
        assert_eq!(json(yaml), expected, "{yaml}");
    }
}

#[test]
fn problems_are_told_in_the_words_of_kubectl() {
    for (yaml, expected) in [
        ("a: b\n c: d\n", "yaml: line 2: mapping values are not allowed in this context"),
        ("a: b: c\n", "yaml: mapping values are not allowed in this context"),
        ("a:\n\tb: 1\n", "yaml: line 2: found character that cannot start any token"),
        ("a: \"x\n", "yaml: line 2: found unexpected end of stream"),
        ("a: [1, 2\n", "yaml: line 1: did not find expected ',' or ']'"),
        ("a: {b: 1\n", "yaml: line 1: did not find expected ',' or '}'"),
        ("k: x\n\ty\n", "yaml: line 2: found a tab character that violates indentation"),
        ("k: x\nf: [g\nm: n\n", "yaml: line 2: did not find expected ',' or ']'"),
        ("a: *x\n", "yaml: unknown anchor 'x' referenced"),
        ("a: @x\n", "yaml: found character that cannot start any token"),
        ("a: 1\nb\nc: 2\n", "yaml: line 3: could not find expected ':'"),
        ("a: 1\n  b: 2\nc: 1\n", "yaml: line 2: mapping values are not allowed in this context"),
        ("a: &a [*a]\n", "yaml: anchor 'a' value contains itself"),
        ("a: .inf\n", "json: unsupported value: +Inf"),
        ("a: !!int x\n", "yaml: cannot decode !!str `x` as a !!int"),
        ("a: %x\n", "yaml: found character that cannot start any token"),
        ("a: `x\n", "yaml: found character that cannot start any token"),
        ("a: x\u{1}\n", "yaml: control characters are not allowed"),
        ("a: \"\\q\"\n", "yaml: found unknown escape character"),
        ("a: ]\n", "yaml: did not find expected node content"),
        ("kind: Pod\nspec:\n  containers:\n  - name: x\n   image: y\n", "yaml: line 4: did not find expected key"),
        (
            "kind: Pod\nspec:\n  containers:\n  - name: x\n    image: y\n  foo\n",
            "yaml: line 7: could not find expected ':'",
        ),
    ] {
        assert_eq!(json(yaml), expected, "{yaml}");
    }
}

#[test]
fn fields_are_found_by_path() {
    let text = "kind: Pod\nmetadata:\n  annotations:\n    a.b/c: x\nspec:\n  containers:\n  - name: a\n    image: b\n  - name: c\n";
    let document = &parse(text).expect("YAML")[0];
    for (path, position) in [
        ("spec.containers[0].image", (8, 5)),
        ("spec.containers[1]", (9, 5)),
        ("spec.containers[1].image", (9, 5)),
        ("spec.containers[7].image", (6, 3)),
        ("metadata.annotations[a.b/c]", (4, 5)),
        ("metadata.annotations.a.b/c", (4, 5)),
        ("status", (1, 1)),
        ("", (1, 1)),
    ] {
        assert_eq!(document.position_of(path), position, "{path}");
    }
    let path = [PathSeg::Key("spec".into()), PathSeg::Key("containers".into()), PathSeg::Index(0)];
    assert_eq!(document.position(&path), (7, 5));
}

#[test]
fn keys_written_twice_are_remembered() {
    let documents = parse("spec:\n  replicas: 1\n  replicas: 2\n").expect("YAML");
    assert_eq!(
        documents[0].duplicate_error().as_deref(),
        Some("yaml: unmarshal errors:\n  line 3: key \"replicas\" already set in map")
    );
}

#[test]
fn bombs_are_refused_soon() {
    let laughs = (1..9).fold(String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n"), |text, i| {
        text + &format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 9].join(","))
    });
    let many = 200_000;
    for bomb in [
        laughs,
        "[".repeat(many),
        "{".repeat(many),
        "{a: ".repeat(many),
        "- ".repeat(many),
        "? ".repeat(many),
        "a: ".repeat(many),
        "&a ".repeat(many),
        "*a ".repeat(many),
        "!a ".repeat(many),
        "\"".repeat(many),
        "'".repeat(many + 1),
        "#".repeat(many),
        "a\n".repeat(many),
        "- a: [\n".repeat(many),
        "x".repeat(10_000_001),
        "\t".repeat(many),
        ": ".repeat(many),
        (0..500).map(|i| " ".repeat(i) + "a:\n").collect::<String>(),
        "[a, ".repeat(many),
        "a: |\n".repeat(many),
        "---\n".repeat(many),
    ] {
        let start = std::time::Instant::now();
        drop(parse(&bomb));
        let head: String = bomb.chars().take(12).collect();
        assert!(start.elapsed().as_secs() < 10, "{head}: {:?}", start.elapsed());
    }
}

fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~\n\t\u{a0}é😀]{0,24}".prop_map(Value::from),
        "[-+0-9._:eETZx]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec(("[ -~\n]{0,12}", inner), 0..5).prop_map(Value::object),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in "[-a-c:#&*!|>'\"%@`{}\\[\\], \n\t?<0-9.~\u{feff}é]{0,80}") {
        let _ = parse(&text);
    }

    #[test]
    fn a_value_survives_yaml_and_json(value in tree()) {
        let wrapped = Value::object([("v", value)]);
        let printed = to_yaml(&wrapped);
        let back = parse(&printed).map_err(|e| TestCaseError::fail(format!("{e}\n{printed}")))?;
        prop_assert_eq!(&back[0].root.to_value(), &wrapped, "{}", printed);
        let back = parse(&wrapped.to_json()).map_err(|e| TestCaseError::fail(format!("{e}\n{printed}")))?;
        prop_assert_eq!(&back[0].root.to_value(), &wrapped, "{}", wrapped);
    }
}

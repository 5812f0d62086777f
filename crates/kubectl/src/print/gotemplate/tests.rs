//! Templates and what they make.

use super::*;

const ROOT: &str = r#"{"items":[{"metadata":{"name":"a","labels":{"x.y/z":"1","b":"2"}},"n":1,"on":true},
    {"metadata":{"name":"b"},"n":1234567,"c":["p","q"],"nil":null}],"kind":"List","secret":"aGVsbG8="}"#;

fn made(template: &str, strict: bool) -> (String, Option<String>) {
    let root = Value::from_json(ROOT).expect("valid JSON");
    match GoTemplate::parse(template) {
        Ok(parsed) => parsed.text(&root, strict),
        Err(error) => (String::new(), Some(error)),
    }
}

#[test]
fn templates_make_text() {
    for (template, want) in [
        ("{{.kind}}!", "List!"),
        ("{{range .items}}{{.metadata.name}}{{\"\\n\"}}{{end}}", "a\nb\n"),
        ("{{range $i, $e := .items}}{{$i}}={{$e.n}} {{end}}", "0=1 1=1.234567e+06 "),
        ("{{range .missing}}x{{else}}none{{end}}", "none"),
        ("{{.missing.deeper}}", "<no value>"),
        ("{{len .items}} {{.items | len}}", "2 2"),
        ("{{index .items 1 \"metadata\" \"name\"}}", "b"),
        ("{{(index .items 0).metadata.labels}}", "map[b:2 x.y/z:1]"),
        ("{{index (index .items 0).metadata.labels \"x.y/z\"}}", "1"),
        ("{{with index .items 0}}{{.n}}{{end}}", "1"),
        ("{{if and .kind .items}}y{{else}}n{{end}}", "y"),
        ("{{if .no}}a{{else if .kind}}b{{else}}c{{end}}", "b"),
        ("{{if eq .kind \"List\"}}l{{end}}{{if ne .kind \"x\"}}m{{end}}", "lm"),
        ("{{if eq .kind \"A\" \"List\"}}in{{end}}", "in"),
        ("a {{- /* nothing */ -}} b", "ab"),
        ("a {{- .kind -}} b", "aListb"),
        ("{{$x := .kind}}{{$x}}{{$.kind}}", "ListList"),
        ("{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}}", "2"),
        ("{{printf \"%-5s|%5s|%q|%v\" .kind \"a\" .kind 3}}", "List |    a|\"List\"|3"),
        ("{{printf \"%d\" (index .items 0).n}}", "%!d(float64=1)"),
        ("{{.secret | base64decode}}", "hello"),
        ("{{not true}} {{or .no \"x\"}} {{print 1 2 \"a\"}}", "false x 1 2a"),
        ("{{range .items}}{{if .on}}{{continue}}{{end}}{{.metadata.name}}{{end}}", "b"),
        ("{{range .items}}{{.metadata.name}}{{break}}{{end}}", "a"),
        ("{{range .items}}{{range .c}}[{{.}}]{{end}}{{end}}", "[p][q]"),
        ("{{if exists . \"items\"}}y{{end}}{{if exists . \"no\"}}n{{end}}", "y"),
        ("{{slice .kind 1 3}}", "is"),
        ("{{(index .items 1).nil}}", "<nil>"),
    ] {
        assert_eq!(made(template, false), (want.to_owned(), None), "{template}");
    }
}

#[test]
fn what_is_wrong_is_said_in_gos_words() {
    for (template, want) in [
        ("{{.kind", "template: output:1: unclosed action"),
        ("{{foo}}", "template: output:1: function \"foo\" not defined"),
        ("{{end}}", "template: output:1: unexpected {{end}}"),
        ("{{if .a}}x", "template: output:1: unexpected EOF"),
        ("{{}}", "template: output:1: missing value for command"),
        ("{{if}}x{{end}}", "template: output:1: missing value for if"),
        ("{{$y}}", "template: output:1: undefined variable \"$y\""),
        ("\n{{break}}", "template: output:2: {{break}} outside {{range}}"),
        (
            "{{.kind.deeper}}",
            "template: output:1:7: executing \"output\" at <.kind.deeper>: can't evaluate field deeper in type interface {}",
        ),
        (
            "{{range .items}}{{.nil.x}}{{end}}",
            "template: output:1:22: executing \"output\" at <.nil.x>: nil pointer evaluating interface {}.x",
        ),
        (
            "{{index .items 5}}",
            "template: output:1:2: executing \"output\" at <index .items 5>: error calling index: index out of range: 5",
        ),
        (
            "{{if eq (index .items 0).n 1}}x{{end}}",
            "template: output:1:5: executing \"output\" at <eq (index .items 0)....>: error calling eq: incompatible types \
             for comparison",
        ),
        (
            "{{range .kind}}x{{end}}",
            "template: output:1:8: executing \"output\" at <.kind>: range can't iterate over List",
        ),
    ] {
        assert_eq!(made(template, false).1.as_deref(), Some(want), "{template}");
    }
    let (out, error) = made("x{{.no}}", true);
    assert_eq!(out, "x");
    let want = "template: output:1:3: executing \"output\" at <.no>: map has no entry for key \"no\"";
    assert_eq!(error.as_deref(), Some(want));
    assert!(made(&"{{if true}}".repeat(100_000), false).1.is_some_and(|e| e.ends_with("depth exceeded")));
    assert!(made(&format!("{{{{{}", "(".repeat(100_000)), false).1.is_some());
}

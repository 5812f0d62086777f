//! Specs as the API server prints its own Go types, field by field, and what differs between two of them.

use super::unified;
use crate::convert::read;
use podscope_schema::Value;

/// A type a line: its name, then its fields in order. A field is a text, or ends in what else it is: `#` a number, `!` a flag,
/// `?` anything that may be missing, `=` a type of this table, `*` such a type, or a list of it, that may be missing.
// upstream: pkg/apis/core/types.go
const TYPES: &str = include_str!("go_types.txt");

/// What changed between two values of a type, as unified hunks.
// upstream: apimachinery/pkg/util/diff Diff
pub(super) fn difference(kind: &str, old: &Value, new: &Value) -> String {
    let lines = |value: &Value| {
        let mut lines = Vec::new();
        print(kind, value, "", 0, &mut lines);
        lines
    };
    unified::difference(&lines(old), &lines(new))
}

/// A value of a type on one line.
pub(super) fn line(kind: &str, value: &Value) -> String {
    let mut lines = Vec::new();
    print(kind, value, "", 0, &mut lines);
    lines.iter().map(|l| l.trim_start().replacen("\": ", "\":", 1)).collect()
}

/// Prints a value behind `lead`, such as `"Name": `.
fn print(kind: &str, value: &Value, lead: &str, depth: usize, out: &mut Vec<String>) {
    let fields = TYPES.lines().find_map(|line| line.strip_prefix(kind)?.strip_prefix(' '));
    match (value, fields) {
        (Value::Object(_), Some(fields)) => {
            let all: Vec<&str> = fields.split(' ').collect();
            block(lead, depth, all.len(), '{', '}', out, |i, out| field(all[i], value, depth + 1, out));
        }
        (Value::Array(items), _) => {
            block(lead, depth, items.len(), '[', ']', out, |i, out| print(kind, &items[i], "", depth + 1, out));
        }
        (Value::Object(map), None) => {
            let all: Vec<_> = map.iter().collect();
            block(lead, depth, all.len(), '{', '}', out, |i, out| {
                let lead = format!("{}: ", Value::from(&*all[i].0).to_json());
                print("", all[i].1, &lead, depth + 1, out);
            });
        }
        _ => out.push(format!("{}{lead}{}", " ".repeat(depth), value.to_json())),
    }
}

/// Prints a struct's field.
fn field(field: &str, value: &Value, depth: usize, out: &mut Vec<String>) {
    let (name, kind) = field.split_at(field.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(field.len()));
    let (lead, given) = (format!("\"{name}\": "), read::field(value, &json_name(name)));
    let zero = match kind {
        "" => Value::from(""),
        "#" => Value::from(0),
        "!" => Value::from(false),
        k if k.starts_with('=') => Value::object::<&str>([]),
        _ => Value::Null,
    };
    let shown = if given.is_null() { &zero } else { given };
    print(kind.trim_start_matches(['=', '*', '?', '#', '!']), shown, &lead, depth, out);
}

/// Something in brackets, a line for each of its parts, with commas between them.
fn block(
    lead: &str,
    depth: usize,
    count: usize,
    open: char,
    close: char,
    out: &mut Vec<String>,
    mut part: impl FnMut(usize, &mut Vec<String>),
) {
    let margin = " ".repeat(depth);
    if count == 0 {
        return out.push(format!("{margin}{lead}{open}{close}"));
    }
    out.push(format!("{margin}{lead}{open}"));
    for i in 0..count {
        part(i, out);
        if i + 1 < count
            && let Some(last) = out.last_mut()
        {
            last.push(',');
        }
    }
    out.push(format!("{margin}{close}"));
}

/// `dnsPolicy` of `DNSPolicy`: what stands for initials is written small, but for the one that begins the next word.
fn json_name(go: &str) -> String {
    let capitals = go.bytes().take_while(u8::is_ascii_uppercase).count();
    let small = if capitals == go.len() || capitals < 2 { capitals } else { capitals - 1 };
    format!("{}{}", go[..small].to_ascii_lowercase(), &go[small..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_go_does() {
        let old = r#"{"containers":[{"name":"a","image":"x","livenessProbe":{"httpGet":{"path":"/<","port":"web"}}}],"dnsPolicy":"Default","nodeSelector":{"b":"1","a":"2"}}"#;
        let old = Value::from_json(old).expect("JSON");
        let mut lines = Vec::new();
        print("PodSpec", &old.sorted(), "", 0, &mut lines);
        for want in [
            "{",
            " \"Volumes\": null,",
            " \"Containers\": [",
            "  {",
            "   \"Name\": \"a\",",
            "   \"Resources\": {",
            "    \"Limits\": null,",
            "   \"LivenessProbe\": {",
            "     \"Path\": \"/<\",",
            "     \"Port\": \"web\",",
            "    \"InitialDelaySeconds\": 0,",
            "   \"TTY\": false",
            " \"DNSPolicy\": \"Default\",",
            " \"NodeSelector\": {",
            "  \"a\": \"2\",",
            "  \"b\": \"1\"",
            "}",
        ] {
            assert!(lines.iter().any(|l| l == want), "{want}\n{}", lines.join("\n"));
        }
        for (go, json) in
            [("TTY", "tty"), ("HTTPGet", "httpGet"), ("SELinuxOptions", "seLinuxOptions"), ("HostPID", "hostPID")]
        {
            assert_eq!(json_name(go), json);
        }
    }

    #[test]
    fn names_every_type_that_it_uses() {
        let names: Vec<&str> = TYPES.lines().filter_map(|l| l.split(' ').next()).collect();
        for line in TYPES.lines() {
            for field in line.split(' ').skip(1) {
                let used = field.split_once(['=', '*']).map(|(_, used)| used);
                assert!(used.is_none_or(|u| names.contains(&u)), "{field}");
            }
        }
    }
}

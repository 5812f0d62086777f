//! Which names, labels and annotations Kubernetes allows, and its words when one is not.
//!
//! Each function gives the messages that the API server puts behind `Invalid value: "…": `; none when
//! the text is fine. The matchers are written by hand; the expressions are only quoted.

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const WILDCARD: &str = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const QUALIFIED: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const QUALIFIED_WITH_PREFIX: &str = "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
const ENV_NAME: &str =
    "a valid environment variable name must consist only of printable ASCII characters other than '='";
const CONFIG_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const HTTP_HEADER: &str = "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
const PERCENT: &str = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

fn too_long(limit: usize) -> String {
    format!("must be no more than {limit} characters")
}

fn lower(b: u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit()
}

/// `[a-z0-9]([-a-z0-9]*[a-z0-9])?`
fn is_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().all(|b| lower(*b) || *b == b'-') && ends(bytes, lower)
}

/// Whether the first and the last byte fit.
fn ends(bytes: &[u8], fits: impl Fn(u8) -> bool) -> bool {
    bytes.first().is_some_and(|b| fits(*b)) && bytes.last().is_some_and(|b| fits(*b))
}

/// `([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]`
fn is_name_part(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b)) && ends(bytes, |b| b.is_ascii_alphanumeric())
}

fn messages(text: &str, limit: usize, fits: bool, message: &str) -> Vec<String> {
    let mut found = Vec::new();
    if text.len() > limit {
        found.push(too_long(limit));
    }
    if !fits {
        found.push(message.into());
    }
    found
}

/// A DNS-1123 label, such as a container's name.
// upstream: validation.IsDNS1123Label
pub fn dns1123_label(text: &str) -> Vec<String> {
    messages(text, 63, is_label(text), LABEL)
}

/// A DNS-1123 subdomain, such as a pod's name.
// upstream: validation.IsDNS1123Subdomain
pub fn dns1123_subdomain(text: &str) -> Vec<String> {
    messages(text, 253, text.split('.').all(is_label), SUBDOMAIN)
}

/// A DNS-1035 label, such as a Service's name.
// upstream: validation.IsDNS1035Label
pub fn dns1035_label(text: &str) -> Vec<String> {
    messages(text, 63, is_label(text) && !text.starts_with(|c: char| c.is_ascii_digit()), LABEL_1035)
}

/// A DNS-1123 subdomain behind `*.`.
// upstream: validation.IsWildcardDNS1123Subdomain
pub fn wildcard_subdomain(text: &str) -> Vec<String> {
    let fits = text.strip_prefix("*.").is_some_and(|rest| rest.split('.').all(is_label));
    messages(text, 253, fits, WILDCARD)
}

/// A label's value.
// upstream: validation.IsValidLabelValue
pub fn label_value(text: &str) -> Vec<String> {
    messages(text, 63, text.is_empty() || is_name_part(text), LABEL_VALUE)
}

/// The key of a label or an annotation: `name` or `prefix/name`.
// upstream: validation.IsQualifiedName
pub fn qualified_name(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let parts: Vec<&str> = text.split('/').collect();
    let name = match parts[..] {
        [name] => name,
        [prefix, name] => {
            if prefix.is_empty() {
                found.push("prefix part must be non-empty".into());
            } else {
                found.extend(dns1123_subdomain(prefix).into_iter().map(|m| format!("prefix part {m}")));
            }
            name
        }
        _ => return vec![QUALIFIED_WITH_PREFIX.into()],
    };
    if name.is_empty() {
        found.push("name part must be non-empty".into());
    } else if name.len() > 63 {
        found.push(format!("name part {}", too_long(63)));
    }
    if !is_name_part(name) {
        found.push(format!("name part {QUALIFIED}"));
    }
    found
}

/// The name of a port.
// upstream: validation.IsValidPortName
pub fn port_name(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    if bytes.len() > 15 {
        found.push("must be no more than 15 characters".into());
    }
    if !bytes.iter().all(|b| lower(*b) || *b == b'-') {
        found.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".into());
    }
    if !bytes.iter().any(u8::is_ascii_lowercase) {
        found.push("must contain at least one letter (a-z)".into());
    }
    if text.contains("--") {
        found.push("must not contain consecutive hyphens".into());
    }
    if bytes.first() == Some(&b'-') || bytes.last() == Some(&b'-') {
        found.push("must not begin or end with a hyphen".into());
    }
    found
}

/// The number of a port.
// upstream: validation.IsValidPortNum
pub fn port_number(port: i64) -> Vec<String> {
    if (1..=65535).contains(&port) { Vec::new() } else { vec!["must be between 1 and 65535, inclusive".into()] }
}

/// The name of an environment variable.
// upstream: validation.IsRelaxedEnvVarName
pub fn env_var_name(text: &str) -> Vec<String> {
    let fits = text.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'=');
    if !text.is_empty() && fits { Vec::new() } else { vec![ENV_NAME.into()] }
}

/// The name of a header of an HTTP request.
// upstream: validation.IsHTTPHeaderName
pub fn http_header(text: &str) -> Vec<String> {
    let fits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    messages(text, usize::MAX, fits, HTTP_HEADER)
}

/// A key of a `ConfigMap` or a Secret.
// upstream: validation.IsConfigMapKey
pub fn config_map_key(text: &str) -> Vec<String> {
    let fits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    let mut found = messages(text, 253, fits, CONFIG_KEY);
    if text == "." {
        found.push("must not be '.'".into());
    } else if text == ".." {
        found.push("must not be '..'".into());
    } else if text.starts_with("..") {
        found.push("must not start with '..'".into());
    }
    found
}

/// A percentage, such as `25%`.
// upstream: validation.IsValidPercent
pub fn percent(text: &str) -> Vec<String> {
    let fits = text.strip_suffix('%').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    if fits { Vec::new() } else { vec![PERCENT.into()] }
}

/// The name of most kinds of object; with `prefix`, a `generateName`, whose trailing hyphens are let pass.
// upstream: validation.NameIsDNSSubdomain
pub fn object_name(text: &str, prefix: bool) -> Vec<String> {
    dns1123_subdomain(&without_trailing_dash(text, prefix))
}

/// The name of a Service since 1.34 and of other labels; with `prefix`, a `generateName`.
// upstream: validation.NameIsDNSLabel
pub fn label_name(text: &str, prefix: bool) -> Vec<String> {
    dns1123_label(&without_trailing_dash(text, prefix))
}

fn without_trailing_dash(text: &str, prefix: bool) -> String {
    // upstream: maskTrailingDash
    match text.strip_suffix('-') {
        Some(rest) if prefix && !rest.is_empty() => format!("{rest}a"),
        _ => text.into(),
    }
}

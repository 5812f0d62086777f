//! Command lines: words as a shell splits them, flags as kubectl takes them.

/// Flags that take no value.
const SWITCHES: [&str; 12] = [
    "overwrite",
    "force",
    "ignore-daemonsets",
    "all",
    "all-namespaces",
    "watch",
    "now",
    "no-headers",
    "show-labels",
    "recursive",
    "delete-emptydir-data",
    "ignore-not-found",
];

/// Short flags and what they stand for.
const SHORT: [(char, &str); 8] = [
    ('n', "namespace"),
    ('o', "output"),
    ('l', "selector"),
    ('f', "filename"),
    ('p', "patch"),
    ('A', "all-namespaces"),
    ('w', "watch"),
    ('c', "container"),
];

/// Splits a line into words, honouring quotes and backslashes.
pub fn split(line: &str) -> Result<Vec<String>, &'static str> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some('\''), c) => word.get_or_insert_default().push(c),
            (_, '\\') => word.get_or_insert_default().extend(chars.next()),
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    if quote.is_some() { Err("unterminated quote") } else { Ok(words) }
}

/// Flags and the words between them.
#[derive(Debug, Default)]
pub struct Args {
    /// Words that are no flags.
    pub words: Vec<String>,
    flags: Vec<(String, String)>,
}

impl Args {
    /// Reads flags: `--name=value`, `--name value`, `-n value`, `-nvalue`, and switches.
    pub fn parse(words: &[String]) -> Result<Self, String> {
        let mut args = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let (name, value) = if let Some(long) = word.strip_prefix("--") {
                match long.split_once('=') {
                    Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                    None => (long.to_owned(), None),
                }
            } else if word.len() > 1 && word.starts_with('-') {
                let mut chars = word[1..].chars();
                let c = chars.next().unwrap_or_default();
                let name = SHORT
                    .iter()
                    .find(|(s, _)| *s == c)
                    .ok_or_else(|| format!("unknown shorthand flag: {c:?} in {word}"))?
                    .1;
                let rest = chars.as_str();
                (name.to_owned(), (!rest.is_empty()).then(|| rest.trim_start_matches('=').to_owned()))
            } else {
                args.words.push(word.clone());
                continue;
            };
            let value = match value {
                Some(value) => value,
                None if SWITCHES.contains(&&*name) => "true".into(),
                None => words.next().cloned().ok_or_else(|| format!("flag needs an argument: --{name}"))?,
            };
            args.flags.push((name, value));
        }
        Ok(args)
    }

    /// The value of a flag.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.flags.iter().rev().find(|(n, _)| n == name).map(|(_, v)| &**v)
    }

    /// Whether a switch is on.
    pub fn on(&self, name: &str) -> bool {
        self.value(name) == Some("true")
    }

    /// The value of a duration flag such as `--timeout=10s`.
    pub fn duration(&self, name: &str) -> Option<std::time::Duration> {
        let text = self.value(name)?;
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let number: f64 = digits.parse().ok()?;
        let scale = match &text[digits.len()..] {
            "ms" => 0.001,
            "m" => 60.0,
            "h" => 3600.0,
            _ => 1.0,
        };
        Some(std::time::Duration::from_secs_f64(number * scale))
    }
}

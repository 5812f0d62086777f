//! Flags: how each verb declares them, and how a command line is read by what is declared.

use std::time::Duration;

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Nothing: `--all`, or `--all=false`.
    Switch,
    /// A text.
    Text,
    /// A whole number.
    Int,
    /// A duration such as `1m30s`.
    Time,
    /// A text that may be given more than once, or separated by commas.
    List,
    /// A text, or nothing, which then stands for this text: `--cascade` is `--cascade=background`.
    Maybe(&'static str),
}

/// A flag of a verb.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// Its long name.
    pub name: &'static str,
    /// Its letter, or a blank.
    pub short: char,
    /// What it takes.
    pub takes: Takes,
    /// What it is when it is not given.
    pub default: &'static str,
    /// What it does, in a line.
    pub help: &'static str,
}

/// A flag, for tables.
pub const fn flag(name: &'static str, short: char, takes: Takes, default: &'static str, help: &'static str) -> Flag {
    Flag { name, short, takes, default, help }
}

/// Flags that every verb takes. Those that choose a cluster or a user are read and have no effect: there is one of each.
pub const GLOBAL: &[Flag] = &[
    flag("namespace", 'n', Takes::Text, "", "The namespace of this command."),
    flag("context", ' ', Takes::Text, "", "Read and ignored: there is one cluster."),
    flag("cluster", ' ', Takes::Text, "", "Read and ignored: there is one cluster."),
    flag("user", ' ', Takes::Text, "", "Read and ignored: there is one user."),
    flag("kubeconfig", ' ', Takes::Text, "", "Read and ignored: there is one cluster."),
    flag("server", 's', Takes::Text, "", "Read and ignored: there is one cluster."),
    flag("request-timeout", ' ', Takes::Text, "0", "Read and ignored: requests take no time."),
    flag("as", ' ', Takes::Text, "", "Read and ignored: there is one user."),
    flag("v", 'v', Takes::Text, "0", "Read and ignored: nothing is logged."),
    flag("warnings-as-errors", ' ', Takes::Switch, "false", "Fail when there was a warning."),
    flag("help", 'h', Takes::Switch, "false", "Explain the verb and its flags."),
];

/// The words of a command line, and what its flags say.
#[derive(Clone, Debug, Default)]
pub struct Args {
    /// Words that are no flags.
    pub words: Vec<String>,
    /// How many of the words stood before `--`, when there was one.
    pub dash: Option<usize>,
    given: Vec<(&'static Flag, String)>,
    declared: Vec<&'static Flag>,
}

impl Args {
    /// Reads `--name=value`, `--name value`, `-n value`, `-nvalue` and bundles of short switches.
    ///
    /// # Errors
    /// The complaint, without what kubectl puts around it.
    // upstream: spf13/pflag FlagSet.parseArgs
    pub fn parse(words: &[String], declared: Vec<&'static Flag>) -> Result<Self, String> {
        let mut args = Self { declared, ..Self::default() };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                args.dash = Some(args.words.len());
                args.words.extend(words.by_ref().cloned());
            } else if let Some(long) = word.strip_prefix("--") {
                let (name, value) = long.split_once('=').map_or((long, None), |(n, v)| (n, Some(v)));
                if name.is_empty() || name.starts_with('-') {
                    return Err(format!("bad flag syntax: {word}"));
                }
                let found = args.declared.iter().find(|f| f.name == name).copied();
                let flag = found.ok_or_else(|| format!("unknown flag: --{name}"))?;
                let value = match (value, flag.takes) {
                    (Some(value), _) => value.to_owned(),
                    (None, Takes::Switch) => "true".into(),
                    (None, Takes::Maybe(text)) => text.into(),
                    (None, _) => words.next().cloned().ok_or_else(|| format!("flag needs an argument: --{name}"))?,
                };
                args.give(flag, value)?;
            } else if word.len() > 1 && word.starts_with('-') {
                args.short(word, &mut words)?;
            } else {
                args.words.push(word.clone());
            }
        }
        Ok(args)
    }

    /// Reads `-A`, `-nx`, `-n x`, `-n=x` and `-Aw`.
    // upstream: spf13/pflag FlagSet.parseSingleShortArg
    fn short(&mut self, word: &str, words: &mut std::slice::Iter<String>) -> Result<(), String> {
        let mut rest = &word[1..];
        while let Some(c) = rest.chars().next() {
            let found = self.declared.iter().find(|f| f.short == c && c != ' ').copied();
            let flag = found.ok_or_else(|| format!("unknown shorthand flag: {c:?} in -{rest}"))?;
            let after = &rest[c.len_utf8()..];
            if let Some(value) = after.strip_prefix('=') {
                return self.give(flag, value.into());
            }
            match flag.takes {
                Takes::Switch => self.give(flag, "true".into())?,
                Takes::Maybe(text) => self.give(flag, text.into())?,
                _ if !after.is_empty() => return self.give(flag, after.into()),
                _ => {
                    let next = words.next().cloned();
                    return self.give(flag, next.ok_or_else(|| format!("flag needs an argument: {c:?} in -{rest}"))?);
                }
            }
            rest = after;
        }
        Ok(())
    }

    fn give(&mut self, flag: &'static Flag, value: String) -> Result<(), String> {
        let wrong = match flag.takes {
            Takes::Switch
                if !matches!(
                    &*value,
                    "true" | "false" | "1" | "0" | "t" | "f" | "T" | "F" | "True" | "False" | "TRUE" | "FALSE"
                ) =>
            {
                Some(format!("strconv.ParseBool: parsing {value:?}: invalid syntax"))
            }
            Takes::Int if value.parse::<i64>().is_err() => {
                Some(format!("strconv.ParseInt: parsing {value:?}: invalid syntax"))
            }
            Takes::Time => duration(&value).err().map(|e| format!("time: {e}")),
            _ => None,
        };
        if let Some(why) = wrong {
            let name = if flag.short == ' ' {
                format!("--{}", flag.name)
            } else {
                format!("-{}, --{}", flag.short, flag.name)
            };
            return Err(format!("invalid argument {value:?} for \"{name}\" flag: {why}"));
        }
        self.given.push((flag, value));
        Ok(())
    }

    /// What was given for a flag, the last time.
    pub fn given(&self, name: &str) -> Option<&str> {
        self.given.iter().rev().find(|(f, _)| f.name == name).map(|(_, v)| &**v)
    }

    /// What was given for a flag, or else its default; empty for a flag that the verb does not have.
    pub fn value(&self, name: &str) -> &str {
        self.given(name).unwrap_or_else(|| self.declared.iter().find(|f| f.name == name).map_or("", |f| f.default))
    }

    /// Whether a switch is on.
    pub fn on(&self, name: &str) -> bool {
        matches!(self.value(name), "true" | "1" | "t" | "T" | "True" | "TRUE")
    }

    /// All that was given for a list.
    pub fn list(&self, name: &str) -> Vec<&str> {
        let mine = self.given.iter().filter(|(f, _)| f.name == name);
        mine.flat_map(|(_, v)| v.split(',')).collect()
    }

    /// All that was given for a flag, each as a whole: for values that may hold commas.
    pub fn each(&self, name: &str) -> impl Iterator<Item = &str> {
        self.given.iter().filter(move |(f, _)| f.name == name).map(|(_, v)| &**v)
    }

    /// The number of a flag.
    pub fn int(&self, name: &str) -> Option<i64> {
        self.value(name).parse().ok()
    }

    /// The duration of a flag.
    pub fn duration(&self, name: &str) -> Duration {
        duration(self.value(name)).unwrap_or_default()
    }

    /// `-f -`, `-f FILE`: what files the command names.
    pub fn files(&self) -> Vec<&str> {
        self.list("filename")
    }
}

/// A Go duration: `90s`, `1m30s`, `500ms`, `0`.
///
/// # Errors
/// Go's words.
// upstream: time.ParseDuration
pub fn duration(text: &str) -> Result<Duration, String> {
    let bad = || format!("invalid duration {text:?}");
    let mut rest = text.strip_prefix('-').unwrap_or(text);
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() {
        return Err(bad());
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number: f64 = rest[..digits].parse().map_err(|_| bad())?;
        let after = &rest[digits..];
        if after.is_empty() {
            return Err(format!("missing unit in duration {text:?}"));
        }
        let end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let scale = match &after[..end] {
            "ns" => 1e-9,
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            unit => return Err(format!("unknown unit {unit:?} in duration {text:?}")),
        };
        total += number * scale;
        rest = &after[end..];
    }
    // A negative time limit has run out; for `wait` it means a week, which is said there.
    Ok(Duration::from_secs_f64(if text.starts_with('-') { 0.0 } else { total.min(1e9) }))
}

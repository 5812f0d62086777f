//! The table of verbs: what parsing, `--help`, complaints about unknown words, and completion are made of.

use crate::flag::{Args, Flag, GLOBAL, Takes};
use crate::{Failure, Next, Session};
use podscope_schema::sort::sort_by_key;

/// What the words after a verb name, for completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// Nothing that is known.
    Free,
    /// A kind and names, or `kind/name`, of any of these kinds (all kinds when empty).
    Objects(&'static [&'static str]),
    /// Names of objects of one kind.
    Names(&'static str),
    /// A kind, or a path into one: `explain`.
    Kinds,
}

/// What runs a verb: gives what is left to wait for.
pub type Run = fn(&mut Session, &Args) -> Result<Next, Failure>;

/// A verb, or a verb with a sub-verb.
#[derive(Clone, Copy)]
pub struct Verb {
    /// `get`, `rollout status`.
    pub name: &'static str,
    /// Other names of its last word.
    pub aliases: &'static [&'static str],
    /// What it does, in a line.
    pub help: &'static str,
    /// What follows its name in a command line.
    pub usage: &'static str,
    /// Its flags, in groups that verbs share.
    pub flags: &'static [&'static [Flag]],
    /// What its words name.
    pub words: Words,
    /// What runs it; none for a verb that only has sub-verbs.
    pub run: Option<Run>,
}

impl Verb {
    /// All its flags, those of every verb included.
    pub fn flags(&self) -> impl Iterator<Item = &'static Flag> + use<> {
        self.flags.iter().flat_map(|group| group.iter()).chain(GLOBAL)
    }

    fn last(&self) -> &'static str {
        self.name.rsplit(' ').next().unwrap_or(self.name)
    }
}

/// All verbs, sorted by name.
pub fn all() -> impl Iterator<Item = &'static Verb> {
    crate::table::VERBS.iter().chain(crate::verbs::generate::VERBS).chain(crate::print::VERBS)
}

/// The verbs below `parent` (those of the first level when it is empty), sorted by name.
pub fn below(parent: &str) -> Vec<&'static Verb> {
    let child = |v: &&Verb| match v.name.rsplit_once(' ') {
        Some((up, _)) => up == parent,
        None => parent.is_empty(),
    };
    let mut list: Vec<_> = all().filter(child).collect();
    sort_by_key(&mut list, |v| v.name);
    list
}

/// The verb called `word` below `parent`.
pub fn find(parent: &str, word: &str) -> Option<&'static Verb> {
    below(parent).into_iter().find(|v| v.last() == word || v.aliases.contains(&word))
}

/// The verb that a command line begins with, and the words that are left: those that name it are taken out, flags
/// before them stay.
///
/// # Errors
/// `unknown command "x" for "kubectl"`, with what may have been meant.
// upstream: spf13/cobra Command.Find, legacyArgs
pub fn resolve(words: &[String]) -> Result<(Option<&'static Verb>, Vec<String>), Failure> {
    let mut verb: Option<&'static Verb> = None;
    let mut left = Vec::new();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        if word == "--" {
            break;
        }
        if word.starts_with('-') && word.len() > 1 {
            left.push(word.clone());
            if takes_next(verb, word)
                && let Some(value) = words.get(at + 1)
            {
                left.push(value.clone());
                at += 1;
            }
        } else {
            let parent = verb.map_or("", |v| v.name);
            match find(parent, word) {
                Some(found) => verb = Some(found),
                None if verb.is_none() => return Err(unknown(word)),
                None => break,
            }
        }
        at += 1;
    }
    left.extend(words.get(at..).unwrap_or_default().iter().cloned());
    Ok((verb, left))
}

/// Whether the word after this flag is its value.
fn takes_next(verb: Option<&'static Verb>, word: &str) -> bool {
    if word.contains('=') {
        return false;
    }
    let flags: Vec<&Flag> = verb.map_or_else(|| GLOBAL.iter().collect(), |v| v.flags().collect());
    let found = match word.strip_prefix("--") {
        Some(name) => flags.iter().find(|f| f.name == name),
        None => flags.iter().find(|f| word.len() == 2 && word[1..].starts_with(f.short)),
    };
    found.is_some_and(|f| !matches!(f.takes, Takes::Switch | Takes::Maybe(_)))
}

fn unknown(word: &str) -> Failure {
    let mut text = format!("error: unknown command {word:?} for \"kubectl\"");
    let near = |v: &&&Verb| distance(v.name, word) <= 2 || v.name.starts_with(&word.to_lowercase());
    let list = below("");
    let meant: Vec<&str> = list.iter().filter(near).map(|v| v.name).collect();
    if !meant.is_empty() {
        text.push_str("\n\nDid you mean this?");
        for name in meant {
            text.push_str("\n\t");
            text.push_str(name);
        }
    }
    text
}

/// The Levenshtein distance of two words, in any case.
// upstream: spf13/cobra ld
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.to_lowercase().into_bytes(), b.to_lowercase().into_bytes());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let changed = corner + usize::from(x != y);
            corner = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

/// `kubectl --help`: the verbs.
pub fn overview() -> String {
    let mut text = String::from("kubectl, as this simulation understands it.\n\nCommands:\n");
    list_verbs(&mut text, "");
    text.push_str("\nUsage:\n  kubectl [flags] [options]\n\nUse \"kubectl <command> --help\" for more information about a given command.\n");
    text
}

fn list_verbs(text: &mut String, parent: &str) {
    let verbs = below(parent);
    let width = verbs.iter().map(|v| v.last().len()).max().unwrap_or(0);
    text.extend(verbs.iter().map(|v| format!("  {:<width$}   {}\n", v.last(), v.help)));
}

/// `kubectl VERB --help`.
pub fn help(verb: &Verb) -> String {
    let mut text = format!("{}\n", verb.help);
    if !verb.aliases.is_empty() {
        text.extend(["\nAliases:\n", verb.last(), ", ", &verb.aliases.join(", "), "\n"]);
    }
    if !below(verb.name).is_empty() {
        text.push_str("\nAvailable Commands:\n");
        list_verbs(&mut text, verb.name);
    }
    let mut flags: Vec<&Flag> = verb.flags.iter().flat_map(|g| g.iter()).collect();
    sort_by_key(&mut flags, |f| f.name);
    if !flags.is_empty() {
        text.push_str("\nOptions:\n");
        let shown: Vec<String> = flags.iter().map(|f| option(f)).collect();
        text.push_str(&shown.join("\n"));
    }
    let usage = if verb.run.is_some() { verb.usage } else { "SUBCOMMAND" };
    text.extend(["\nUsage:\n  kubectl ", verb.name, " ", usage, " [options]\n"]);
    text
}

fn option(f: &Flag) -> String {
    let short = if f.short == ' ' { "    ".into() } else { format!("-{}, ", f.short) };
    let default = match f.takes {
        Takes::Switch | Takes::Int | Takes::Time => f.default.to_owned(),
        Takes::List => "[]".into(),
        Takes::Text | Takes::Maybe(_) => format!("'{}'", f.default),
    };
    format!("    {short}--{}={default}:\n\t{}\n", f.name, f.help)
}

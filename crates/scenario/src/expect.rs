//! [`expectation`]: one line of what must be seen.

use std::time::Duration;

/// When a claim must be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At one instant, together with the other lines.
    Now,
    /// At every instant since the chapter began.
    Always,
    /// At no instant since the chapter began.
    Never,
    /// At some instant since the chapter began.
    Once,
}

/// One line of an `expect` fence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// What must be so.
    Claim {
        /// As it is written.
        text: String,
        /// When.
        when: When,
        /// Whether it must not be so.
        not: bool,
        /// What.
        claim: Claim,
    },
    /// How much simulated time may pass until all of it is so: `within 5m`.
    Within(Limit),
}

/// A limit of simulated time.
pub type Limit = Duration;

/// How two numbers compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// `=`
    Equal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

impl Compare {
    fn read(word: &str) -> Option<Self> {
        Some(match word {
            "=" => Self::Equal,
            "<" => Self::Less,
            "<=" => Self::AtMost,
            ">" => Self::More,
            ">=" => Self::AtLeast,
            _ => return None,
        })
    }

    /// Whether it is so.
    pub const fn holds(self, seen: i64, asked: i64) -> bool {
        match self {
            Self::Equal => seen == asked,
            Self::Less => seen < asked,
            Self::AtMost => seen <= asked,
            Self::More => seen > asked,
            Self::AtLeast => seen >= asked,
        }
    }
}

/// Something that is so or is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// `ready db = 3`
    Number {
        /// Which number, such as `ready`.
        of: &'static str,
        /// Of what.
        name: String,
        /// How it compares.
        compare: Compare,
        /// With which number.
        value: i64,
    },
    /// `pod db-0,db-1 Ready`: one word about each of these.
    Word {
        /// About which kind of thing, such as `pod`.
        of: &'static str,
        /// Their names.
        names: Vec<String>,
        /// The word.
        word: String,
    },
    /// `explain pod/db-1 contains …`
    Text {
        /// Whose text, such as `explain`.
        of: &'static str,
        /// Of what; or empty.
        name: String,
        /// What is in it.
        part: String,
    },
    /// `settled`: nothing is due any more, and everything is as it was asked for.
    Settled,
    /// `order created db-0 db-1 db-2`
    Order {
        /// What happened to them, such as `created`.
        of: &'static str,
        /// In this order.
        names: Vec<String>,
    },
}

/// Numbers: `<word> <name> <compare> <number>`.
const NUMBERS: &[&str] = &[
    "ready",
    "pods",
    "active",
    "requests",
    "replicas",
    "revisions",
    "kept",
    "endpoints",
    "addresses",
    "restarts",
    "served",
    "lost",
    "refused",
    "written",
    "unwritten",
    "lost-writes",
    "stale-reads",
    "backward-reads",
    "diverged",
    "corrupted",
    "writers",
];
/// Words: `<word> <name,…> <word>`.
const WORDS: &[&str] = &["pod", "node", "image", "claim", "address", "names", "role", "source", "where"];
/// Texts: `<word> [<name>] contains <text>`; the second says whether there is a name.
const TEXTS: &[(&str, bool)] = &[("output", false), ("explain", true), ("event", true)];
/// Orders: `order <word> <name> <name> …`.
const ORDERS: &[&str] = &["created", "ready", "deleted"];

fn known(table: &'static [&'static str], word: &str) -> Option<&'static str> {
    table.iter().find(|known| **known == word).copied()
}

/// Reads one line.
///
/// # Errors
/// What is wrong with it.
pub fn expectation(text: &str) -> Result<Line, String> {
    if let Some(limit) = text.strip_prefix("within ") {
        return seconds(limit).map(Line::Within).ok_or_else(|| format!("{limit:?} is no duration such as 90s or 5m"));
    }
    let mut rest = text;
    let mut when = When::Now;
    for (word, meant) in [("always ", When::Always), ("never ", When::Never), ("once ", When::Once)] {
        if let Some(tail) = rest.strip_prefix(word) {
            (rest, when) = (tail.trim_start(), meant);
        }
    }
    let (rest, not) = rest.strip_prefix("not ").map_or((rest, false), |tail| (tail.trim_start(), true));
    Ok(Line::Claim { text: text.to_owned(), when, not, claim: claim(rest)? })
}

fn claim(text: &str) -> Result<Claim, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let wrong = || format!("{text:?} is no expectation");
    let first = *words.first().ok_or_else(wrong)?;
    if let Some((of, named)) = TEXTS.iter().find(|(word, _)| *word == first).copied() {
        // `event FailedScheduling` alone asks for any text.
        let rest = text[first.len()..].trim_start();
        let (name, rest) = if named { rest.split_once(' ').unwrap_or((rest, "")) } else { ("", rest) };
        let part = rest.trim_start().strip_prefix("contains ").unwrap_or_default().trim();
        if (part.is_empty() && (first != "event" || !rest.is_empty())) || (named && name.is_empty()) {
            return Err(format!("{text:?}: {first} … contains what?"));
        }
        return Ok(Claim::Text { of, name: name.to_owned(), part: part.to_owned() });
    }
    if text == "settled" {
        return Ok(Claim::Settled);
    }
    if first == "order" {
        let of = words.get(1).and_then(|word| known(ORDERS, word)).ok_or_else(wrong)?;
        let names: Vec<String> = words[2..].iter().map(|name| (*name).to_owned()).collect();
        return if names.len() < 2 { Err(wrong()) } else { Ok(Claim::Order { of, names }) };
    }
    if let (Some(of), [_, name, compare, value]) = (known(NUMBERS, first), &words[..]) {
        let compare = Compare::read(compare).ok_or_else(|| format!("{compare:?} is none of = < <= > >="))?;
        let value = value.parse().map_err(|_| format!("{value:?} is no number"))?;
        return Ok(Claim::Number { of, name: (*name).to_owned(), compare, value });
    }
    if let (Some(of), [_, names, word]) = (known(WORDS, first), &words[..]) {
        let names = names.split(',').map(str::to_owned).collect();
        return Ok(Claim::Word { of, names, word: (*word).to_owned() });
    }
    Err(wrong())
}

/// Reads `90s`, `5m`, `1m30s` or `500ms`.
pub fn seconds(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        let tail = &rest[digits..];
        let unit = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let millis = match &tail[..unit] {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return None,
        };
        total = total.checked_add(Duration::from_millis(number.checked_mul(millis)?))?;
        rest = &tail[unit..];
    }
    (!total.is_zero()).then_some(total)
}

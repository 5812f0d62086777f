//! [`Watch`]: follows a cluster through a chapter, and says whether what is expected is so.

use crate::expect::{Claim, Line, When};
use crate::facts::{self, Seen};
use podscope_engine::Cluster;
use podscope_engine::view::{Memo, View};

/// What was found about a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is so.
    pub holds: bool,
    /// What is seen instead, or as well.
    pub seen: String,
}

/// Follows a cluster from a chapter's beginning.
pub struct Watch {
    start: Cluster,
    start_view: View,
    memo: Memo,
    view: View,
    /// Each line that speaks of all instants, and whether its claim was ever so, and ever not.
    ever: Vec<(Line, bool, bool)>,
}

impl Watch {
    /// Begins at this instant. `lines` are those of the whole chapter.
    pub fn new<'a>(cluster: &Cluster, lines: impl Iterator<Item = &'a Line>) -> Self {
        let memo = Memo::default();
        let view = cluster.view_again(&memo);
        let timed = |line: &&Line| matches!(line, Line::Claim { when, .. } if *when != When::Now);
        let ever = lines.filter(timed).map(|line| (line.clone(), false, false)).collect();
        Self { start: cluster.clone(), start_view: view.clone(), memo, view, ever }
    }

    /// What was observed last.
    pub const fn view(&self) -> &View {
        &self.view
    }

    /// Looks at the cluster again: call this after each change, however small.
    pub fn observe(&mut self, cluster: &Cluster) {
        self.view = cluster.view_again(&self.memo);
        let mut ever = std::mem::take(&mut self.ever);
        for (line, so, not_so) in &mut ever {
            if let Line::Claim { claim, not, .. } = line {
                let holds = self.claim(cluster, claim, "").holds != *not;
                *so |= holds;
                *not_so |= !holds;
            }
        }
        self.ever = ever;
    }

    /// Whether a line is so at the instant that was observed last. `output` is what the last command printed.
    pub fn check(&self, cluster: &Cluster, line: &Line, output: &str) -> Verdict {
        let Line::Claim { when, not, claim, .. } = line else {
            return Verdict { holds: true, seen: String::new() };
        };
        let now = self.claim(cluster, claim, output);
        if *when == When::Now {
            return Verdict { holds: now.holds != *not, ..now };
        }
        let (so, not_so) = self.ever.iter().find(|(l, ..)| l == line).map_or((false, false), |(_, so, no)| (*so, *no));
        let holds = match when {
            When::Once => so,
            When::Never => !so,
            When::Always | When::Now => !not_so,
        };
        Verdict { holds, ..now }
    }

    /// A text with its places filled, from the chapter's beginning: `{web.0}` is the name of the first pod of that workload,
    /// `{node.db-1}` that of the node of that pod, `{zone.db-1}` that of its zone, or of the zone of
    /// a claim's volume.
    ///
    /// # Errors
    /// What was not there.
    pub fn fill(&self, text: &str) -> Result<String, String> {
        let start = Seen { cluster: &self.start, view: &self.start_view };
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, tail)) = rest.split_once('{') {
            out.push_str(before);
            // JSON and jsonpath have braces, too.
            let plain = |inside: &&str| inside.bytes().all(|b| b.is_ascii_alphanumeric() || b"-./".contains(&b));
            let place = tail.split_once('}').filter(|(inside, _)| plain(inside));
            let place = place.and_then(|(inside, after)| Some((inside.split_once('.')?, after)));
            let Some(((of, which), after)) = place.filter(|((of, which), _)| !of.is_empty() && !which.is_empty())
            else {
                out.push('{');
                rest = tail;
                continue;
            };
            let found = if of == "node" || of == "zone" {
                start.place(which, of == "zone")
            } else {
                let pods = start.workload(of).map(facts::pods).unwrap_or_default();
                which.parse().ok().and_then(|at: usize| Some(pods.get(at)?.name.to_string()))
            };
            out.push_str(&found.ok_or_else(|| format!("there was no {{{of}.{which}}}"))?);
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }

    /// A name with its places filled; as it is when they cannot be.
    fn name(&self, name: &str) -> String {
        self.fill(name).unwrap_or_else(|_| name.to_owned())
    }

    fn claim(&self, cluster: &Cluster, claim: &Claim, output: &str) -> Verdict {
        let now = Seen { cluster, view: &self.view };
        let start = Seen { cluster: &self.start, view: &self.start_view };
        match claim {
            Claim::Number { of, name, compare, value } => {
                let number = facts::number(now, start, of, &self.name(name));
                let seen = number.map_or_else(|| "none".to_owned(), |n| n.to_string());
                Verdict { holds: number.is_some_and(|n| compare.holds(n, *value)), seen }
            }
            Claim::Word { of, names, word } => {
                let word = self.name(word);
                let seen: Vec<String> =
                    names.iter().map(|name| facts::word(now, start, of, &self.name(name), &word)).collect();
                Verdict { holds: seen.iter().all(|s| *s == word), seen: seen.join(", ") }
            }
            Claim::Text { of, name, part } => {
                let text =
                    if *of == "output" { output.to_owned() } else { facts::text(now, start, of, &self.name(name)) };
                Verdict { holds: !text.is_empty() && text.contains(&**part), seen: text }
            }
            Claim::Settled => settled(cluster),
            Claim::Order { of, names } => {
                let names: Vec<String> = names.iter().map(|name| self.name(name)).collect();
                let mut seen = facts::order(now, start, of);
                seen.retain(|name| names.contains(name));
                Verdict { holds: seen == names, seen: seen.join(" ") }
            }
        }
    }
}

/// Whether nothing is due any more, and all is as it was asked for.
#[cfg(feature = "run")]
fn settled(cluster: &Cluster) -> Verdict {
    if cluster.cx.next_time().is_some() {
        return Verdict { holds: false, seen: "something is still due".to_owned() };
    }
    let wrong = crate::settled(&cluster.cx);
    Verdict { holds: wrong.is_empty(), seen: wrong.join("; ") }
}

/// What only plays in a page has no need of it.
#[cfg(not(feature = "run"))]
fn settled(_: &Cluster) -> Verdict {
    Verdict { holds: false, seen: "not looked at here".to_owned() }
}

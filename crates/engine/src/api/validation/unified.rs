//! Differences as Go's difflib tells them: unified hunks, found by the longest runs that two texts share.

use podscope_schema::sorted::SortedMap;

/// Lines around a change.
const AROUND: usize = 3;

/// Where `size` lines of one text, from `old`, are lines of the other, from `new`.
#[derive(Clone, Copy)]
struct Run {
    old: usize,
    new: usize,
    size: usize,
}

/// The unified hunks between two texts, a line each.
// upstream: pmezard/go-difflib GetUnifiedDiffString
pub(super) fn difference(old: &[String], new: &[String]) -> String {
    let mut runs = Vec::new();
    shared(old, new, &places(new), (0, old.len()), (0, new.len()), &mut runs);
    runs.push(Run { old: old.len(), new: new.len(), size: 0 });
    // Each change as (first and last line of the old, first and last line of the new).
    let (mut changes, mut at) = (Vec::new(), (0, 0));
    for run in runs {
        if (run.old, run.new) != at {
            changes.push((at.0, run.old, at.1, run.new));
        }
        at = (run.old + run.size, run.new + run.size);
    }
    let mut out = String::new();
    let mut rest = &changes[..];
    while let Some(first) = rest.first() {
        // Changes whose surroundings touch share a hunk.
        let far = rest.windows(2).position(|w| w[1].0 - w[0].1 > 2 * AROUND);
        let (hunk, later) = rest.split_at(far.map_or(rest.len(), |n| n + 1));
        let last = hunk.last().unwrap_or(first);
        let from = (first.0.saturating_sub(AROUND), first.2.saturating_sub(AROUND));
        let to = ((last.1 + AROUND).min(old.len()), (last.3 + AROUND).min(new.len()));
        let ranges = (range(from.0, to.0), range(from.1, to.1));
        out.extend(["@@ -", &ranges.0, " +", &ranges.1, " @@\n"]);
        let mut at = from.0;
        let mut add = |sign: char, lines: &[String]| {
            for line in lines {
                out.push(sign);
                out.push_str(line);
                out.push('\n');
            }
        };
        for &(gone, kept, begin, end) in hunk {
            add(' ', &old[at..gone]);
            add('-', &old[gone..kept]);
            add('+', &new[begin..end]);
            at = kept;
        }
        add(' ', &old[at..to.0]);
        rest = later;
    }
    out
}

// upstream: difflib formatRangeUnified
fn range(from: usize, to: usize) -> String {
    match to - from {
        1 => format!("{}", from + 1),
        0 => format!("{from},0"),
        n => format!("{},{n}", from + 1),
    }
}

/// Where each line is. In long texts, lines that are everywhere lead nowhere.
// upstream: difflib chainB
fn places(lines: &[String]) -> SortedMap<&str, Vec<usize>> {
    let mut all: SortedMap<&str, Vec<usize>> = SortedMap::new();
    for (i, line) in lines.iter().enumerate() {
        all.entry(line).or_default().push(i);
    }
    let popular = lines.len() / 100 + 1;
    let mut kept = SortedMap::new();
    for (line, at) in all {
        if lines.len() < 200 || at.len() <= popular {
            kept.insert(line, at);
        }
    }
    kept
}

/// The runs that both have, in order: the longest first, then what is before and behind it.
// upstream: difflib matchBlocks
fn shared(
    old: &[String],
    new: &[String],
    places: &SortedMap<&str, Vec<usize>>,
    a: (usize, usize),
    b: (usize, usize),
    out: &mut Vec<Run>,
) {
    let run = longest(old, new, places, a, b);
    if run.size == 0 {
        return;
    }
    shared(old, new, places, (a.0, run.old), (b.0, run.new), out);
    match out.last_mut().filter(|l| l.old + l.size == run.old && l.new + l.size == run.new) {
        Some(before) => before.size += run.size,
        None => out.push(run),
    }
    shared(old, new, places, (run.old + run.size, a.1), (run.new + run.size, b.1), out);
}

// upstream: difflib findLongestMatch
fn longest(
    old: &[String],
    new: &[String],
    places: &SortedMap<&str, Vec<usize>>,
    a: (usize, usize),
    b: (usize, usize),
) -> Run {
    let mut best = Run { old: a.0, new: b.0, size: 0 };
    // How long the run is that ends at a line of the new text, and at the line of the old one before this.
    let mut lengths: Vec<usize> = vec![0; new.len() + 1];
    for (i, line) in old.iter().enumerate().take(a.1).skip(a.0) {
        let mut next = vec![0; new.len() + 1];
        for &j in places.get(line.as_str()).into_iter().flatten().filter(|j| (b.0..b.1).contains(*j)) {
            let size = lengths[j] + 1;
            next[j + 1] = size;
            if size > best.size {
                best = Run { old: i + 1 - size, new: j + 1 - size, size };
            }
        }
        lengths = next;
    }
    while best.old > a.0 && best.new > b.0 && old[best.old - 1] == new[best.new - 1] {
        best = Run { old: best.old - 1, new: best.new - 1, size: best.size + 1 };
    }
    let end = |r: &Run| (r.old + r.size, r.new + r.size);
    while end(&best).0 < a.1 && end(&best).1 < b.1 && old[end(&best).0] == new[end(&best).1] {
        best.size += 1;
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hunks_are_apart_when_what_is_between_them_is_long() {
        let lines = |text: &str| text.chars().map(|c| c.to_string()).collect::<Vec<_>>();
        // One letter a line: the old, the new, and the hunks' heads and changes.
        for (old, new, want) in [
            ("abc", "abc", ""),
            ("abcdefghij", "abcdEfghij", "@@ -2,7 +2,7 @@ -e+E"),
            ("abc", "xabc", "@@ -1,3 +1,4 @@ +x"),
            ("abc", "ab", "@@ -1,3 +1,2 @@ -c"),
            ("abcdefgh", "Abcdefg", "@@ -1,8 +1,7 @@ -a+A-h"),
            ("abcdefghijklmno", "Abcdefghijklmn", "@@ -1,4 +1,4 @@ -a+A@@ -12,4 +12,3 @@ -o"),
            ("", "a", "@@ -0,0 +1 @@ +a"),
        ] {
            let said = difference(&lines(old), &lines(new));
            let changes: Vec<String> = said
                .lines()
                .filter(|l| !l.starts_with(' '))
                .map(|l| if l.starts_with('@') { format!("{l} ") } else { l.to_owned() })
                .collect();
            assert_eq!(changes.concat().trim_end(), want, "{old} {new}\n{said}");
        }
    }
}

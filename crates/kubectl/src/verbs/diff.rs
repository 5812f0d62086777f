//! `diff`.

use crate::flag::Args;
use crate::manifest::{self, Manifest};
use crate::resource::refused;
use crate::{Failure, Next, Session, print};
use podscope_engine::api::apply::merged;
use podscope_engine::api::rest;
use podscope_engine::convert;
use podscope_schema::{Map, Value};

/// `diff -f …`: exit code 1 when anything differs.
// upstream: kubectl/pkg/cmd/diff
pub fn run(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    if args.files().is_empty() {
        return Err("error: must specify one of -f and -k".into());
    }
    let (mut manifests, errors) = manifest::read(s, args)?;
    if let Some(error) = errors.into_iter().next() {
        return Err(error);
    }
    manifest::choose(&mut manifests, args)?;
    let mut differs = false;
    for m in &manifests {
        let live = s.object(m.info, &m.namespace, &m.name).map(|f| f.value);
        let new = becomes(s, m, live.as_ref())?;
        let old = live.as_ref().map_or_else(String::new, text);
        let hunks = unified(&old, &text(&new));
        if hunks.is_empty() {
            continue;
        }
        differs = true;
        // upstream: diff's Name
        let mut parts: Vec<&str> = Vec::new();
        if !m.info.group.is_empty() {
            parts.push(m.info.group);
        }
        parts.extend([m.info.version, m.info.kind]);
        if m.info.namespaced {
            parts.push(&m.namespace);
        }
        parts.push(&m.name);
        let name = parts.join(".");
        // The two folders are temporary ones upstream; here they are named after the state that is compared.
        let version = s.cluster.version();
        let (a, b) = (format!("/tmp/LIVE-{version}/{name}"), format!("/tmp/MERGED-{version}/{name}"));
        let stamp = convert::timestamp(&s.cluster.cx, s.now())
            .replace('T', " ")
            .replace('Z', &format!(".{:06}000 +0000", s.now().0 % 1_000_000));
        s.say(format!("diff -u -N {a} {b}\n--- {a}\t{stamp}\n+++ {b}\t{stamp}"));
        s.out.stdout.push_str(&hunks);
    }
    if differs {
        s.out.exit = 1;
    }
    Ok(None)
}

/// What the object becomes when the manifest is applied, found on a copy of the cluster.
fn becomes(s: &Session, m: &Manifest, live: Option<&Value>) -> Result<Value, Failure> {
    let mut copy = s.cluster.clone();
    let cx = &mut copy.cx;
    let Some(live) = live else {
        let path = manifest::collection(m.info, &m.namespace);
        return rest::call(cx, "POST", &path, "application/json", &m.value).map_err(|e| refused(&e));
    };
    // The annotation stays as it is: it is not what is compared.
    let mut asked = m.value.clone();
    if asked.at(&["metadata", "annotations"]).is_none() {
        asked.set_at(&["metadata", "annotations"], Map::new());
    }
    let new = merged(live, &asked);
    manifest::check(m.info, live, &new, "")?;
    let Some(key) = s.key(m.info, &m.namespace, &m.name) else { return Ok(new) };
    let before = cx.store.object(key).map_or(0, |o| o.meta().generation);
    rest::replace(cx, key, &new).map_err(|e| refused(&e))?;
    let after = cx.store.object(key).map_or(0, |o| o.meta().generation);
    let mut shown = new;
    if after != before {
        shown.set_at(&["metadata", "generation"], after);
    }
    Ok(shown)
}

fn text(value: &Value) -> String {
    let mut value = print::sorted(value);
    if let Some(meta) = value.make_map().get_mut("metadata") {
        meta.make_map().remove("managedFields");
    }
    podscope_schema::to_yaml(&value)
}

/// The hunks of a unified difference, with three lines of context.
fn unified(old: &str, new: &str) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let edits = edits(&a, &b);
    let mut out = String::new();
    let mut at = 0;
    while let Some(first) = edits[at..].iter().position(|e| e.0 != ' ').map(|i| at + i) {
        let start = first.saturating_sub(3);
        let mut end = first;
        // A hunk goes on while less than seven equal lines lie between two changes.
        let mut quiet = 0;
        for (i, e) in edits.iter().enumerate().skip(first) {
            quiet = if e.0 == ' ' { quiet + 1 } else { 0 };
            if quiet > 6 {
                break;
            }
            end = i + 1;
        }
        let trailing = edits[first..end].iter().rev().take_while(|e| e.0 == ' ').count();
        end -= trailing.saturating_sub(3);
        let count = |list: &[(char, &str)], side: char| list.iter().filter(|e| e.0 == ' ' || e.0 == side).count();
        let (from, to) = (count(&edits[..start], '-'), count(&edits[..start], '+'));
        let (removed, added) = (count(&edits[start..end], '-'), count(&edits[start..end], '+'));
        let range = |from: usize, n: usize| match n {
            0 => format!("{from},0"),
            1 => format!("{}", from + 1),
            _ => format!("{},{n}", from + 1),
        };
        out.extend(["@@ -", &range(from, removed), " +", &range(to, added), " @@\n"]);
        for (sign, line) in &edits[start..end] {
            out.push(*sign);
            out.extend([line, "\n"]);
        }
        at = end;
    }
    out
}

/// The lines of both texts: kept (' '), taken out ('-'), put in ('+').
fn edits<'a>(a: &[&'a str], b: &[&'a str]) -> Vec<(char, &'a str)> {
    // The length of the longest common rest of a[i..] and b[j..].
    let width = b.len() + 1;
    let mut common = vec![0u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i * width + j] = if a[i] == b[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, Vec::new());
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            out.push((' ', a[i]));
            i += 1;
            j += 1;
        } else if i < a.len() && (j == b.len() || common[(i + 1) * width + j] >= common[i * width + j + 1]) {
            out.push(('-', a[i]));
            i += 1;
        } else {
            out.push(('+', b[j]));
            j += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn hunks_have_three_lines_of_context() {
        let old = (1..=20).map(|n| n.to_string()).collect::<Vec<_>>().join("\n") + "\n";
        assert_eq!(unified(&old, &old), "");
        assert_eq!(unified(&old, &old.replace("\n2\n", "\ntwo\n")), "@@ -1,5 +1,5 @@\n 1\n-2\n+two\n 3\n 4\n 5\n");
        let far = unified(&old, &old.replace("\n2\n", "\n").replace("\n19\n", "\n18a\n19\n"));
        assert_eq!(far, "@@ -1,5 +1,4 @@\n 1\n-2\n 3\n 4\n 5\n@@ -16,5 +15,6 @@\n 16\n 17\n 18\n+18a\n 19\n 20\n");
        assert_eq!(unified("", "a\n"), "@@ -0,0 +1 @@\n+a\n");
    }
}

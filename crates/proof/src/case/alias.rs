//! Names that stay the same between runs: `web#rs1`, `web#rs1#p2`, `db#rev1`.

use podscope_engine::object::{Kind, Meta, Uid};
use std::collections::BTreeMap;

/// Aliases of generated names, numbered per owner in the order of creation.
#[derive(Default)]
pub struct Aliases {
    of_uid: BTreeMap<Uid, String>,
    of_name: BTreeMap<String, String>,
    counts: BTreeMap<(String, &'static str), usize>,
}

impl Aliases {
    /// Learns a new object. Only generated names get an alias.
    pub fn learn(&mut self, kind: Kind, meta: &Meta) {
        let Some(owner) = meta.controller() else { return };
        let short = match kind {
            Kind::ReplicaSet => "rs",
            Kind::Pod if &*owner.kind != "StatefulSet" => "p",
            Kind::ControllerRevision => "rev",
            Kind::EndpointSlice => "eps",
            _ => return,
        };
        if self.of_uid.contains_key(&meta.uid) {
            return;
        }
        // A revision that comes back under its name keeps its alias.
        if let Some(alias) = self.of_name.get(&*meta.name) {
            self.of_uid.insert(meta.uid, alias.clone());
            return;
        }
        let owner = self.of_uid.get(&owner.uid).cloned().unwrap_or_else(|| owner.name.to_string());
        let count = self.counts.entry((owner.clone(), short)).or_default();
        *count += 1;
        let alias = format!("{owner}#{short}{count}");
        self.of_uid.insert(meta.uid, alias.clone());
        self.of_name.insert(meta.name.to_string(), alias);
    }

    /// The alias of an object, or its name.
    pub fn of(&self, meta: &Meta) -> String {
        self.of_uid.get(&meta.uid).cloned().unwrap_or_else(|| meta.name.to_string())
    }

    /// The alias of a name, or the name.
    pub fn of_name<'a>(&'a self, name: &'a str) -> &'a str {
        self.of_name.get(name).map_or(name, String::as_str)
    }

    /// Replaces generated names in a text by their aliases.
    pub fn hide(&self, text: &str) -> String {
        replace(text, self.of_name.iter().map(|(name, alias)| (&**name, &**alias)))
    }

    /// Replaces aliases in a text by the names that they stand for.
    pub fn resolve(&self, text: &str) -> String {
        replace(text, self.of_name.iter().map(|(name, alias)| (&**alias, &**name)))
    }
}

/// Replaces each `from` by its `to`, the longest first, never inside what was replaced.
fn replace<'a>(text: &str, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort_by_key(|(from, _)| std::cmp::Reverse(from.len()));
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some((from, to)) = pairs.iter().find(|(from, _)| rest.starts_with(from)) {
            out.push_str(to);
            rest = &rest[from.len()..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

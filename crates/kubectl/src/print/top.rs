//! `top`: the CPU that simulated requests use. Memory is not simulated.
// upstream: kubectl/pkg/cmd/top

use super::read::text;
use super::table::lay_out;
use crate::flag::Args;
use crate::resource::{Bare, Found, kind};
use crate::{Failure, Next, Session};
use podscope_engine::network::traffic::cpu_milli;
use podscope_schema::Quantity;
use podscope_schema::sort::sort_by_key;

const NONE: &str = "error: Metrics API not available";

fn used(s: &Session, pod: &Found) -> Option<i64> {
    pod.key.and_then(|key| cpu_milli(&s.cluster.cx, key))
}

/// `top pods`
pub fn pods(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let words: Vec<String> = std::iter::once("pods".to_owned()).chain(args.words.iter().cloned()).collect();
    let selection = s.select(&words, args, Bare::All)?;
    if let Some(failure) = selection.failure() {
        return Err(failure);
    }
    let mut rows: Vec<(i64, &Found)> = selection.found.iter().filter_map(|p| Some((used(s, p)?, p))).collect();
    if rows.is_empty() {
        return Err(NONE.to_owned());
    }
    if args.value("sort-by") == "cpu" {
        sort_by_key(&mut rows, |(milli, _)| -milli);
    }
    let mut lines = Vec::new();
    let everywhere = args.on("all-namespaces");
    let line = |namespace: &str, name: &str, cpu: String, memory: &str| {
        let mut line = if everywhere { vec![namespace.to_owned()] } else { Vec::new() };
        line.extend([name.to_owned(), cpu, memory.to_owned()]);
        line
    };
    if !args.on("no-headers") {
        lines.push(line("NAMESPACE", "NAME", "CPU(cores)".into(), "MEMORY(bytes)"));
    }
    lines.extend(rows.iter().map(|(milli, p)| line(&p.namespace, &p.name, format!("{milli}m"), "<unknown>")));
    s.out.stdout.push_str(&lay_out(&lines));
    Ok(None)
}

/// `top nodes`
pub fn nodes(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let words: Vec<String> = std::iter::once("nodes".to_owned()).chain(args.words.iter().cloned()).collect();
    let selection = s.select(&words, args, Bare::All)?;
    if let Some(failure) = selection.failure() {
        return Err(failure);
    }
    let pods = s.list(kind("pods")?, None);
    let mut lines = Vec::new();
    if !args.on("no-headers") {
        lines.push(["NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)"].map(str::to_owned).to_vec());
    }
    let mut any = false;
    for node in &selection.found {
        let mine = pods.iter().filter(|p| text(&p.value, &["spec", "nodeName"]) == *node.name);
        let known: Vec<i64> = mine.filter_map(|p| used(s, p)).collect();
        any |= !known.is_empty();
        let milli: i64 = known.iter().sum();
        let all = text(&node.value, &["status", "allocatable", "cpu"]);
        let all = Quantity::parse(&all).map_or(0, Quantity::milli_value);
        let percent = if all > 0 { milli * 100 / all } else { 0 };
        let name = node.name.to_string();
        lines.push(vec![name, format!("{milli}m"), format!("{percent}%"), "<unknown>".into(), "<unknown>".into()]);
    }
    if !any {
        return Err(NONE.to_owned());
    }
    s.out.stdout.push_str(&lay_out(&lines));
    Ok(None)
}

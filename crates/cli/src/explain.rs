//! `podscope explain`: applies manifests, lets time pass, runs commands, and says why an object is as it is.

use crate::run;
use crate::say;
use podscope_engine::object::Kind;
use podscope_engine::view::Explanation;
use podscope_engine::{Cluster, Config};
use std::process::ExitCode;
use std::time::Duration;

/// Short names, as kubectl knows them.
const SHORT: [(&str, Kind); 9] = [
    ("po", Kind::Pod),
    ("deploy", Kind::Deployment),
    ("rs", Kind::ReplicaSet),
    ("sts", Kind::StatefulSet),
    ("svc", Kind::Service),
    ("pvc", Kind::PersistentVolumeClaim),
    ("pv", Kind::PersistentVolume),
    ("hpa", Kind::HorizontalPodAutoscaler),
    ("pdb", Kind::PodDisruptionBudget),
];

/// Runs the command.
pub fn main(args: &[String]) -> Result<ExitCode, String> {
    let (mut words, mut length, mut namespace, mut config) =
        (Vec::new(), Duration::from_mins(1), "default", Config::default());
    let mut commands = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().map(String::as_str).ok_or(format!("flag needs an argument: {arg}"));
        match &**arg {
            "--for" => length = run::duration(value()?)?,
            "--seed" => config.seed = value()?.parse().map_err(|e| format!("--seed: {e}"))?,
            "--then" => commands.push(value()?),
            "--namespace" | "-n" => namespace = value()?,
            flag if flag.starts_with('-') => return Err(format!("unknown flag: {flag}")),
            word => words.push(word),
        }
    }
    let (Some((of, files)), true) = (words.split_last(), words.len() > 1) else {
        return Err("explain needs a file and kind/name".into());
    };
    let (kind, name) = of.split_once('/').ok_or(format!("{of:?} is not kind/name"))?;
    let kind = kind_of(kind).ok_or(format!("unknown kind {kind:?}"))?;
    let mut cluster = Cluster::new(config);
    run::apply(&mut cluster, files)?;
    let pass = |cluster: &mut Cluster| {
        let end = cluster.now() + length;
        while !cluster.advance_to(end, 10_000) {}
    };
    pass(&mut cluster);
    for command in commands {
        let said = podscope_kubectl::run(&mut cluster, namespace, command, "");
        say::text(&said.stdout);
        eprint!("{}", said.stderr);
        pass(&mut cluster);
    }
    print(&cluster.explain(kind.name(), namespace, name));
    Ok(ExitCode::SUCCESS)
}

fn kind_of(word: &str) -> Option<Kind> {
    let lower = word.to_lowercase();
    let named = |k: &&Kind| {
        let name = k.name().to_lowercase();
        lower == name || lower.strip_suffix('s') == Some(&*name)
    };
    let short = || SHORT.iter().find(|(s, _)| *s == lower).map(|(_, k)| *k);
    Kind::ALL.iter().find(named).copied().or_else(short)
}

fn print(answer: &Explanation) {
    say::line!("{}", answer.sentence);
    for fact in &answer.facts {
        say::line!("  {}: {}", fact.of, fact.text);
    }
    for link in &answer.chain {
        let slash = if link.namespace.is_empty() { "" } else { "/" };
        say::line!(
            "{:>5} {:>10} {:<28} {} {} {}{slash}{}",
            link.entry,
            link.at,
            link.actor,
            link.verb,
            link.kind,
            link.namespace,
            link.name
        );
    }
    if let Some(command) = &answer.command {
        say::line!("$ {command}");
    }
}

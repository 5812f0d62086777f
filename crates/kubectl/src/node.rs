//! `cordon`, `uncordon`, `drain`, `taint`.

use crate::{Args, Failure, Session, resource};
use podscope_engine::controller::disruption;
use podscope_engine::object::{Key, Kind, Node, Pod, Taint, TaintEffect};
use std::time::Duration;

fn nodes(s: &Session, args: &Args) -> Result<Vec<Key>, Failure> {
    let names = args.words.iter().map(|w| w.strip_prefix("node/").unwrap_or(w));
    names.map(|name| s.find(Kind::Node, name)).collect()
}

/// Marks nodes as unschedulable, or as schedulable again.
pub fn cordon(s: &mut Session, args: &Args, on: bool) -> Result<(), Failure> {
    for key in nodes(s, args)? {
        set(s, key, on);
    }
    Ok(())
}

fn set(s: &mut Session, key: Key, on: bool) {
    let changed = s.cluster.cx.update_spec::<Node>(key, |n| n.unschedulable = on);
    let word = if on { "cordoned" } else { "uncordoned" };
    let line = format!("{} {}{word}", s.shown(key), if changed { "" } else { "already " });
    s.say(line);
}

/// Evicts what runs on a node, waiting for budgets; a refused eviction is tried again every 5 s.
// upstream: kubectl/pkg/drain
pub fn drain(s: &mut Session, args: &Args) -> Result<(), Failure> {
    let limit = args.duration("timeout").filter(|d| !d.is_zero()).unwrap_or(Duration::from_hours(24));
    for node in nodes(s, args)? {
        let name = s.cluster.cx.store.name(node).name.clone();
        set(s, node, true);
        let store = &s.cluster.cx.store;
        let mut pods: Vec<Key> = store.on_node(&name).iter().copied().collect();
        pods.sort_by(|a, b| store.name(*a).cmp(store.name(*b)));
        let bare: Vec<_> = pods
            .iter()
            .filter_map(|&k| store.get::<Pod>(k).filter(|p| p.meta.controller().is_none() && !p.is_terminal()))
            .map(|p| p.meta.name.to_string())
            .collect();
        if !bare.is_empty() {
            let list = bare.join(", ");
            if !args.on("force") {
                let why = format!("cannot delete Pods that declare no controller (use --force to override): {list}");
                return Err(format!(
                    "error: unable to drain node \"{name}\" due to error: {why}, continuing command...\nThere are pending nodes to be drained:\n {name}\n{why}"
                ));
            }
            s.warn(format!("Warning: deleting Pods that declare no controller: {list}"));
        }
        let end = s.cluster.now() + limit;
        let mut waiting = Vec::new();
        for &pod in &pods {
            let name = s.cluster.cx.store.name(pod).name.clone();
            s.say(format!("evicting pod {name}"));
        }
        let mut retry: Vec<Key> = pods.clone();
        let mut failure = None;
        loop {
            let mut again = Vec::new();
            for pod in retry {
                let Some(uid) = s.object(pod).map(|o| o.meta().uid) else { continue };
                let full = s.cluster.cx.store.name(pod).clone();
                match disruption::evict(&mut s.cluster.cx, pod, None) {
                    Ok(()) => waiting.push((pod, uid)),
                    Err(e) if e.code == 429 => {
                        s.warn(format!(
                            "error when evicting pods/\"{}\" -n \"{}\" (will retry after 5s): {}",
                            full.name, full.namespace, e.message
                        ));
                        again.push(pod);
                    }
                    Err(e) => {
                        failure = Some(format!(
                            "error when evicting pods/\"{}\" -n \"{}\": {}",
                            full.name, full.namespace, e.message
                        ));
                    }
                }
            }
            let mut gone: Vec<_> = waiting.clone();
            let pause = if again.is_empty() {
                end - s.cluster.now()
            } else {
                Duration::from_secs(5).min(end - s.cluster.now())
            };
            let all_gone = |s: &Session, list: &[(Key, podscope_engine::object::Uid)]| {
                list.iter().all(|(k, uid)| s.object(*k).is_none_or(|o| o.meta().uid != *uid))
            };
            if again.is_empty() {
                s.wait_until(Some(pause), |s| all_gone(s, &waiting));
            } else {
                s.wait_until(Some(pause), |_| false);
            }
            gone.retain(|(k, uid)| s.object(*k).is_none_or(|o| o.meta().uid != *uid));
            for (pod, _) in &gone {
                let line = format!("{}/{} evicted", resource::prefix(Kind::Pod), s.cluster.cx.store.name(*pod).name);
                s.say(line);
            }
            waiting.retain(|w| !gone.contains(w));
            if again.is_empty() && waiting.is_empty() {
                break;
            }
            if s.cluster.now() >= end {
                let names: Vec<_> = again
                    .iter()
                    .chain(waiting.iter().map(|(k, _)| k))
                    .map(|&k| s.cluster.cx.store.name(k).clone())
                    .collect();
                let errors: Vec<_> = names
                    .iter()
                    .map(|n| {
                        format!(
                            "error when evicting pods/\"{}\" -n \"{}\": global timeout reached: {}s",
                            n.name,
                            n.namespace,
                            limit.as_secs()
                        )
                    })
                    .collect();
                let text = if errors.len() == 1 { errors[0].clone() } else { format!("[{}]", errors.join(", ")) };
                failure = Some(text);
                break;
            }
            retry = again;
        }
        if let Some(text) = failure {
            return Err(format!(
                "error: unable to drain node \"{name}\" due to error: {text}, continuing command...\nThere are pending nodes to be drained:\n {name}\n{text}"
            ));
        }
        s.say(format!("node/{name} drained"));
    }
    Ok(())
}

/// `taint node NAME key=value:Effect` or `key[:Effect]-`
pub fn taint(s: &mut Session, args: &Args) -> Result<(), Failure> {
    let names = args.words.iter().skip(1).take_while(|w| !w.contains(':') && !w.ends_with('-'));
    let names: Vec<String> = names.cloned().collect();
    let changes = &args.words[(1 + names.len()).min(args.words.len())..];
    if changes.is_empty() {
        return Err("error: at least one taint update is required".into());
    }
    for name in names {
        let key = s.find(Kind::Node, &name)?;
        let (mut added, mut removed) = (false, false);
        for change in changes {
            if let Some(gone) = change.strip_suffix('-') {
                let (k, effect) = gone.split_once(':').unwrap_or((gone, ""));
                let hit = |t: &Taint| &*t.key == k && (effect.is_empty() || t.effect.name() == effect);
                if !s.cluster.cx.update_spec::<Node>(key, |n| n.taints.retain(|t| !hit(t))) {
                    return Err(format!("error: taint \"{gone}\" not found"));
                }
                removed = true;
            } else {
                let (pair, effect) =
                    change.split_once(':').ok_or_else(|| format!("error: invalid taint spec: {change}"))?;
                let effect = TaintEffect::from_name(effect)
                    .ok_or_else(|| format!("error: invalid taint effect: {effect}, unsupported taint effect"))?;
                let (k, value) = pair.split_once('=').unwrap_or((pair, ""));
                let at = s.cluster.now();
                let there = s
                    .cluster
                    .cx
                    .get::<Node>(key)
                    .is_some_and(|n| n.taints.iter().any(|t| &*t.key == k && t.effect == effect));
                if there && !args.on("overwrite") {
                    return Err(format!(
                        "error: node {name} already has {k} taint(s) with same effect(s) and --overwrite is false"
                    ));
                }
                s.cluster.cx.update_spec::<Node>(key, |n| {
                    n.taints.retain(|t| !(&*t.key == k && t.effect == effect));
                    let added = (effect == TaintEffect::NoExecute).then_some(at);
                    n.taints.push(Taint { key: k.into(), value: value.into(), effect, added });
                });
                added = true;
            }
        }
        let word = match (added, removed) {
            (true, true) => "modified",
            (true, false) => "tainted",
            _ => "untainted",
        };
        s.say(format!("node/{name} {word}"));
    }
    Ok(())
}

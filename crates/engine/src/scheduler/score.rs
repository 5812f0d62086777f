//! Scores: of the nodes where a pod can go, which one is best.

use super::cache::{Amount, Cache, NO_DOMAIN, Slot, namespaces_of, speaks_of_pods};
use super::filter::{by_domain, node_matches, pods_in, tolerates};
use crate::api::Store;
use crate::object::{HOSTNAME_LABEL, Node, Pod, Selector, Str, TaintEffect, ZONE_LABEL};
use std::rc::Rc;

const MAX: i64 = 100;

/// The scores of `fits`, in their order; the highest wins.
// upstream: runtime RunScorePlugins with the default plugins' weights
pub fn scores(store: &Store, cache: &mut Cache, pod: &Pod, request: &Amount, fits: &[usize]) -> Vec<i64> {
    let mut total: Vec<i64> = fits.iter().map(|&at| resources(&cache.slots[at], request)).collect();
    let mut add = |scores: Option<Vec<i64>>, weight: i64| {
        for (total, score) in total.iter_mut().zip(scores.into_iter().flatten()) {
            *total += score * weight;
        }
    };
    add(taints(cache, pod, fits), 3);
    add(node_preference(cache, pod, fits), 2);
    add(pod_preference(store, cache, pod, fits), 2);
    add(spreading(store, cache, pod, fits), 2);
    total
}

fn node_at(cache: &Cache, at: usize) -> Option<&Rc<Node>> {
    cache.slots[at].node.as_ref()
}

// upstream: noderesources leastResourceScorer, balancedResourceScorer
fn resources(slot: &Slot, request: &Amount) -> i64 {
    let Some(node) = &slot.node else { return 0 };
    let least = |want: i64, capacity: i64| {
        if capacity <= 0 || want > capacity { 0 } else { (capacity - want) * MAX / capacity }
    };
    let (cpu, memory) = (slot.used.cpu_scored + request.cpu_scored, slot.used.memory_scored + request.memory_scored);
    let mut score = i64::midpoint(least(cpu, node.cpu_milli), least(memory, node.memory));
    if request.cpu > 0 || request.memory > 0 {
        let share = |n: i64, capacity: i64| if capacity <= 0 { 0.0 } else { (n as f64 / capacity as f64).min(1.0) };
        let balance = |cpu: i64, memory: i64| {
            let apart = (share(cpu, node.cpu_milli) - share(memory, node.memory)).abs() / 2.0;
            ((1.0 - apart) * MAX as f64) as i64
        };
        let after = balance(slot.used.cpu + request.cpu, slot.used.memory + request.memory);
        let before = balance(slot.used.cpu, slot.used.memory);
        score += MAX / 2 + (MAX / 2 + after - before) / 2;
    }
    score
}

// upstream: tainttoleration Score
fn taints(cache: &Cache, pod: &Pod, fits: &[usize]) -> Option<Vec<i64>> {
    let bad = |node: &Rc<Node>| {
        node.taints.iter().filter(|t| t.effect == TaintEffect::PreferNoSchedule && !tolerates(pod, t)).count() as i64
    };
    if fits.iter().all(|&at| node_at(cache, at).is_none_or(|n| n.taints.is_empty())) {
        return None;
    }
    let counts: Vec<i64> = fits.iter().map(|&at| node_at(cache, at).map_or(0, bad)).collect();
    let max = counts.iter().copied().max().filter(|&m| m > 0)?;
    Some(counts.iter().map(|n| MAX - MAX * n / max).collect())
}

// upstream: nodeaffinity Score
fn node_preference(cache: &Cache, pod: &Pod, fits: &[usize]) -> Option<Vec<i64>> {
    let wishes = &pod.spec.affinity.node_preferred;
    if wishes.is_empty() {
        return None;
    }
    let score = |node: &Rc<Node>| {
        wishes.iter().filter(|(_, t)| t.matches(&node.meta.name, &node.meta.labels)).map(|(w, _)| *w).sum::<i64>()
    };
    let raw: Vec<i64> = fits.iter().map(|&at| node_at(cache, at).map_or(0, score)).collect();
    let max = raw.iter().copied().max().filter(|&m| m > 0)?;
    Some(raw.iter().map(|n| MAX * n / max).collect())
}

// upstream: interpodaffinity Score (without what existing pods wish for)
fn pod_preference(store: &Store, cache: &mut Cache, pod: &Pod, fits: &[usize]) -> Option<Vec<i64>> {
    let affinity = &pod.spec.affinity;
    if !speaks_of_pods(affinity) {
        return None;
    }
    let mut raw = vec![0_i64; fits.len()];
    let wishes = affinity.pod_preferred.iter().map(|(w, t)| (*w, t));
    for (weight, term) in wishes.chain(affinity.anti_preferred.iter().map(|(w, t)| (-*w, t))) {
        let namespaces = namespaces_of(pod, term);
        let group = cache.group(namespaces.clone(), term.selector.as_ref(), || pods_in(store, &namespaces));
        let topology = cache.topology(&term.topology_key);
        let counts = by_domain(cache, group, topology, false);
        for (raw, &at) in raw.iter_mut().zip(fits) {
            let there = counts.get(cache.topologies[topology].domain[at] as usize).copied().unwrap_or_default();
            *raw += weight * i64::from(there);
        }
    }
    let (min, max) = (raw.iter().copied().min()?, raw.iter().copied().max()?);
    (max > min).then(|| raw.iter().map(|n| MAX * (n - min) / (max - min)).collect())
}

/// A soft spread constraint: pods by domain, and how much it allows.
struct Soft {
    topology: usize,
    hostname: bool,
    max_skew: i64,
    counts: Vec<u32>,
}

// upstream: podtopologyspread PreScore, Score, NormalizeScore
fn spreading(store: &Store, cache: &mut Cache, pod: &Pod, fits: &[usize]) -> Option<Vec<i64>> {
    let softs = if pod.spec.spread.is_empty() { by_default(cache, pod)? } else { as_asked(store, cache, pod) };
    if softs.is_empty() {
        return None;
    }
    let all_needed = !pod.spec.spread.is_empty();
    let domain = |soft: &Soft, at: usize| cache.topologies[soft.topology].domain[at];
    let ignored = |at: usize| all_needed && softs.iter().any(|s| domain(s, at) == NO_DOMAIN);
    let weights: Vec<f64> = softs
        .iter()
        .map(|soft| {
            let size = if soft.hostname {
                fits.iter().filter(|&&at| !ignored(at)).count()
            } else {
                let mut seen = vec![false; cache.topologies[soft.topology].size + 1];
                let last = seen.len() - 1;
                for &at in fits.iter().filter(|&&at| !ignored(at)) {
                    seen[(domain(soft, at) as usize).min(last)] = true;
                }
                seen.iter().filter(|s| **s).count()
            };
            ((size + 2) as f64).ln()
        })
        .collect();
    let score = |at: usize| {
        let mut score = 0.0;
        for (soft, weight) in softs.iter().zip(&weights) {
            if let Some(&n) = soft.counts.get(domain(soft, at) as usize) {
                score += f64::from(n) * weight + (soft.max_skew - 1) as f64;
            }
        }
        score.round() as i64
    };
    let raw: Vec<Option<i64>> = fits.iter().map(|&at| (!ignored(at)).then(|| score(at))).collect();
    let (min, max) = (raw.iter().flatten().min().copied()?, raw.iter().flatten().max().copied()?);
    let normal = |s: i64| if max == 0 { MAX } else { MAX * (max + min - s) / max };
    Some(raw.iter().map(|s| s.map_or(0, normal)).collect())
}

/// What the cluster asks for when a pod asks for nothing: spread an owner's pods over nodes and zones.
// upstream: podtopologyspread systemDefaultConstraints; an owner's selector stands for its pods
fn by_default(cache: &mut Cache, pod: &Pod) -> Option<Vec<Soft>> {
    let owner = pod.meta.controller()?.uid;
    let labels: [(Str, i64); 2] = [(HOSTNAME_LABEL.into(), 3), (ZONE_LABEL.into(), 5)];
    let topologies = labels.map(|(label, max_skew)| (cache.topology(&label), max_skew));
    let here: &[u32] = cache.owners.get(&owner).map_or(&[], Vec::as_slice);
    let softs = topologies.into_iter().enumerate().map(|(i, (topology, max_skew))| {
        let map = &cache.topologies[topology];
        let mut counts = vec![0; map.size];
        for (at, &n) in here.iter().enumerate() {
            let counts_here = n > 0 && node_at(cache, at).is_some_and(|node| node_matches(pod, node));
            if let Some(sum) = counts.get_mut(map.domain[at] as usize).filter(|_| counts_here) {
                *sum += n;
            }
        }
        Soft { topology, hostname: i == 0, max_skew, counts }
    });
    Some(softs.collect())
}

fn as_asked(store: &Store, cache: &mut Cache, pod: &Pod) -> Vec<Soft> {
    let namespace = std::slice::from_ref(&pod.meta.namespace);
    let mut softs = Vec::new();
    for constraint in pod.spec.spread.iter().filter(|c| !c.hard) {
        let selector: Option<&Selector> = constraint.selector.as_ref();
        let group = cache.group(namespace.to_vec(), selector, || pods_in(store, namespace));
        let topology = cache.topology(&constraint.topology_key);
        let counts = by_domain(cache, group, topology, true);
        let hostname = &*constraint.topology_key == HOSTNAME_LABEL;
        softs.push(Soft { topology, hostname, max_skew: constraint.max_skew, counts });
    }
    softs
}

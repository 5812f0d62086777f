//! A database as the page's panel shows it: its members, and what its clients saw, judged.

use podscope_engine::Cluster;
use podscope_engine::app::{OpView, Verdict};
use podscope_engine::view::{DataView, DatabaseView, MemberView, Operations, View};
use podscope_schema::Value;

/// How many operations of a proof are told.
const MOST: usize = 8;

/// The database that an object belongs to; null when it belongs to none.
pub fn database(cluster: &Cluster, kind: &str, namespace: &str, name: &str) -> Value {
    let data = cluster.data();
    let Some(at) = place(cluster, &data, kind, namespace, name) else { return Value::Null };
    let of = &data.databases[at];
    let members = data.members.iter().filter(|m| m.database == at);
    let lost = data.lost.iter().map(|disk| {
        Value::array([
            number(disk.at.0),
            (*disk.of).into(),
            number(disk.rows),
            number(disk.bytes),
            number(disk.files as u64),
        ])
    });
    let verdict = cluster.verdict(&of.kind, &of.namespace, &of.name);
    Value::object([
        ("now", number(cluster.now().0)),
        ("kind", (*of.kind).into()),
        ("name", (*of.name).into()),
        ("mode", of.mode.word().into()),
        ("operator", of.operator.into()),
        ("primary", (*of.primary).into()),
        ("writes", operations(&of.writes)),
        ("reads", operations(&of.reads)),
        ("members", Value::array(members.map(member))),
        ("lost", Value::array(lost)),
        ("verdict", verdict.map_or(Value::Null, |verdict| judged(&verdict))),
    ])
}

/// Which of the databases it is: by a pod, by what owns the pods, or by a Service in front of them.
fn place(cluster: &Cluster, data: &DataView, kind: &str, namespace: &str, name: &str) -> Option<usize> {
    let owned_by = |kind: &str, name: &str| {
        let is = |d: &DatabaseView| &*d.namespace == namespace && &*d.kind == kind && &*d.name == name;
        data.databases.iter().position(is)
    };
    match kind {
        _ if data.databases.is_empty() => None,
        "Pod" => data.members.iter().find(|m| &*m.namespace == namespace && &*m.pod == name).map(|m| m.database),
        "Service" => {
            let View { services, workloads, .. } = cluster.view();
            let service = services.iter().find(|s| &*s.namespace == namespace && &*s.name == name)?;
            let workload = workloads.get(service.workload?)?;
            owned_by(&workload.kind, &workload.name)
        }
        _ => owned_by(kind, name),
    }
}

fn member(of: &MemberView) -> Value {
    let clone = of
        .clone
        .as_ref()
        .map_or(Value::Null, |c| Value::array([Value::from(&*c.from), number(c.done), number(c.total)]));
    Value::object([
        ("pod", Value::from(&*of.pod)),
        ("role", of.role.word().into()),
        ("up", of.up.into()),
        ("ghost", of.ghost.into()),
        ("position", number(of.position)),
        ("applied", number(of.applied)),
        ("lag", number(of.lag)),
        ("behind", number(u64::try_from(of.lag_time.as_micros()).unwrap_or_default())),
        ("clone", clone),
        ("diverged", of.diverged_at.map_or(Value::Null, number)),
        ("volume", (*of.volume).into()),
        ("bytes", number(of.bytes)),
    ])
}

fn judged(of: &Verdict) -> Value {
    let ops = |ops: &[OpView]| {
        Value::array(
            ops.iter().take(MOST).map(|op| Value::array([op.said().into(), op.write.into(), (*op.pod).into()])),
        )
    };
    let proofs = of.proofs.iter().map(|(finding, proof)| Value::array([i64::from(*finding as u8).into(), ops(proof)]));
    let diverged = of.diverged.iter().map(|d| {
        Value::array([
            (*d.pods.0).into(),
            (*d.pods.1).into(),
            number(d.at as u64),
            i64::from(d.writes.0).into(),
            i64::from(d.writes.1).into(),
        ])
    });
    Value::object([
        ("operations", number(of.operations as u64)),
        ("all", of.all.into()),
        ("linearizable", ops(&of.not_linearizable)),
        ("sequential", ops(&of.not_sequential)),
        ("found", Value::array([of.lost_writes, of.stale_reads, of.backward_reads, of.corrupted].map(number))),
        ("proofs", Value::array(proofs)),
        ("diverged", Value::array(diverged)),
    ])
}

fn operations(of: &Operations) -> Value {
    Value::array([of.done, of.failed, of.timed_out, of.no_space].map(number))
}

fn number(n: u64) -> Value {
    i64::try_from(n).unwrap_or(i64::MAX).into()
}

//! Reads a [`DataView`].

use super::history::Finding;
use super::member::Member;
use super::replicate::{linked, members, primary};
use super::{Database, machine};
use crate::cluster::Cluster;
use crate::controller::claim;
use crate::disk::{Disk, Store};
use crate::object::{Key, Kind, Uid, Volume};
use crate::view::{CloneView, DataView, DatabaseView, LinkKind, MemberView, ReplicationView, Role, Text, VolumeView};

impl Cluster {
    /// What runs inside pods, and the volumes that it is kept on. Empty where that is not simulated.
    pub fn data(&self) -> DataView {
        if !crate::DATA {
            return DataView::default();
        }
        let app = &self.cx.memory.app;
        let mut view =
            DataView { version: app.version + self.version(), lost: app.lost.clone(), ..DataView::default() };
        for (key, database) in &app.databases {
            let index = view.databases.len();
            for (uid, member) in members(&self.cx, *key) {
                view.members.push(self.member(index, *key, uid, member));
                view.links.extend(self.link(*key, uid, member));
            }
            view.databases.push(self.database(*key, database));
        }
        for (_, volume) in self.cx.store.list::<Volume>(Kind::PersistentVolume) {
            view.volumes.push(self.volume(volume));
        }
        view
    }

    fn database(&self, key: Key, database: &Database) -> DatabaseView {
        let history = &database.history;
        DatabaseView {
            kind: database.kind.name().into(),
            namespace: database.place.0.clone(),
            name: database.place.1.clone(),
            mode: database.mode,
            operator: database.operator,
            primary: database.primary.clone().unwrap_or_default(),
            writes: history.counts(true),
            reads: history.counts(false),
            lost_writes: history.found(Finding::Lost),
            stale_reads: history.found(Finding::Stale),
            backward_reads: history.found(Finding::Backward),
            diverged: super::verdict::divergence(&self.cx, key).len() as u64,
            corrupted: history.found(Finding::Corrupted),
        }
    }

    fn member(&self, database: usize, key: Key, uid: Uid, member: &Member) -> MemberView {
        let cx = &self.cx;
        let length = |m: &Member| cx.disks.store(&m.disk).map_or(0, |s| s.log.len() as u64);
        let ahead = primary(cx, key).filter(|_| member.role == Role::Replica).map_or(0, |(_, m)| length(m));
        let name_of = |uid: &Uid| cx.memory.app.members.get(uid).map(|m| m.name.clone()).unwrap_or_default();
        MemberView {
            uid: uid.to_string().into(),
            pod: member.name.clone(),
            namespace: cx.store.name(member.pod).namespace.clone(),
            database,
            role: member.role,
            up: member.up() && machine(cx, &member.node).is_some(),
            ghost: member.ghost,
            position: length(member),
            applied: member.applied as u64,
            lag: ahead.saturating_sub(member.applied as u64),
            lag_time: member.behind.map(|since| cx.now().since(since)).unwrap_or_default(),
            clone: member.clone.map(|c| CloneView { from: name_of(&c.from), done: c.done, total: c.total }),
            diverged_at: member.diverged.map(|at| at as u64),
            volume: member.disk.strip_prefix("volume/").unwrap_or_default().into(),
            bytes: cx.disks.store(&member.disk).map_or(0, Store::bytes),
            last_write: u64::from(super::client::read_at(cx, member)),
            no_space: member.no_space,
        }
    }

    /// What a member is copied from, if it is.
    fn link(&self, key: Key, uid: Uid, member: &Member) -> Option<ReplicationView> {
        let cx = &self.cx;
        let (from, kind, progress, behind) = if let Some(clone) = member.clone {
            (clone.from, LinkKind::Clone, (clone.done * 100 / clone.total.max(1)).min(100), 0)
        } else if member.role == Role::Replica {
            let (from, source) = primary(cx, key)?;
            let len = cx.disks.store(&source.disk).map_or(0, |s| s.log.len());
            let done = (member.applied * 100).checked_div(len).unwrap_or(100).min(100);
            (from, LinkKind::Stream, done as u64, len.saturating_sub(member.applied) as u64)
        } else {
            return None;
        };
        let source = cx.memory.app.members.get(&from)?;
        Some(ReplicationView {
            from: from.to_string().into(),
            to: uid.to_string().into(),
            names: (source.name.clone(), member.name.clone()),
            kind,
            progress: progress as u8,
            behind,
            held: !linked(cx, source, member) || member.diverged.is_some(),
        })
    }

    fn volume(&self, volume: &Volume) -> VolumeView {
        let cx = &self.cx;
        let (namespace, claim) = volume.claim.clone().unwrap_or_default();
        let mut nodes: Vec<Text> = Vec::new();
        if let Some(key) = cx.store.find(Kind::PersistentVolumeClaim, &namespace, &claim) {
            for node in claim::users(cx, key).filter_map(|(_, pod)| pod.node.as_ref()) {
                if !nodes.contains(node) {
                    nodes.push(node.clone());
                }
            }
        }
        let disk = cx.disks.get(&["volume/", &volume.meta.name].concat());
        let store = disk.and_then(|d| d.store.as_ref());
        let (capacity, used) = (volume.bytes.max(0).unsigned_abs(), disk.map_or(0, Disk::used));
        VolumeView {
            name: volume.meta.name.clone(),
            claim,
            namespace,
            phase: volume.phase.name().into(),
            access: volume.access_modes.first().cloned().unwrap_or_default(),
            delete: volume.reclaim_delete,
            capacity,
            used,
            rows: store.map_or(0, |s| s.log.len() as u64),
            files: disk.map_or(0, Disk::files),
            nodes,
            zone: volume.zone.clone().unwrap_or_default(),
            full: used > 0 && used + store.map_or(1, |s| s.row) > capacity,
            slow: cx.memory.fault.slow.contains(&volume.meta.name),
        }
    }
}

//! Reads a [`DataView`].

use crate::cluster::Cluster;
use crate::controller::claim;
use crate::object::{Kind, Volume};
use crate::view::{DataView, VolumeView};

impl Cluster {
    /// What runs inside pods, and the volumes that it is kept on. Empty where that is not simulated.
    pub fn data(&self) -> DataView {
        let mut view = DataView::default();
        if !crate::DATA {
            return view;
        }
        for (_, volume) in self.cx.store.list::<Volume>(Kind::PersistentVolume) {
            view.volumes.push(self.volume(volume));
        }
        view
    }

    fn volume(&self, volume: &Volume) -> VolumeView {
        let cx = &self.cx;
        let (namespace, claim) = volume.claim.clone().unwrap_or_default();
        let mut nodes = Vec::new();
        if let Some(key) = cx.store.find(Kind::PersistentVolumeClaim, &namespace, &claim) {
            for node in claim::users(cx, key).filter_map(|(_, pod)| pod.node.as_ref()) {
                if !nodes.contains(node) {
                    nodes.push(node.clone());
                }
            }
        }
        VolumeView {
            name: volume.meta.name.clone(),
            claim,
            namespace,
            phase: volume.phase.name().into(),
            access: volume.access_modes.first().cloned().unwrap_or_default(),
            delete: volume.reclaim_delete,
            capacity: volume.bytes.max(0).unsigned_abs(),
            nodes,
            zone: volume.zone.clone().unwrap_or_default(),
            ..VolumeView::default()
        }
    }
}

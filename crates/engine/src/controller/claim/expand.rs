//! Claims that ask for more than their volume has.

use super::{PROVISIONED_BY, users};
use crate::api::{ApiError, Context};
use crate::controller::Controller;
use crate::kubelet;
use crate::object::{Claim, EventType, Key, Kind, Object, Phase, Resize, StorageClass, Volume};
use crate::trace::Actor;
use std::time::Duration;

/// How long a driver takes to make a disk larger.
const RESIZE: Duration = Duration::from_secs(1);

/// Refuses what the class does not allow.
///
/// # Errors
/// `Forbidden`.
// upstream: plugin/pkg/admission/storage/persistentvolume/resize
pub fn admit(cx: &Context, old: &Object, new: &Object) -> Result<(), ApiError> {
    let (Object::Claim(old), Object::Claim(new)) = (old, new) else { return Ok(()) };
    if new.bytes <= old.bytes {
        return Ok(());
    }
    let class = |c: &Claim| cx.store.lookup::<StorageClass>(Kind::StorageClass, "", c.class.as_ref()?).cloned();
    let allows = class(new)
        .is_some_and(|c| c.raw.get("allowVolumeExpansion").and_then(podscope_schema::Value::as_bool) == Some(true));
    let why = if old.volume.is_none() {
        "Only bound persistent volume claims can be expanded"
    } else if !allows || old.class != new.class {
        "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize"
    } else {
        return Ok(());
    };
    let text = ["persistentvolumeclaims \"", &new.meta.name, "\" is forbidden: ", why].concat();
    Err(ApiError::new(403, "Forbidden", text))
}

/// Brings a bound claim's volume to the size that it asks for: first the disk, then, where it is mounted, the file system.
// upstream: volume/expand syncHandler; external-resizer; operationexecutor NodeExpandVolume
pub fn sync(cx: &mut Context, key: Key, claim: &Claim) {
    let volume = claim.volume.as_ref().and_then(|name| cx.store.find(Kind::PersistentVolume, "", name));
    let Some((volume_key, volume)) = volume.and_then(|k| Some((k, cx.get::<Volume>(k)?))) else { return };
    let now = cx.now();
    match claim.resize {
        Resize::None => {
            let ours = volume.meta.annotations.get(PROVISIONED_BY).is_some();
            if ours && claim.bytes > volume.bytes {
                let text = "waiting for an external controller to expand this PVC";
                cx.event(key, EventType::Normal, "ExternalExpanding", text);
                cx.update::<Claim>(key, |c| c.resize = Resize::Disk(now));
                let text = format!("External resizer is resizing volume {}", volume.meta.name);
                cx.event(key, EventType::Normal, "Resizing", text);
                cx.enqueue_after(Controller::Claim, key, RESIZE);
            }
        }
        Resize::Disk(since) if now < since + RESIZE => {
            cx.enqueue_after(Controller::Claim, key, (since + RESIZE).since(now));
        }
        Resize::Disk(_) => {
            let was = volume.bytes;
            cx.update::<Volume>(volume_key, |v| {
                v.bytes = claim.bytes;
                if let Some(capacity) = v.raw.as_map().is_some().then(|| v.raw.make_map().get_mut("capacity")).flatten()
                {
                    let bytes = podscope_schema::Quantity::from_bytes(claim.bytes).to_string();
                    capacity.make_map().insert("storage", bytes);
                }
            });
            cx.update::<Claim>(key, |c| c.resize = Resize::FileSystem(now, was));
            let text = "Require file system resize of volume on node";
            cx.event(key, EventType::Normal, "FileSystemResizeRequired", text);
        }
        Resize::FileSystem(..) => {
            let runs = |p: &crate::object::Pod| p.status.phase == Phase::Running && kubelet::reachable(cx, p);
            let Some((pod, node)) = users(cx, key).find(|(_, p)| runs(p)).map(|(k, p)| (k, p.node.clone())) else {
                return;
            };
            let node = node.unwrap_or_default();
            let text = format!("MountVolume.NodeExpandVolume succeeded for volume \"{}\" {node}", volume.meta.name);
            let before = std::mem::replace(&mut cx.actor, Actor::Kubelet);
            cx.event(pod, EventType::Normal, "FileSystemResizeSuccessful", text.as_str());
            cx.event(key, EventType::Normal, "FileSystemResizeSuccessful", text);
            cx.update::<Claim>(key, |c| c.resize = Resize::None);
            cx.actor = before;
            let disk = cx.disks.at(&["volume/", &volume.meta.name].concat());
            disk.capacity = volume.bytes.max(0).unsigned_abs();
        }
    }
}

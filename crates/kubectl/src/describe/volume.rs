//! Volumes of pods, and the sources of persistent volumes.

use super::text::Text;
use crate::print::read::{NONE, UNSET, is_true, list, number, text, text_or};
use podscope_schema::Value;

/// Volumes, with what each is made of.
pub fn volumes(w: &mut Text, space: &str, o: &Value, path: &[&str]) {
    let all = list(o, path);
    if all.is_empty() {
        w.line(0, format!("{space}Volumes:\t<none>"));
        return;
    }
    w.line(0, format!("{space}Volumes:"));
    let indent = if space.is_empty() { "" } else { " " };
    for v in all {
        w.line(1, format!("{indent}{}:", name_of(v)));
        volume(w, v);
    }
}

fn name_of(v: &Value) -> String {
    text(v, &["name"])
}

/// The source of a volume: its type in a few words, and its fields.
pub fn volume(w: &mut Text, v: &Value) {
    let optional = |s: &Value| is_true(s, &["optional"]).to_string();
    let mut rows = |kind: &str, fields: &[(&str, String)]| {
        w.row(2, "Type", kind);
        for (title, value) in fields {
            w.row(2, title, value);
        }
    };
    if let Some(s) = v.get("hostPath") {
        let kind = text_or(s, &["type"], if s.get("type").is_some() { "" } else { NONE });
        rows("HostPath (bare host directory volume)", &[("Path", text(s, &["path"])), ("HostPathType", kind)]);
    } else if let Some(s) = v.get("emptyDir") {
        let limit = text_or(s, &["sizeLimit"], UNSET);
        rows(
            "EmptyDir (a temporary directory that shares a pod's lifetime)",
            &[("Medium", text(s, &["medium"])), ("SizeLimit", limit)],
        );
    } else if let Some(s) = v.get("secret") {
        rows(
            "Secret (a volume populated by a Secret)",
            &[("SecretName", text(s, &["secretName"])), ("Optional", optional(s))],
        );
    } else if let Some(s) = v.get("configMap") {
        rows(
            "ConfigMap (a volume populated by a ConfigMap)",
            &[("Name", text(s, &["name"])), ("Optional", optional(s))],
        );
    } else if let Some(s) = v.get("persistentVolumeClaim") {
        rows(
            "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
            &[("ClaimName", text(s, &["claimName"])), ("ReadOnly", is_true(s, &["readOnly"]).to_string())],
        );
    } else if let Some(s) = v.get("nfs") {
        rows(
            "NFS (an NFS mount that lasts the lifetime of a pod)",
            &[
                ("Server", text(s, &["server"])),
                ("Path", text(s, &["path"])),
                ("ReadOnly", is_true(s, &["readOnly"]).to_string()),
            ],
        );
    } else if let Some(s) = v.get("csi") {
        rows(
            "CSI (a Container Storage Interface (CSI) volume source)",
            &[
                ("Driver", text(s, &["driver"])),
                ("FSType", text(s, &["fsType"])),
                ("VolumeHandle", text(s, &["volumeHandle"])),
                ("ReadOnly", is_true(s, &["readOnly"]).to_string()),
            ],
        );
    } else if let Some(s) = v.get("projected") {
        rows("Projected (a volume that contains injected data from multiple sources)", &[]);
        for source in list(s, &["sources"]) {
            if let Some(secret) = source.get("secret") {
                w.row(2, "SecretName", text(secret, &["name"]));
                w.row(2, "Optional", optional(secret));
            } else if source.get("downwardAPI").is_some() {
                w.row(2, "DownwardAPI", "true");
            } else if let Some(map) = source.get("configMap") {
                w.row(2, "ConfigMapName", text(map, &["name"]));
                w.row(2, "Optional", optional(map));
            } else if let Some(token) = source.get("serviceAccountToken") {
                w.row(2, "TokenExpirationSeconds", number(token, &["expirationSeconds"]).to_string());
            }
        }
    } else {
        w.line(1, "<unknown>");
    }
}

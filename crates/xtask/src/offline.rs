//! The service worker's list of files, and the name under which it keeps them.

use crate::shell::root;
use std::fs;
use std::path::Path;

/// Writes `worker.js`, which keeps the page for when there is no network: with the files of this build, and under a name that
/// no other build has.
pub fn write(dist: &Path) -> Result<(), String> {
    let mut files = Vec::new();
    list(dist, "", &mut files);
    files.sort();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for file in &files {
        let body = fs::read(dist.join(file)).map_err(|e| format!("{file}: {e}"))?;
        for byte in file.bytes().chain(body) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
    files.insert(0, "./".into());
    let worker = fs::read_to_string(root().join("static/worker.js")).map_err(|e| format!("static/worker.js: {e}"))?;
    let list: Vec<String> = files.iter().map(|f| format!("  {f:?},\n")).collect();
    let filled = worker
        .replace("const FILES = [];", &format!("const FILES = [\n{}];", list.concat()))
        .replace("\"podscope-0\"", &format!("\"podscope-{hash:016x}\""));
    fs::write(dist.join("worker.js"), filled).map_err(|e| e.to_string())
}

/// The page's files. Embeds belong to other sites' pages, and the worker to the browser.
fn list(folder: &Path, under: &str, found: &mut Vec<String>) {
    let others = ["embed", "embed.html", "podscope.js", "cluster.js", "connect.js", "worker.js", "npm"];
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = format!("{under}{}", entry.file_name().to_string_lossy());
        if name.starts_with('.') || others.contains(&name.as_str()) {
            continue;
        }
        if entry.path().is_dir() {
            list(&entry.path(), &format!("{name}/"), found);
        } else {
            found.push(name);
        }
    }
}

//! What a simulated container understands of a shell: words, variables, redirections and files.
//!
//! There is no program behind it. A container has a name, an environment, the cluster's DNS, and files: those on a
//! volume stay with the volume, all others go with the container.

mod command;
mod sql;

use crate::Session;
use crate::resource::{Found, kind};
use crate::words::split;
use podscope_schema::{Value, base64};

/// What can be run, as it is said to those who ask for more.
const KNOWN: &str = "cat, date, echo, env, false, hostname, ls, mysql -e, nslookup, printenv, psql -c, pwd, rm, sh -c, sleep, touch, true, whoami";
/// A shell in a container.
pub struct Shell<'a, 'b> {
    s: &'a mut Session<'b>,
    pod: &'a Found,
    container: &'a Value,
    restarts: i64,
    /// What was printed.
    pub stdout: String,
    /// What was complained about.
    pub stderr: String,
}

/// Where a path leads.
enum Place {
    /// A file that can be written: on which disk, under which path.
    Disk(String, String),
    /// The text of a file that cannot be written: a ConfigMap's or a Secret's key.
    Fixed(Option<String>, Vec<String>),
}

impl<'a, 'b> Shell<'a, 'b> {
    /// A shell in a container that restarted so often.
    pub const fn new(s: &'a mut Session<'b>, pod: &'a Found, container: &'a Value, restarts: i64) -> Self {
        Self { s, pod, container, restarts, stdout: String::new(), stderr: String::new() }
    }

    /// Runs a command; gives its exit code.
    pub fn run(&mut self, words: &[String]) -> i32 {
        match words.first().map(String::as_str) {
            Some("sh" | "bash" | "/bin/sh" | "/bin/bash" | "ash") => match words.get(1).map(String::as_str) {
                Some("-c" | "-lc" | "-ec") => {
                    let script = words.get(2).cloned().unwrap_or_default();
                    self.script(&script)
                }
                None => {
                    let script = self.s.stdin.to_string();
                    self.script(&script)
                }
                Some(_) => self.unknown("sh with other flags than -c"),
            },
            _ => self.command(words, ""),
        }
    }

    fn unknown(&mut self, what: &str) -> i32 {
        self.complain(&format!("podscope: {what} is not simulated; a container here understands {KNOWN}"));
        127
    }

    fn complain(&mut self, line: &str) {
        self.stderr.push_str(line);
        self.stderr.push('\n');
    }

    /// Runs a script: commands joined by `;`, line feeds, `&&`, `||` and `|`, with `>`, `>>` and `<`.
    fn script(&mut self, text: &str) -> i32 {
        let mut exit = 0;
        for (joint, line) in parts(text) {
            let skip = match joint {
                "&&" => exit != 0,
                "||" => exit == 0,
                _ => false,
            };
            if !skip && !line.trim().is_empty() {
                exit = self.pipeline(&line);
            }
        }
        exit
    }

    fn pipeline(&mut self, line: &str) -> i32 {
        let (mut input, mut exit) = (String::new(), 0);
        let stages = unquoted(line, &["|"]);
        let last = stages.len() - 1;
        for (i, (_, stage)) in stages.iter().enumerate() {
            let Ok(mut words) = split(&self.expand(stage)) else {
                self.complain("sh: syntax error: unterminated quoted string");
                return 2;
            };
            let (mut target, mut append) = (None, false);
            if let Some(at) = words.iter().position(|w| w == ">" || w == ">>") {
                append = words[at] == ">>";
                target = words.get(at + 1).cloned();
                words.truncate(at);
            } else if let Some(at) = words.iter().position(|w| w == "<") {
                let path = words.get(at + 1).cloned().unwrap_or_default();
                let Some(text) = self.read(&path) else {
                    self.complain(&format!("sh: can't open {path}: no such file"));
                    return 1;
                };
                input = text;
                words.truncate(at);
            }
            let before = std::mem::take(&mut self.stdout);
            exit = self.command(&words, &input);
            let printed = std::mem::replace(&mut self.stdout, before);
            match target {
                Some(path) => {
                    if let Err(why) = self.write(&path, &printed, append) {
                        self.complain(&format!("sh: can't create {path}: {why}"));
                        return 1;
                    }
                }
                None if i == last => self.stdout.push_str(&printed),
                None => input = printed,
            }
        }
        exit
    }

    /// Puts variables in the place of `$NAME` and `${NAME}`, except between single quotes, and `$(hostname)`.
    fn expand(&self, text: &str) -> String {
        let text = &text.replace("$(hostname)", &self.hostname()).replace("`hostname`", &self.hostname());
        let (mut out, mut rest, mut single) = (String::new(), &**text, false);
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            if c == '\'' {
                single = !single;
            }
            if c != '$' || single {
                out.push(c);
                continue;
            }
            let braced = rest.strip_prefix('{').and_then(|r| r.split_once('}'));
            let (name, after) = braced.unwrap_or_else(|| {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                rest.split_at(end)
            });
            if name.is_empty() {
                out.push('$');
                continue;
            }
            out.push_str(&self.variable(name).unwrap_or_default());
            rest = after;
        }
        out
    }

    fn hostname(&self) -> String {
        self.pod.value.str_at(&["spec", "hostname"]).unwrap_or(&self.pod.name).to_owned()
    }

    /// The environment: what the container declares, and what every container has.
    fn environment(&self) -> Vec<(String, String)> {
        let mut out = vec![
            ("PATH".into(), "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".into()),
            ("HOSTNAME".into(), self.hostname()),
        ];
        for v in self.container.get("env").map_or(&[][..], Value::items) {
            let text = |path: &[&str]| v.str_at(path).unwrap_or_default().to_owned();
            let value = match (
                text(&["valueFrom", "fieldRef", "fieldPath"]),
                v.at(&["valueFrom", "configMapKeyRef"]),
                v.at(&["valueFrom", "secretKeyRef"]),
            ) {
                (path, _, _) if !path.is_empty() => {
                    let at = self.pod.value.at(&path.split('.').collect::<Vec<_>>());
                    at.map_or_else(String::new, |v| v.as_str().map_or_else(|| v.to_json(), str::to_owned))
                }
                (_, Some(from), _) => self.key_of("configmaps", from),
                (_, _, Some(from)) => self.key_of("secrets", from),
                _ => text(&["value"]),
            };
            out.push((text(&["name"]), value));
        }
        out
    }

    fn key_of(&self, plural: &str, from: &Value) -> String {
        let text = |key: &str| from.str_at(&[key]).unwrap_or_default();
        self.keys(plural, text("name")).into_iter().find(|(k, _)| k == text("key")).map_or_else(String::new, |(_, v)| v)
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.environment().into_iter().rev().find(|(n, _)| n == name).map(|(_, v)| v)
    }

    /// The keys of a ConfigMap or a Secret, with their texts.
    fn keys(&self, plural: &str, name: &str) -> Vec<(String, String)> {
        let found = kind(plural).ok().and_then(|info| self.s.object(info, &self.pod.namespace, name));
        let Some(found) = found else { return Vec::new() };
        let data = found.value.get("data").and_then(Value::as_map).cloned().unwrap_or_default();
        let plain = |v: &Value| {
            let text = v.as_str().unwrap_or_default();
            if plural == "secrets" {
                base64::decode(text).map_or_else(|_| String::new(), |b| String::from_utf8_lossy(&b).into_owned())
            } else {
                text.to_owned()
            }
        };
        data.iter().map(|(k, v)| (k.to_string(), plain(v))).collect()
    }

    /// Where a path leads: to the volume that is mounted nearest above it, or into the container.
    fn place(&self, path: &str) -> Place {
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let uid = self.pod.value.str_at(&["metadata", "uid"]).unwrap_or_default();
        let mounts = self.container.get("volumeMounts").map_or(&[][..], Value::items);
        let below = |m: &&Value| {
            let at = m.str_at(&["mountPath"]).unwrap_or_default().trim_end_matches('/');
            path == at || path.strip_prefix(at).is_some_and(|r| r.starts_with('/'))
        };
        let mount = mounts.iter().filter(below).max_by_key(|m| m.str_at(&["mountPath"]).map_or(0, str::len));
        let Some(mount) = mount else {
            let name = self.container.str_at(&["name"]).unwrap_or_default();
            return Place::Disk(format!("{uid}/{name}/{}", self.restarts), path);
        };
        let text = |key: &str| mount.str_at(&[key]).unwrap_or_default();
        let inside = path[text("mountPath").trim_end_matches('/').len()..].trim_start_matches('/');
        let inside =
            if text("subPath").is_empty() { inside.to_owned() } else { format!("{}/{inside}", text("subPath")) };
        let volumes = self.pod.value.at(&["spec", "volumes"]).map_or(&[][..], Value::items);
        let Some(volume) = volumes.iter().find(|v| v.str_at(&["name"]) == Some(text("name"))) else {
            return Place::Disk(format!("{uid}/{}", text("name")), inside);
        };
        if let Some(claim) = volume.str_at(&["persistentVolumeClaim", "claimName"]) {
            let claim = kind("pvc").ok().and_then(|info| self.s.object(info, &self.pod.namespace, claim));
            let disk = claim.as_ref().and_then(|c| c.value.str_at(&["spec", "volumeName"])).unwrap_or_default();
            return Place::Disk(format!("volume/{disk}"), inside);
        }
        let fixed = volume.str_at(&["configMap", "name"]).map(|n| ("configmaps", n));
        let fixed = fixed.or_else(|| volume.str_at(&["secret", "secretName"]).map(|n| ("secrets", n)));
        if let Some((plural, name)) = fixed {
            let keys = self.keys(plural, name);
            let text = keys.iter().find(|(k, _)| *k == inside).map(|(_, v)| v.clone());
            return Place::Fixed(text, keys.into_iter().map(|(k, _)| k).collect());
        }
        Place::Disk(format!("{uid}/{}", text("name")), inside)
    }

    fn read(&self, path: &str) -> Option<String> {
        match self.place(path) {
            Place::Disk(disk, path) => self.s.cluster.cx.disks.read(&disk, &path).map(str::to_owned),
            Place::Fixed(text, _) => text,
        }
    }

    /// Writes a file, or says why that cannot be.
    fn write(&mut self, path: &str, text: &str, append: bool) -> Result<(), &'static str> {
        if path == "/dev/null" {
            return Ok(());
        }
        let Place::Disk(disk, path) = self.place(path) else { return Err("Read-only file system") };
        let cx = &mut self.s.cluster.cx;
        let old = if append { cx.disks.read(&disk, &path).unwrap_or_default() } else { "" };
        let text = format!("{old}{text}");
        if cx.write_file(&disk, &path, Some(&text)) { Ok(()) } else { Err("No space left on device") }
    }
}

/// The commands of a script, each with what joins it to the one before.
fn parts(text: &str) -> Vec<(&'static str, String)> {
    unquoted(text, &["&&", "||", ";", "\n"])
}

/// Splits at signs that stand outside of quotes; each piece with the sign before it. `||` is no `|`.
fn unquoted(text: &str, signs: &[&'static str]) -> Vec<(&'static str, String)> {
    let mut out = vec![("", String::new())];
    let (mut quote, mut rest) = (None, text);
    while let Some(c) = rest.chars().next() {
        let sign = signs.iter().find(|s| quote.is_none() && rest.starts_with(**s));
        if let Some(sign) = sign {
            out.push((sign, String::new()));
            rest = &rest[sign.len()..];
            continue;
        }
        match quote {
            Some(q) if c == q => quote = None,
            None if c == '\'' || c == '"' => quote = Some(c),
            _ => {}
        }
        if let Some(last) = out.last_mut() {
            // A redirection is a word of its own, also when nothing is left between.
            let spaced = quote.is_none() && c == '>' && !last.1.ends_with('>');
            if spaced {
                last.1.push(' ');
            }
            last.1.push(c);
            if quote.is_none() && c == '>' && !rest[1..].starts_with('>') {
                last.1.push(' ');
            }
        }
        rest = &rest[c.len_utf8()..];
    }
    out
}

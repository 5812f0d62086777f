//! The commands themselves.

use super::sql::Client;
use super::{Place, Shell};
use podscope_engine::network::dns::{Data, resolve};
use podscope_schema::sort::sort;

/// The address of the cluster's DNS.
const DNS: &str = "10.96.0.10";

impl Shell<'_, '_> {
    /// Runs one command with what is piped into it; gives its exit code.
    pub(super) fn command(&mut self, words: &[String], input: &str) -> i32 {
        let Some(name) = words.first().cloned() else { return 0 };
        let args: Vec<&str> = words[1..].iter().map(String::as_str).collect();
        let plain: Vec<&str> = args.iter().copied().filter(|a| !a.starts_with('-')).collect();
        match name.rsplit('/').next().unwrap_or_default() {
            "true" | "sync" | ":" | "sleep" => 0,
            "false" => 1,
            "hostname" => {
                let mut text = self.hostname();
                if args.contains(&"-f") {
                    let sub = self.pod.value.str_at(&["spec", "subdomain"]);
                    text.extend(sub.map(|sub| format!(".{sub}.{}.svc.cluster.local", self.pod.namespace)));
                } else if args.contains(&"-i") {
                    text = self.pod.value.str_at(&["status", "podIP"]).unwrap_or_default().to_owned();
                }
                self.print(&text)
            }
            "whoami" => self.print("root"),
            "pwd" => self.print("/"),
            "date" => {
                let text = podscope_engine::convert::timestamp(&self.s.cluster.cx, self.s.now());
                self.print(&text)
            }
            "echo" => {
                let bare = args.first() == Some(&"-n");
                self.stdout.push_str(&args[usize::from(bare)..].join(" "));
                self.stdout.push_str(if bare { "" } else { "\n" });
                0
            }
            "env" | "printenv" => {
                for (key, value) in self.environment() {
                    if plain.is_empty() {
                        self.print(&format!("{key}={value}"));
                    } else if plain[0] == key {
                        self.print(&value);
                    }
                }
                i32::from(!plain.is_empty() && self.variable(plain[0]).is_none())
            }
            "cat" if plain.is_empty() => {
                self.stdout.push_str(input);
                0
            }
            "cat" => {
                let mut exit = 0;
                for path in plain {
                    if let Some(text) = self.read(path) {
                        self.stdout.push_str(&text);
                    } else {
                        self.complain(&format!("cat: can't open '{path}': No such file or directory"));
                        exit = 1;
                    }
                }
                exit
            }
            "tee" | "touch" => {
                for path in plain {
                    if let Err(why) = self.write(path, input, name == "touch" || args.contains(&"-a")) {
                        self.complain(&format!("{name}: {path}: {why}"));
                        return 1;
                    }
                }
                if name == "tee" {
                    self.stdout.push_str(input);
                }
                0
            }
            "rm" => {
                for path in plain {
                    let there = self.read(path).is_some();
                    if let Place::Disk(disk, path) = self.place(path) {
                        self.s.cluster.cx.write_file(&disk, &path, None);
                    }
                    if !there && !args.contains(&"-f") {
                        self.complain(&format!("rm: can't remove '{path}': No such file or directory"));
                        return 1;
                    }
                }
                0
            }
            "mysql" | "mariadb" => self.sql(Client::Mysql, &args, input),
            "psql" => self.sql(Client::Psql, &args, input),
            "ls" => self.ls(plain.first().copied().unwrap_or("/")),
            "nslookup" => self.nslookup(plain.first().copied().unwrap_or_default()),
            _ => self.unknown(&format!("{name:?}")),
        }
    }

    pub(super) fn print(&mut self, line: &str) -> i32 {
        self.stdout.push_str(line);
        self.stdout.push('\n');
        0
    }

    fn ls(&mut self, path: &str) -> i32 {
        let mut names = match self.place(path) {
            Place::Fixed(_, keys) => keys,
            Place::Disk(disk, dir) => {
                let dir = dir.trim_end_matches('/');
                let under = |p: &str| {
                    let rest = if dir.is_empty() { p } else { p.strip_prefix(dir)? };
                    Some(rest.trim_start_matches('/').split('/').next()?.to_owned()).filter(|n| !n.is_empty())
                };
                self.s.cluster.cx.disks.paths(&disk).filter_map(under).collect()
            }
        };
        sort(&mut names);
        names.dedup();
        for name in names {
            self.print(&name);
        }
        0
    }

    fn nslookup(&mut self, name: &str) -> i32 {
        if name.is_empty() {
            return self.unknown("nslookup without a name");
        }
        self.print(&format!("Server:\t\t{DNS}\nAddress:\t{DNS}:53\n"));
        let Some(answer) = resolve(&self.s.cluster.cx, &self.pod.namespace, name) else {
            self.print(&format!("** server can't find {name}: NXDOMAIN\n"));
            return 1;
        };
        let addresses = answer.addresses();
        match answer.data {
            Data::Elsewhere(other) => {
                self.print(&format!("{}\tcanonical name = {other}", answer.name));
            }
            Data::Ports(list) => {
                for (port, host) in list {
                    self.print(&format!("{}\tservice = 0 100 {port} {host}", answer.name));
                }
            }
            Data::Service(..) | Data::Pods(_) => {
                if addresses.is_empty() {
                    self.print(&format!("*** Can't find {name}: No answer"));
                }
                for address in addresses {
                    self.print(&format!("Name:\t{}\nAddress: {address}", answer.name));
                }
            }
        }
        self.stdout.push('\n');
        0
    }
}

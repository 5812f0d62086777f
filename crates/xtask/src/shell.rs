//! Running other programs.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The top of the workspace: where cargo runs it, which may be another checkout than it was compiled in.
pub fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let here = Path::new(&here);
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// Where tools are kept: `$PODSCOPE_TOOLS`, or `podscope` in the user's cache folder, which outlasts a checkout.
pub fn cache() -> PathBuf {
    let var = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    var("PODSCOPE_TOOLS")
        .or_else(|| var("XDG_CACHE_HOME").map(|p| p.join("podscope")))
        .or_else(|| var("HOME").map(|p| p.join(".cache/podscope")))
        .unwrap_or_else(|| root().join(".tools"))
}

/// The first program of these names on `PATH` or among the cached tools.
pub fn find(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(cache().join("tools/bin")).chain(std::env::split_paths(&path).collect::<Vec<_>>());
    let folders: Vec<_> = folders.collect();
    names.iter().find_map(|n| folders.iter().map(|f| f.join(n)).find(|p| p.is_file()))
}

/// Whether this process may install system packages.
pub fn is_root() -> bool {
    Cmd::new("id").arg("-u").text().is_ok_and(|t| t.trim() == "0")
}

/// A program to run, with its errors told in one line.
pub struct Cmd(Command, String);

/// cargo of the toolchain that runs this task.
pub fn cargo(args: &[&str]) -> Cmd {
    Cmd::new("cargo").args(args)
}

impl Cmd {
    /// The program of this name, in the top folder.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let name = program.as_ref().to_string_lossy().into_owned();
        let mut command = Command::new(program);
        command.current_dir(root()).stdin(Stdio::null());
        // What cargo set for this task would steer what the task starts.
        for name in ["CARGO", "CARGO_MANIFEST_DIR", "RUSTC", "RUSTDOC", "CARGO_ENCODED_RUSTFLAGS"] {
            command.env_remove(name);
        }
        Self(command, name)
    }

    /// Adds an argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.1.push(' ');
        self.1.push_str(&arg.as_ref().to_string_lossy());
        self.0.arg(arg);
        self
    }

    /// Adds arguments.
    pub fn args<S: AsRef<OsStr>>(self, args: impl IntoIterator<Item = S>) -> Self {
        args.into_iter().fold(self, Self::arg)
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    /// Sets environment variables.
    pub fn envs(mut self, pairs: &[(String, String)]) -> Self {
        self.0.envs(pairs.iter().map(|(k, v)| (k, v)));
        self
    }

    /// Runs it elsewhere.
    pub fn dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.0.current_dir(dir);
        self
    }

    /// Runs it, its output going where ours goes.
    pub fn run(mut self) -> Result<(), String> {
        let status = self.0.status().map_err(|e| format!("{}: {e}", self.1))?;
        if status.success() { Ok(()) } else { Err(format!("`{}` failed ({status})", self.1)) }
    }

    /// Runs it and gives what it printed.
    pub fn text(mut self) -> Result<String, String> {
        let out = self.0.stderr(Stdio::null()).output().map_err(|e| format!("{}: {e}", self.1))?;
        if out.status.success() {
            Ok(String::from_utf8_lossy(&out.stdout).into_owned())
        } else {
            Err(format!("`{}` failed ({})", self.1, out.status))
        }
    }

    /// Runs it, passes its output on, and gives it too.
    pub fn tee(mut self) -> (bool, String) {
        use std::io::{BufRead as _, BufReader};
        let Ok(mut child) = self.0.stdout(Stdio::piped()).spawn() else {
            return (false, format!("{} not found", self.1));
        };
        let mut seen = String::new();
        for line in child.stdout.take().into_iter().flat_map(|o| BufReader::new(o).lines()).map_while(Result::ok) {
            println!("{line}");
            seen.push_str(&line);
            seen.push('\n');
        }
        (child.wait().is_ok_and(|s| s.success()), seen)
    }
}

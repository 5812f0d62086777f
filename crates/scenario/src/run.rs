//! [`run`]: plays a scenario to its end.

use crate::check::Watch;
use crate::expect::{Line, seconds};
use crate::parse::{Chapter, Command, Part, Scenario};
use podscope_engine::time::SimTime;
use podscope_engine::view::View;
use podscope_engine::{Cluster, Config, topology};
use std::rc::Rc;
use std::time::Duration;

/// How much simulated time may pass until what is expected is so, unless the scenario says otherwise.
const LIMIT: Duration = Duration::from_mins(2);
/// What changes without being written, such as counts of requests, is looked at so often.
const LOOK: Duration = Duration::from_millis(100);

/// What a run is given besides the scenario.
pub struct Options<'a> {
    /// The cluster's seed, latencies and so on.
    pub config: Config,
    /// Called at moments that a reader would see.
    pub on: &'a mut dyn FnMut(Moment),
}

/// A moment of a run.
pub enum Moment<'a> {
    /// A chapter begins.
    Chapter(&'a Chapter),
    /// A command ran, and printed this.
    Ran(&'a str, &'a str),
    /// Something new is seen.
    Seen(&'a View),
    /// A chapter begins, or the expectations before these are met: these are not yet so, or teach nothing.
    Before(&'a Cluster, &'a Watch, &'a [Line]),
    /// What was expected is so, at this instant. The text is what the last command printed.
    Met(&'a Cluster, &'a Watch, &'a [Line], &'a str),
}

/// Whoever plays a scenario, when they know more commands, or look at each write.
pub trait Host {
    /// Does a command that is neither kubectl's nor `wait`; nothing, if it is not known. Call [`Host::after`] after each event.
    ///
    /// # Errors
    /// What went wrong.
    fn command(&mut self, _cluster: &mut Cluster, _line: &str) -> Option<Result<(), String>> {
        None
    }

    /// Looks at the cluster after each event.
    ///
    /// # Errors
    /// What ends the run.
    fn after(&mut self, _cluster: &mut Cluster) -> Result<(), String> {
        Ok(())
    }
}

impl Host for () {}

/// What a scenario expected, and was not so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The chapter's title.
    pub chapter: String,
    /// What went wrong.
    pub message: String,
    /// When.
    pub at: SimTime,
}

struct NoFiles;

impl podscope_kubectl::Files for NoFiles {
    fn read(&self, _: &str) -> Result<String, String> {
        Err("no such file or directory".into())
    }
}

/// Plays a scenario on a new cluster; gives the cluster as it is at the end.
///
/// # Errors
/// The first expectation that was not met, manifest that was refused, or command that failed.
pub fn run(scenario: &Scenario, options: Options) -> Result<Cluster, Failure> {
    run_on(scenario, options, &mut ())
}

/// As [`run`], with a host.
///
/// # Errors
/// As [`run`], and what the host says.
pub fn run_on(scenario: &Scenario, options: Options, host: &mut dyn Host) -> Result<Cluster, Failure> {
    let mut config = options.config;
    config.seed = scenario.seed.unwrap_or(config.seed);
    let mut cluster = Cluster::with_nodes(config, topology::default_nodes(scenario.nodes.unwrap_or(3)));
    for chapter in &scenario.chapters {
        (options.on)(Moment::Chapter(chapter));
        let lines = || chapter.parts.iter().filter_map(|p| if let Part::Expect(l) = p { Some(l) } else { None });
        let watch = Watch::new(&cluster, lines().flatten());
        let mut stage = Stage { cluster: &mut cluster, host, watch, output: String::new(), looked: None };
        let mut rest = lines();
        let mut before = |stage: &Stage, on: &mut dyn FnMut(Moment)| {
            if let Some(lines) = rest.next() {
                on(Moment::Before(stage.cluster, &stage.watch, lines));
            }
        };
        before(&stage, options.on);
        for part in &chapter.parts {
            let played = stage.play(part, options.on);
            let failure = |message| Failure { chapter: chapter.title.clone(), message, at: stage.cluster.now() };
            played.map_err(failure)?;
            if matches!(part, Part::Expect(_)) {
                before(&stage, options.on);
            }
        }
    }
    Ok(cluster)
}

struct Stage<'a> {
    cluster: &'a mut Cluster,
    host: &'a mut dyn Host,
    watch: Watch,
    output: String,
    /// The version and the instant that were observed last.
    looked: Option<(u64, SimTime)>,
}

impl Stage<'_> {
    fn play(&mut self, part: &Part, on: &mut dyn FnMut(Moment)) -> Result<(), String> {
        match part {
            Part::Prose(_) | Part::Predict { .. } => Ok(()),
            Part::Manifest(yaml) => {
                let refused = self.cluster.apply(yaml).err().unwrap_or_default();
                let first = refused
                    .first()
                    .map(|e| format!("the manifest was refused: {}:{}: {}", e.line, e.column, e.message));
                self.look(on);
                first.map_or(Ok(()), Err)?;
                self.host.after(self.cluster)
            }
            Part::Commands(commands) => self.commands(commands, on),
            Part::Try(task) => self.commands(&task.solution, on),
            Part::Expect(lines) => {
                self.expect(lines, on)?;
                on(Moment::Met(self.cluster, &self.watch, lines, &self.output));
                Ok(())
            }
        }
    }

    /// Observes, when there is something new to see.
    fn look(&mut self, on: &mut dyn FnMut(Moment)) -> bool {
        let (version, now) = (self.cluster.version(), self.cluster.now());
        let old = self.looked.is_some_and(|(v, at)| v == version && now.since(at) < LOOK);
        if !old {
            self.looked = Some((version, now));
            self.watch.observe(self.cluster);
            on(Moment::Seen(self.watch.view()));
        }
        !old
    }

    /// Lets time pass up to `limit`, by one thing that is due. Says whether there is something new to see.
    fn pass(&mut self, limit: SimTime, on: &mut dyn FnMut(Moment)) -> Result<bool, String> {
        let until = limit.min(self.cluster.now() + LOOK);
        self.cluster.advance_to(until, 1);
        let new = self.look(on);
        self.host.after(self.cluster)?;
        Ok(new)
    }

    fn commands(&mut self, commands: &[Command], on: &mut dyn FnMut(Moment)) -> Result<(), String> {
        for command in commands {
            let told = |what: &str| format!("line {}: {}: {what}", command.line, command.text);
            let line = self.watch.fill(&command.text).map_err(|e| told(&e))?;
            if let Some(length) = line.strip_prefix("wait ") {
                let end = self.cluster.now() + seconds(length).ok_or_else(|| told("no duration"))?;
                while self.cluster.now() < end {
                    self.pass(end, on)?;
                }
                continue;
            }
            if let Some(done) = self.host.command(self.cluster, &line) {
                done.map_err(|e| told(&e))?;
                self.look(on);
                continue;
            }
            let failed = self.command(&line, on)?;
            self.host.after(self.cluster)?;
            on(Moment::Ran(&line, &self.output));
            if failed != command.fails {
                let so = if failed { "it failed" } else { "it was meant to fail, and did not" };
                return Err(told(&format!("{so}: {}", self.output.trim_end())));
            }
        }
        Ok(())
    }

    /// Runs a command to its end; says whether it failed.
    fn command(&mut self, line: &str, on: &mut dyn FnMut(Moment)) -> Result<bool, String> {
        let (mut command, mut poll) =
            podscope_kubectl::Command::start(self.cluster, "default", line, "", Rc::new(NoFiles));
        self.output.clear();
        let end = self.cluster.now() + Duration::from_hours(1);
        loop {
            self.output.push_str(&poll.stdout);
            self.output.push_str(&poll.stderr);
            self.look(on);
            if let Some(exit) = poll.exit {
                return Ok(exit != 0);
            }
            if poll.endless || poll.edit.is_some() || self.cluster.now() >= end {
                return Err(format!("{line}: it does not end by itself"));
            }
            let limit = poll.wake.unwrap_or(end).min(end);
            while !self.pass(limit, on)? && self.cluster.now() < limit {}
            poll = command.poll(self.cluster);
        }
    }

    fn expect(&mut self, lines: &[Line], on: &mut dyn FnMut(Moment)) -> Result<(), String> {
        let limit = lines.iter().find_map(|l| if let Line::Within(limit) = l { Some(*limit) } else { None });
        let end = self.cluster.now() + limit.unwrap_or(LIMIT);
        self.look(on);
        loop {
            let missing = lines.iter().find(|line| !self.watch.check(self.cluster, line, &self.output).holds);
            let Some(missing) = missing else { return Ok(()) };
            while !self.pass(end, on)? && self.cluster.now() < end {}
            if self.cluster.now() >= end {
                let verdict = self.watch.check(self.cluster, missing, &self.output);
                let Line::Claim { text, .. } = missing else { continue };
                if verdict.holds {
                    return Err(format!("expected all at one instant, but not with: {text}"));
                }
                return Err(format!("expected: {text}; seen: {}", verdict.seen.trim_end()));
            }
        }
    }
}

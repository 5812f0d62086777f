//! Scenarios: Markdown files that are a lesson, a test and a page at once. `docs/scenarios.md` describes the format.
//!
//! [`parse`] reads one, and depends on nothing. With the feature `check`, [`Watch`] says whether what it expects is so on a
//! cluster; with the feature `run`, [`run`] plays one to its end.

#[cfg(feature = "check")]
mod check;
mod expect;
#[cfg(feature = "check")]
mod facts;
#[cfg(feature = "run")]
mod index;
mod parse;
#[cfg(feature = "run")]
mod run;
#[cfg(feature = "run")]
mod settled;

#[cfg(feature = "check")]
pub use check::{Verdict, Watch};
pub use expect::{Claim, Compare, Limit, Line, When, expectation};
#[cfg(feature = "run")]
pub use index::index;
pub use parse::{Chapter, Choice, Command, Part, Problem, Scenario, Task, parse};
#[cfg(feature = "run")]
pub use run::{Failure, Host, Moment, Options, run, run_on};
#[cfg(feature = "run")]
pub use settled::settled;

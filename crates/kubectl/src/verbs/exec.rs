use crate::flag::Args;
use crate::{Failure, Next, Session};
pub fn run(_s: &mut Session, _args: &Args) -> Result<Next, Failure> {
    Ok(None)
}

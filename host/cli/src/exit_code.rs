//! Exit codes. Scripts rely on them: a code never changes its meaning.

use std::process::ExitCode;

use ctx_serve::problem::{Class, Problem};

/// Done.
pub(crate) const DONE: u8 = 0;
/// The work failed: the extension said so, or the machine did.
pub(crate) const FAILED: u8 = 1;
/// The command was used wrongly. Clap's own.
pub(crate) const USAGE: u8 = 2;
/// The host refused: a grant, a schema, an unknown name.
pub(crate) const REFUSED: u8 = 3;
/// The sandbox stopped it: fuel, memory, time, a trap.
pub(crate) const STOPPED: u8 = 4;

/// Stopped by a second Ctrl-C, as shells count it.
pub(crate) const INTERRUPTED: u8 = 130;

/// Returns the code for a problem.
pub(crate) fn of(problem: &Problem) -> ExitCode {
    ExitCode::from(match problem.class {
        Class::Failed(_) => FAILED,
        Class::Refused(_) => REFUSED,
        Class::Stopped => STOPPED,
        Class::Misused => USAGE,
    })
}

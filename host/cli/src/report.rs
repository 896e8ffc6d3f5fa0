//! The only file that prints. Data goes to standard output, talk to standard
//! error; colour only on a terminal, and nothing is told by colour alone.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use ctx_serve::problem::Problem;
use serde::Serialize;
use serde_json::Value;

use crate::args::Global;
use crate::{diagnostic, exit_code, progress, terminal};

/// How to talk to whoever called.
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(crate) struct Report {
    pub(crate) json: bool,
    quiet: bool,
    colour: bool,
    /// Whether somebody else warns.
    is_silent: bool,
}

#[expect(clippy::unused_self, reason = "printing goes through whoever was told how to talk")]
impl Report {
    pub(crate) fn new(global: &Global) -> Self {
        let colour = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { json: global.json, quiet: global.quiet, colour, is_silent: false }
    }

    /// Talks as `other` does, and says nothing that it has said already.
    pub(crate) fn quiet(other: &Self) -> Self {
        Self { json: other.json, quiet: true, colour: other.colour, is_silent: true }
    }

    /// Prints a line of data.
    pub(crate) fn line(&self, text: impl AsRef<str>) {
        let text = text.as_ref();
        // A stranger's text must not steer a terminal; a pipe gets it as it is.
        if io::stdout().is_terminal() { print(&terminal::plain(text)) } else { print(text) }
    }

    /// Prints data for programs.
    pub(crate) fn data(&self, data: &(impl Serialize + ?Sized)) {
        print(&format!("{:#}", laid_out(data)));
    }

    /// Prints one of several pieces of data, on a line of its own.
    pub(crate) fn data_line(&self, data: &impl Serialize) {
        print(&laid_out(data).to_string());
    }

    /// Says something to a person, unless told to be quiet.
    pub(crate) fn say(&self, text: impl AsRef<str>) {
        if !self.quiet {
            talk(text.as_ref());
        }
    }

    /// Says something that may be wrong.
    pub(crate) fn warn(&self, text: impl AsRef<str>) {
        if !self.is_silent {
            talk(&format!("warning: {}", text.as_ref()));
        }
    }

    /// Reports a problem and returns its exit code.
    pub(crate) fn problem(&self, problem: &Problem) -> ExitCode {
        if self.json {
            self.data(&serde_json::json!({ "error": problem }));
        } else {
            talk(diagnostic::render(problem, self.colour).trim_end());
        }
        exit_code::of(problem)
    }
}

/// Reports what clap says of the arguments.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    let text = error.render();
    if error.use_stderr() {
        talk(text.to_string().trim_end());
        return ExitCode::from(exit_code::USAGE);
    }
    print(text.to_string().trim_end());
    ExitCode::from(exit_code::DONE)
}

/// Takes data apart, so that the JSON of guests is laid out like ours,
/// whatever line breaks are in it.
fn laid_out(data: &(impl Serialize + ?Sized)) -> Value {
    serde_json::to_value(data).unwrap_or_default()
}

/// Prints something generated, as it is.
pub(crate) fn bytes(text: &[u8]) {
    drop(io::stdout().write_all(text));
}

fn print(text: &str) {
    // A reader that has seen enough closes the pipe; that is no error.
    progress::aside(|| drop(writeln!(io::stdout(), "{text}")));
}

fn talk(text: &str) {
    progress::aside(|| drop(writeln!(io::stderr(), "{text}")));
}

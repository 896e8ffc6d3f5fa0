//! Problems as a terminal shows them.

use std::fmt;

use ctx_serve::problem::{Class, Problem, Refused};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};

use crate::terminal::plain;

/// A problem of the machine: a file, a thread, a socket.
pub(crate) fn machine(what: &str, error: &std::io::Error) -> Problem {
    Problem::new(Class::Failed(None), "ctx::machine", format!("{what}: {error}"))
}

/// A mistake in what was typed that the parser cannot see.
pub(crate) fn misused(code: &str, message: impl Into<String>) -> Problem {
    Problem::new(Class::Misused, code, message)
}

/// Something that the host will not do.
pub(crate) fn refused(code: &str, message: impl Into<String>) -> Problem {
    Problem::new(Class::Refused(Refused::Invalid), code, message)
}

/// Renders a problem: what happened, its code, and what to type next.
pub(crate) fn render(problem: &Problem, colour: bool) -> String {
    let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let mut text = String::new();
    let shown = Shown(problem);
    let rendered = GraphicalReportHandler::new_themed(theme)
        .with_wrap_lines(false)
        .render_report(&mut text, &shown);
    if rendered.is_err() {
        return plain(&problem.message);
    }
    text.trim_start_matches('\n').to_owned()
}

#[derive(Debug)]
struct Shown<'a>(&'a Problem);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&plain(&self.0.message))
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.0.code))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        if self.0.help.is_empty() { None } else { Some(Box::new(plain(&self.0.help.join("\n")))) }
    }
}

//! Questions to a person, only where there is one.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::sync::Arc;

use ctx_model::{Log, LogLevel, LogLine};

use crate::args::Global;
use crate::progress;

/// Whether there is somebody to ask.
pub(crate) fn can_ask(global: &Global) -> bool {
    !global.no_input && !global.json && io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a yes. Anything else is a no.
pub(crate) fn agrees(question: &str) -> bool {
    let mut stderr = io::stderr();
    if write!(stderr, "{question} [y/N] ").and_then(|()| stderr.flush()).is_err() {
        return false;
    }
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes" | "Yes")
}

/// Asks for a line. Nothing is an answer, too.
pub(crate) fn answer(question: &str) -> String {
    let mut stderr = io::stderr();
    if write!(stderr, "{question}").and_then(|()| stderr.flush()).is_err() {
        return String::new();
    }
    let mut answer = String::new();
    drop(io::stdin().lock().read_line(&mut answer));
    answer.trim().to_owned()
}

/// Shows the log lines of extensions.
struct Shown {
    least: LogLevel,
}

impl Log for Shown {
    fn write(&self, line: &LogLine<'_>) {
        let LogLine { extension, level, message, fields, .. } = *line;
        if level < self.least {
            return;
        }
        let fields = fields.iter().map(|(name, value)| (&**name, &**value));
        let line = format!("[{extension}] {}: {}", level.as_str(), self::line(message, fields));
        progress::aside(|| drop(writeln!(io::stderr(), "{line}")));
    }
}

/// Returns the log that this run of the command line shows.
pub(crate) fn log(global: &Global) -> Arc<dyn Log> {
    let least = match (global.quiet, global.verbose) {
        (true, _) => LogLevel::Error,
        (false, 0) => LogLevel::Info,
        (false, 1) => LogLevel::Debug,
        (false, _) => LogLevel::Trace,
    };
    Arc::new(Shown { least })
}

/// Writes a stranger's message and its fields as one line that steers nothing.
pub(crate) fn line<'a>(
    message: &str,
    fields: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let mut line = on_one_line(message);
    for (name, value) in fields {
        line.extend([" ", &on_one_line(name), "=", &on_one_line(value)]);
    }
    line
}

/// Puts a stranger's text on one line, so that it forges no line of ours.
pub(crate) fn on_one_line(text: &str) -> String {
    plain(text).replace(['\n', '\t'], " ")
}

/// Takes what could steer a terminal out of a stranger's text.
pub(crate) fn plain(text: &str) -> String {
    let steers = |c: char| {
        (c.is_control() && c != '\t' && c != '\n')
            || matches!(
                c,
                '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            )
    };
    text.chars().map(|c| if steers(c) { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_writes_one_line_and_steers_nothing() {
        let fields = [("a\nb", "x\n2026 ERROR the disk is gone"), ("c", "\u{1b}[2J\u{202e}")];
        assert_eq!(
            line("hello\r\nworld\u{2028}", fields),
            "hello  world  a b=x 2026 ERROR the disk is gone c= [2J "
        );
    }
}

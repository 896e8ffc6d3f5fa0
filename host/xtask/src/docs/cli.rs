//! `docs/reference/cli.md`: what every `--help` says, with the exit codes.

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::project::Project;

const BEFORE: &str = "\
# Command line

<!-- Written by `cargo xtask docs` from `--help`; do not edit. -->

Data goes to standard output and talk to standard error.
`--json` prints data as JSON on every command that prints data.

| exit code | meaning |
| --- | --- |
| 0 | done |
| 1 | the work failed: the extension said so, or the machine did |
| 2 | the command was used wrongly |
| 3 | the host refused: a grant, a schema, an unknown name |
| 4 | the sandbox stopped it: fuel, memory, time, a trap |
";

pub(super) fn render(project: &Project) -> Result<String> {
    let mut text = BEFORE.to_owned();
    describe(project, &[], &mut text)?;
    Ok(text)
}

/// Appends the help of a command and of those below it.
fn describe(project: &Project, command: &[&str], text: &mut String) -> Result<()> {
    let help = help(project, command)?;
    let name = [&["ctx"], command].concat().join(" ");
    let level = "#".repeat(2 + command.len().min(2));
    // Writing to a string cannot fail.
    let _ = write!(text, "\n{level} `{name}`\n\n```text\n{}\n```\n", help.trim_end());
    for below in subcommands(&help) {
        describe(project, &[command, &[below]].concat(), text)?;
    }
    Ok(())
}

fn help(project: &Project, command: &[&str]) -> Result<String> {
    let output = Command::new(project.binary())
        .args(command)
        .arg("--help")
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100")
        .stdin(Stdio::null())
        .output()
        .context("ctx cannot be started")?;
    ensure!(output.status.success(), "`ctx {} --help` failed", command.join(" "));
    let text = String::from_utf8(output.stdout).context("the help is no text")?;
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    Ok(lines.join("\n"))
}

/// Finds the names under `Commands:`.
fn subcommands(help: &str) -> Vec<&str> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        // A line that goes on with the one above is indented further.
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_and_help_is_none() {
        let help = "What it does\n\nUsage: ctx\n\nCommands:\n  init  Make a workspace\n  ext   Show\n        more\n  help  Print\n\nOptions:\n  -h\n";
        assert_eq!(subcommands(help), ["init", "ext"]);
    }
}

//! `ctx doctor`: whether this workspace is well, and whether each AI tool on
//! this machine would reach it. Changes nothing, and says what to type.

mod client;
mod health;
mod started;

use std::process::ExitCode;

use ctx_serve::problem::Problem;
use serde::Serialize;
use serde_json::json;

use super::clients::Homes;
use super::{Done, done};
use crate::args::Global;
use crate::report::Report;
use crate::terminal::plain;
use crate::{diagnostic, exit_code};

/// How one thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Well,
    /// Nothing is wrong; it could be used and is not.
    Unused,
    /// It works, and somebody should look.
    Doubtful,
    Broken,
}

/// What was found of one thing.
#[derive(Debug, Serialize)]
struct Finding {
    /// What was looked at.
    check: String,
    state: State,
    message: String,
    /// What to type.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    help: Vec<String>,
}

impl Finding {
    fn new(check: impl Into<String>, state: State, message: impl Into<String>) -> Self {
        Self { check: check.into(), state, message: message.into(), help: Vec::new() }
    }

    fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    fn of_problem(check: &str, problem: Problem) -> Self {
        Self {
            check: check.to_owned(),
            state: State::Broken,
            message: problem.message,
            help: problem.help,
        }
    }
}

pub(crate) async fn run(global: &Global, report: &Report) -> Done {
    let folder = std::env::current_dir()
        .map_err(|error| diagnostic::machine("this folder cannot be used", &error))?;
    let mut found = Vec::new();
    health::look(global, report, &mut found).await;
    if let Some(homes) = Homes::from_environment() {
        client::look(&homes, &folder, &mut found).await;
    }
    if report.json {
        report.data(&json!({ "checks": found }));
    } else {
        for one in &found {
            tell(one, report);
        }
    }
    if found.iter().any(|one| one.state == State::Broken) {
        return Ok(ExitCode::from(exit_code::FAILED));
    }
    done()
}

fn tell(one: &Finding, report: &Report) {
    let word = match one.state {
        State::Well => "ok",
        State::Unused => "-",
        State::Doubtful => "look",
        State::Broken => "FAIL",
    };
    report.line(plain(&format!("{word:<5} {}: {}", one.check, one.message)));
    for help in &one.help {
        report.line(plain(&format!("      {help}")));
    }
}

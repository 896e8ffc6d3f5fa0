//! `ctx secret`: secrets come in over standard input and are never shown.

use std::io;

use ctx_core::{Places, secrets};
use serde_json::json;

use super::{Done, done};
use crate::args::SecretCommand;
use crate::diagnostic;
use crate::report::Report;

pub(crate) fn run(places: &Places, command: &SecretCommand, report: &Report) -> Done {
    let failed = |what: String| move |error: io::Error| diagnostic::machine(&what, &error);
    match command {
        SecretCommand::Set { name } => {
            let text = io::read_to_string(io::stdin())
                .map_err(failed("standard input cannot be read".to_owned()))?;
            if text.trim().is_empty() {
                return Err(diagnostic::misused("ctx::secret::empty", "standard input is empty")
                    .with_help(format!("pipe it in: `ctx secret set {name} < FILE`")));
            }
            secrets::set(places, name, text.trim_end_matches(['\r', '\n']))
                .map_err(failed(format!("the secret `{name}` cannot be kept")))?;
            report.say(format!("Kept the secret `{name}`"));
        }
        SecretCommand::List => {
            let names =
                secrets::names(places).map_err(failed("the secrets cannot be read".to_owned()))?;
            if report.json {
                report.data(&json!(names));
            } else {
                for name in &names {
                    report.line(name);
                }
            }
        }
        SecretCommand::Remove { name } => {
            let had = secrets::remove(places, name)
                .map_err(failed(format!("the secret `{name}` cannot be removed")))?;
            if !had {
                return Err(diagnostic::refused(
                    "ctx::unknown::secret",
                    format!("there is no secret `{name}`"),
                )
                .with_help("run `ctx secret list` to see what there is"));
            }
            report.say(format!("Forgot the secret `{name}`"));
        }
    }
    done()
}

//! `ctx token`: what shows a client to be the operator, and tokens for others.

use std::io;

use ctx_core::{Places, bearer, token};
use serde_json::json;

use super::{Done, done, places};
use crate::args::{Global, TokenCommand};
use crate::diagnostic;
use crate::report::Report;

pub(crate) fn run(places: &Places, new: bool, report: &Report) -> Done {
    let token = if new { token::renew(places) } else { token::read_or_make(places) };
    let token = token.map_err(|error| diagnostic::machine("the token cannot be read", &error))?;
    report.line(token);
    if new {
        report.say("A server that runs keeps the old one until it is started again");
    }
    done()
}

/// Works with tokens for others.
pub(crate) fn named(command: &TokenCommand, global: &Global, report: &Report) -> Done {
    let places = places()?;
    match command {
        TokenCommand::Add { name, scopes } => add(&places, name, scopes, global, report),
        TokenCommand::List => list(&places, report),
        TokenCommand::Remove { name } => remove(&places, name, report),
    }
}

fn add(places: &Places, name: &str, scopes: &[String], global: &Global, report: &Report) -> Done {
    let access = super::open(global, report, false)?.access();
    if let Some(scope) = scopes.iter().find(|scope| !access.knows(scope)) {
        let known: Vec<&str> = access.scopes.keys().map(String::as_str).collect();
        let problem = diagnostic::refused(
            "ctx::unknown::scope",
            format!("there is no scope `{}`", scope.escape_debug()),
        )
        .with_help(format!("write it under [auth.scopes]: {scope} = [\"EXTENSION/*\"]"))
        .with_help("or name tools themselves: --scope 'EXTENSION/*'");
        return Err(match known.as_slice() {
            [] => problem,
            known => problem.with_help(format!("the config has `{}`", known.join("`, `"))),
        });
    }
    let text = bearer::add(places, name, scopes).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidInput | io::ErrorKind::AlreadyExists => {
            diagnostic::refused("ctx::token::name", error.to_string())
        }
        _ => diagnostic::machine("the token cannot be kept", &error),
    })?;
    if report.json {
        report.data(&json!({ "name": name, "scopes": scopes, "token": text }));
    } else {
        report.line(&text);
    }
    report.say(format!("Made the token `{name}`; it is not shown again"));
    done()
}

fn list(places: &Places, report: &Report) -> Done {
    let all = bearer::list(places)
        .map_err(|error| diagnostic::machine("the tokens cannot be read", &error))?;
    if report.json {
        let all = all
            .iter()
            .map(|one| json!({ "name": one.name, "scopes": one.scopes, "made_at": one.made }));
        report.data(&all.collect::<Vec<_>>());
        return done();
    }
    for one in &all {
        report.line(format!("{:<24} {}", one.name, one.scopes.join(", ")));
    }
    done()
}

fn remove(places: &Places, name: &str, report: &Report) -> Done {
    let had = bearer::remove(places, name)
        .map_err(|error| diagnostic::machine("the token cannot be removed", &error))?;
    if !had {
        return Err(diagnostic::refused(
            "ctx::unknown::token",
            format!("there is no token `{}`", name.escape_debug()),
        )
        .with_help("run `ctx token list` to see what there is"));
    }
    report.say(format!("Removed the token `{name}`"));
    done()
}

//! `ctx ext`: what is installed.

use ctx_core::{Halted, Host, Installed, Loading, Standing};
use ctx_model::{Form, Layer};
use ctx_serve::problem::Problem;
use ctx_serve::wire;
use serde_json::json;

use super::{Done, done, known};
use crate::report::Report;
use crate::terminal::plain;

pub(crate) async fn list(host: &Host, report: &Report) -> Done {
    let catalog = host.catalog().await.map_err(|error| Problem::from(&error))?;
    if report.json {
        let all = wire::extensions(host, &catalog).map_err(|error| Problem::from(&error))?;
        report.data(&all);
        return done();
    }
    for extension in catalog.installed.values() {
        let standing = host.standing(extension).map_err(|error| Problem::from(&error))?;
        let halted = host.halted(extension);
        show(report, extension, &standing, halted.as_ref());
        let conformance = conformance(host, extension)?;
        // What was never checked is most of it, and says nothing here.
        if conformance.status != wire::ConformanceStatus::NotRun {
            report.line(checked(extension, &conformance));
        }
    }
    for (name, place) in &catalog.shadowed {
        report.line(format!("{name}  {place}\n  hidden by the nearer `{name}`"));
    }
    for problem in &catalog.problems {
        let state = match problem.still_running {
            Some(_) => "broken, and the version before it goes on",
            None => "not loaded",
        };
        report.line(format!(
            "{}  {}\n  {state}: {}\n  {}",
            plain(&problem.name),
            problem.place,
            plain(&problem.why),
            problem.help
        ));
    }
    done()
}

pub(crate) async fn info(host: &Host, name: &str, report: &Report) -> Done {
    known(host, name).await?;
    let catalog = host.catalog().await.map_err(|error| Problem::from(&error))?;
    let Some(extension) = catalog.extension(name) else {
        // It is known, so it is there and broken; the list says what to do.
        return list(host, report).await;
    };
    let loading = host.loading(extension).await.map_err(|refusal| Problem::from(&refusal))?;
    let said = match &loading {
        Loading::Compiled => "compiled: a call begins at once".to_owned(),
        Loading::Snapshot => "a snapshot: calls begin with the script loaded".to_owned(),
        Loading::EachCall(why) => format!("each call loads the script: {why}"),
    };
    let standing = host.standing(extension).map_err(|error| Problem::from(&error))?;
    if report.json {
        let all = wire::extensions(host, &catalog).map_err(|error| Problem::from(&error))?;
        let extension = all.into_iter().find(|one| one.name() == name);
        report.data(&json!({ "extension": extension, "loading": said }));
        return done();
    }
    show(report, extension, &standing, host.halted(extension).as_ref());
    report.line(format!("  digest: {}", extension.digest));
    report.line(checked(extension, &conformance(host, extension)?));
    report.line(format!("  ready for a call: {said}"));
    done()
}

fn conformance(host: &Host, extension: &Installed) -> Result<wire::Conformance, Problem> {
    let known = host.conformance(extension).map_err(|error| Problem::from(&error))?;
    Ok(wire::Conformance::new(extension, known))
}

/// Says how it did in the conformance suite, and what to type if that is not
/// known.
fn checked(extension: &Installed, conformance: &wire::Conformance) -> String {
    let wire::Conformance { status, why, passed, failed, suite, failures, .. } = conformance;
    let help = match status {
        _ if extension.form == Form::Native => String::new(),
        wire::ConformanceStatus::NotRun | wire::ConformanceStatus::Stale => {
            let what = if extension.layer == Layer::Bundled { "" } else { &extension.place };
            format!("; to check it, run `{}`", format!("ctx conformance {what}").trim_end())
        }
        wire::ConformanceStatus::Passed | wire::ConformanceStatus::Failed => String::new(),
    };
    let why = why.map_or_else(String::new, |why| format!("; {why}"));
    let counts = match (passed, failed, suite) {
        (Some(passed), Some(failed), Some(suite)) => {
            format!(" ({passed} passed, {failed} failed, suite {suite})")
        }
        _ => String::new(),
    };
    let failures = match failures.as_slice() {
        [] => String::new(),
        failures => format!(": {}", plain(&failures.join(", "))),
    };
    format!("  conformance: {}{counts}{failures}{why}{help}", status.as_str())
}

fn show(report: &Report, extension: &Installed, standing: &Standing, halted: Option<&Halted>) {
    let roles: Vec<&str> = extension.roles.iter().map(|role| role.as_str()).collect();
    let version =
        extension.version.as_deref().map_or_else(String::new, |v| format!(" {}", plain(v)));
    let mark = if extension.form == Form::Native { "native, " } else { "" };
    report.line(format!(
        "{}{version}  {}  {mark}{}",
        extension.name,
        roles.join(", "),
        extension.place
    ));
    if let Some(halted) = halted {
        let wire::Halted { message, help, .. } = wire::Halted::new(extension.name.as_str(), halted);
        report.line(format!("  {}\n  {help}", plain(&message)));
    }
    for tool in &extension.tools {
        report.line(format!("  tool {}: {}", tool.wire_name, plain(&tool.info.description)));
    }
    for (tool, truth) in extension.tools.iter().zip(&standing.hints) {
        for one in &truth.adjusted {
            let wire::Adjusted { hint, why, help, .. } =
                wire::Adjusted::new(extension.name.as_str(), one);
            let is = if one.said { "does not count as" } else { "counts as" };
            let help = help.map_or_else(String::new, |help| format!("; {help}"));
            report.line(format!("  tool {} {is} {hint}: {}{help}", tool.wire_name, plain(&why)));
        }
    }
    for agent in &extension.agents {
        report.line(format!("  agent {}: {}", agent.wire_name, plain(&agent.info.description)));
    }
    if let Some(source) = &extension.source {
        report.line(format!("  connector: {}", plain(&source.description)));
    }
    for one in &standing.requested {
        let value = plain(&one.value);
        let state = if one.granted {
            "granted".to_owned()
        } else if one.capability == "files" && value.contains('{') {
            "granted by a source's settings in a trusted config".to_owned()
        } else {
            let quote = if value.contains(['*', ' ']) { "'" } else { "" };
            format!(
                "not granted; `ctx grant {} {} {quote}{value}{quote}`",
                extension.name, one.capability
            )
        };
        report.line(format!("  asks for {} {value}: {state}", one.capability));
    }
    let inject = extension.requests.as_ref().map(|requests| requests.inject.as_slice());
    for rule in inject.unwrap_or_default() {
        report.line(format!(
            "  has the host put `{}` into `{}` of requests to {}",
            plain(&rule.value),
            plain(&rule.header),
            plain(&rule.host)
        ));
    }
    if standing.outdated {
        report.line(
            "  an earlier version had grants; this one is different and has to be granted anew",
        );
    }
    for note in &extension.notes {
        report.line(format!("  note: {note}"));
    }
}

//! `ctx trust`.

use ctx_core::Host;
use ctx_serve::problem::Problem;
use serde_json::json;

use super::{Done, done};
use crate::diagnostic;
use crate::report::Report;
use crate::terminal;

pub(crate) fn run(host: &Host, revoke: bool, report: &Report) -> Done {
    if revoke {
        let had = host.untrust().map_err(|error| Problem::from(&error))?;
        if report.json {
            report.data(&json!({ "untrusted": had }));
        } else {
            report.line(if had { "The config is no longer trusted" } else { "It was not trusted" });
        }
        return done();
    }
    let trusted = host.trust().map_err(|error| Problem::from(&error))?;
    let Some(path) = trusted else {
        return Err(diagnostic::refused("ctx::trust::nothing", "there is no config here to trust")
            .with_help("run `ctx init` to make one"));
    };
    if report.json {
        report.data(&json!({ "trusted": path }));
    } else {
        report.line(format!("Trusted `{}` as it is now", path.display()));
    }
    done()
}

/// Offers to trust the config, and returns whether that was done.
pub(crate) fn offer(host: &Host, path: &str, report: &Report) -> Result<bool, Problem> {
    report.say(format!(
        "The config `{path}` opens folders or grants powers, and is not trusted yet."
    ));
    if !terminal::agrees("Trust it as it is now?") {
        return Ok(false);
    }
    host.trust().map_err(|error| Problem::from(&error))?;
    Ok(true)
}

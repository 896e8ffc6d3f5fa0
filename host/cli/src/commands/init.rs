//! `ctx init`.

use ctx_serve::problem::Problem;
use serde_json::json;

use super::{Done, done};
use crate::args::Global;
use crate::diagnostic;
use crate::report::Report;

pub(crate) fn run(global: &Global, report: &Report) -> Done {
    let folder = std::env::current_dir()
        .map_err(|error| diagnostic::machine("this folder cannot be used", &error))?;
    // A config that cannot be read is told before anything is made.
    ctx_core::check_config(&super::places()?, &folder, global.config.as_deref())
        .map_err(|error| Problem::from(&error))?;
    let created = ctx_core::init(&folder)
        .map_err(|error| diagnostic::machine("the workspace cannot be made", &error))?;
    // Whoever makes a config means it.
    let host = super::open(global, report, false)?;
    host.stats().map_err(|error| Problem::from(&error))?;
    if created.iter().any(|path| path.ends_with("config.toml")) {
        host.trust().map_err(|error| Problem::from(&error))?;
    }
    if report.json {
        report.data(&json!({ "created": created }));
        return done();
    }
    for path in &created {
        report.line(format!("Created {path}"));
    }
    report.line("Database initialized successfully.");
    if created.is_empty() {
        report.say("This folder is a workspace already; nothing was changed");
    } else {
        report.say("Put a `.lua` or a `.wasm` into .ctx/extensions/ and run `ctx ext list`");
    }
    if let Some((path, false)) = host.config_file() {
        let path = path.display();
        report
            .say(format!("`{path}` was here before: read it, and run `ctx trust` if you mean it"));
    }
    done()
}

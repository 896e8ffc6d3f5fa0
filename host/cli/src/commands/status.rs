//! `ctx ext status`: how extensions do, from the journal.

use ctx_core::Host;
use ctx_serve::figures::{duration, size};
use ctx_serve::problem::Problem;
use ctx_serve::wire;
use serde_json::json;

use super::{Done, done, known};
use crate::report::Report;
use crate::terminal::plain;

pub(crate) async fn run(host: &Host, name: Option<&str>, report: &Report) -> Done {
    if let Some(name) = name {
        known(host, name).await?;
    }
    let runs = host.runs(name).map_err(|error| Problem::from(&error))?;
    let runs: Vec<wire::Runs<'_>> = runs.iter().map(wire::Runs::from).collect();
    if report.json {
        report.data(&json!({ "runs": runs }));
        return done();
    }
    if runs.is_empty() {
        report.say("Nothing has run yet");
        return done();
    }
    report.line(format!(
        "{:<20} {:<6} {:>8} {:>8} {:>10} {:>10} {:>14} {:>10}",
        "extension", "role", "calls", "failed", "p50", "p95", "fuel a call", "memory"
    ));
    for one in &runs {
        let failed: u64 = one.failures.values().sum();
        report.line(format!(
            "{:<20} {:<6} {:>8} {:>8} {:>10} {:>10} {:>14} {:>10}",
            one.extension,
            one.role,
            one.calls,
            failed,
            duration(one.p50_us),
            duration(one.p95_us),
            one.fuel / one.calls.max(1),
            size(one.peak_memory_bytes)
        ));
        if let Some(last) = &one.last_failure {
            let at = last.time.map_or_else(String::new, |time| format!("{time}  "));
            report.line(format!("  last failure: {at}{}: {}", last.outcome, plain(last.message)));
        }
    }
    done()
}

//! `ctx ext status`: how extensions do, from the journal.

use ctx_core::{Capacity, Host};
use ctx_model::format_duration;
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
    let halted = halted(host, name).await?;
    let Capacity { instances, memory, queue, wait } = host.occupancy().capacity;
    let limits = json!({
        "instances": instances,
        "memory_bytes": memory,
        "queue": queue,
        "wait_ms": u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
    });
    if report.json {
        let halted: serde_json::Map<String, serde_json::Value> =
            halted.into_iter().map(|(name, halted)| (name, json!(halted))).collect();
        report.data(&json!({ "runs": runs, "halted": halted, "limits": limits }));
        return done();
    }
    for (name, halted) in &halted {
        let wire::Halted { message, help, .. } = halted;
        report.line(format!("{name}: {}\n  {help}", plain(message)));
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
    if name.is_none() {
        report.line(format!(
            "all together: at most {instances} instances and {} at once; then {queue} of each \
             extension wait, for {} at most",
            size(memory),
            format_duration(wait)
        ));
    }
    done()
}

/// Lists what does not run, and why.
async fn halted(host: &Host, name: Option<&str>) -> Result<Vec<(String, wire::Halted)>, Problem> {
    let catalog = host.catalog().await.map_err(|error| Problem::from(&error))?;
    let wanted =
        catalog.installed.values().filter(|one| name.is_none_or(|name| one.name.as_str() == name));
    let halted = wanted.filter_map(|one| {
        let halted = host.halted(one)?;
        Some((one.name.to_string(), wire::Halted::new(one.name.as_str(), &halted)))
    });
    Ok(halted.collect())
}

//! Syncs of a program of one's own.

use std::io::Write as _;

use anyhow::{Context as _, Result, anyhow, bail};
use chrono::NaiveDate;
use ctx_core::{Host, SyncOptions, SyncReport};

use crate::agent::AgentRegistry;
use crate::config::Config;
use crate::connector::ConnectorRegistry;
use crate::tool::ToolRegistry;
use crate::{naming, open};

/// Brings sources up to date: `all`, a type such as `custom`, or one source,
/// as `custom:NAME`. Says on standard output what came of it.
///
/// # Errors
///
/// Of several sources all are tried; it is an error if none could be walked.
#[expect(clippy::too_many_arguments, reason = "the arguments are Context Harness's")]
pub async fn run_sync_with_extensions(
    config: &Config,
    connector: &str,
    full: bool,
    dry_run: bool,
    since: Option<String>,
    until: Option<String>,
    limit: Option<usize>,
    connectors: &ConnectorRegistry,
) -> Result<()> {
    let native = naming::extensions(connectors, &ToolRegistry::new(), &AgentRegistry::new());
    let host = open::host(config, native, None)?;
    let options = SyncOptions {
        full,
        dry_run,
        since: since.as_deref().map(day).transpose()?,
        until: until.as_deref().map(day).transpose()?,
        limit: limit.map(|limit| limit as u64),
        ..SyncOptions::default()
    };
    let sources = chosen(&host, connector).await?;
    let mut failures = Vec::new();
    for source in &sources {
        match synced(&host, source, &options).await {
            Ok(report) => say(source, &report, dry_run),
            Err(why) => failures.push(format!("{source}: {why:#}")),
        }
    }
    host.close().context("what was in memory cannot be written down")?;
    match failures.as_slice() {
        [] => Ok(()),
        all if all.len() == sources.len() => bail!("nothing could be synced: {}", all.join("; ")),
        some => {
            let told = format!("Warning: scan failed: {}\n", some.join("; "));
            // Nobody may be there to read it.
            drop(std::io::stderr().write_all(told.as_bytes()));
            Ok(())
        }
    }
}

/// Reads the beginning of a day, in UTC.
fn day(text: &str) -> Result<i64> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d");
    let day = day.map_err(|_| anyhow!("`{text}` is no date such as 2025-01-31"))?;
    Ok(day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp())
}

/// Finds the sources that are meant.
async fn chosen(host: &Host, connector: &str) -> Result<Vec<String>> {
    let all = host.sources().await.context("the sources cannot be listed")?;
    let names: Vec<String> =
        all.into_iter().filter(|one| one.configured).map(|one| one.name).collect();
    let is_meant = |name: &String| {
        connector == "all"
            || name == connector
            || name.split_once(':').is_some_and(|(kind, _)| kind == connector)
    };
    let meant: Vec<String> = names.iter().filter(|name| is_meant(name)).cloned().collect();
    if meant.is_empty() {
        bail!("no source is called `{connector}`: there are {}", names.join(", "));
    }
    Ok(meant)
}

async fn synced(host: &Host, source: &str, options: &SyncOptions) -> Result<SyncReport> {
    let receipt = host.sync(source, options, &mut |_| {}).await?;
    Ok(receipt.outcome?)
}

fn say(source: &str, report: &SyncReport, dry_run: bool) {
    let SyncReport { documents, added, changed, removed, skipped, .. } = report;
    let said = if dry_run {
        format!("sync {source} (dry-run): {documents} documents\n")
    } else {
        format!(
            "sync {source}: {documents} documents, {added} added, {changed} changed, \
             {removed} removed, {skipped} skipped\n"
        )
    };
    // Nobody may be there to read it.
    drop(std::io::stdout().write_all(said.as_bytes()));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn a_day_begins_at_midnight_and_what_is_no_day_is_told() {
        assert_eq!(day("1970-01-02").unwrap(), 86_400);
        for text in ["yesterday", "2025-02-30", "2025-01-01T00:00:00Z", ""] {
            assert!(day(text).unwrap_err().to_string().contains("no date"), "{text}");
        }
    }
}

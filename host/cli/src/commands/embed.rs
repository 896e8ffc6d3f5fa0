//! `ctx embed`: vectors for the gathered chunks.

use std::process::ExitCode;

use ctx_core::{EmbedOptions, EmbedReport, Host};
use ctx_serve::problem::Problem;
use ctx_serve::wire;
use serde_json::json;

use super::sync::stop_on_ctrl_c;
use super::{Done, done};
use crate::args::EmbedCommand;
use crate::exit_code::FAILED;
use crate::report::Report;
use crate::terminal::plain;

pub(crate) async fn run(host: &Host, command: &EmbedCommand, report: &Report) -> Done {
    match *command {
        EmbedCommand::Pending { dry_run: true, limit, .. } => dry_run(host, limit, report).await,
        EmbedCommand::Pending { limit, batch_size, .. } => {
            let options = EmbedOptions {
                limit,
                batch_size,
                stop: stop_on_ctrl_c(),
                ..EmbedOptions::default()
            };
            let embedded = host.embed_pending(&options, &mut |_, _| ()).await;
            let embedded = embedded.map_err(|error| Problem::from(&error))?;
            show("embed pending", "total pending:", &embedded, report)
        }
        EmbedCommand::Rebuild { batch_size } => {
            let options =
                EmbedOptions { batch_size, stop: stop_on_ctrl_c(), ..EmbedOptions::default() };
            let embedded = host.embed_rebuild(&options, &mut |_, _| ()).await;
            let embedded = embedded.map_err(|error| Problem::from(&error))?;
            if !report.json {
                report.line("embed rebuild — cleared existing embeddings");
            }
            show("embed rebuild", "total chunks:", &embedded, report)
        }
    }
}

async fn dry_run(host: &Host, limit: Option<u64>, report: &Report) -> Done {
    let pending = host.embed_count().await.map_err(|error| Problem::from(&error))?;
    let pending = pending.min(limit.unwrap_or(u64::MAX));
    if report.json {
        report.data(&json!({ "pending": pending }));
    } else {
        report.line("embed pending (dry-run)");
        report.line(format!("  chunks needing embeddings: {pending}"));
    }
    done()
}

fn show(title: &str, total: &str, embedded: &EmbedReport, report: &Report) -> Done {
    if report.json {
        report.data(&wire::Embeddings::from(embedded));
    } else {
        report.line(title);
        if embedded.total == 0 {
            report.line("  all chunks up to date");
            return done();
        }
        report.line(format!("  {total:<15}{}", embedded.total));
        report.line(format!("  {:<15}{}", "embedded:", embedded.embedded));
        report.line(format!("  {:<15}{}", "failed:", embedded.failed));
    }
    match &embedded.failure {
        None => done(),
        Some(failure) => {
            report.warn(plain(failure));
            Ok(ExitCode::from(FAILED))
        }
    }
}

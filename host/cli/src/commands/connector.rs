//! `ctx connector`: what brings documents in, and whether it does.

use std::sync::Arc;

use ctx_core::{Host, Preview, SyncOptions};
use ctx_model::{Role, Usage};
use ctx_serve::problem::Problem;
use ctx_serve::wire;
use serde_json::json;

use super::entry::{Tried, loaded, tried};
use super::record::{self, Run};
use super::sync::{stop_on_ctrl_c, unspecified};
use super::{Done, begin, done, offer};
use crate::args::{ConnectorCommand, EntryOptions, Global};
use crate::progress::Manner;
use crate::report::Report;
use crate::terminal::on_one_line;

pub(crate) async fn run(command: &ConnectorCommand, global: &Global, report: &Report) -> Done {
    match command {
        ConnectorCommand::List => {
            let host = super::open(global, report, false)?;
            list(&host, report).await
        }
        ConnectorCommand::Test { name, entry, limit, record, replay } => {
            let run = Run { named: name, entry, limit: *limit, global, report };
            match (record, replay) {
                (Some(file), _) => Box::pin(record::record(&run, file)).await,
                (None, Some(file)) => Box::pin(record::replay(&run, file)).await,
                (None, None) => test(name, entry, *limit, global, report).await,
            }
        }
        ConnectorCommand::Init(init) => begin::run(Role::Connector, init, global, report),
    }
}

async fn list(host: &Host, report: &Report) -> Done {
    let catalog = host.catalog().await.map_err(|error| Problem::from(&error))?;
    super::warn_of_broken(&catalog, report);
    let sources = host.sources().await.unwrap_or_default();
    let connectors = catalog.installed.values().filter_map(|extension| {
        let name = extension.name.as_str();
        let sources: Vec<&str> = sources
            .iter()
            .filter(|source| source.extension == name)
            .map(|source| source.name.as_str())
            .collect();
        extension.source.as_ref().map(|info| (extension, info, sources))
    });
    if report.json {
        let all: Vec<_> = connectors
            .map(|(extension, info, sources)| {
                json!({
                    "name": extension.name.as_str(),
                    "form": super::form(extension),
                    "description": info.description,
                    "sources": sources,
                })
            })
            .collect();
        report.data(&all);
        return done();
    }
    report.line(format!("{:<24} {:<8} {:<44} SOURCES", "CONNECTOR", "TYPE", "DESCRIPTION"));
    for (extension, info, sources) in connectors {
        let line = format!(
            "{:<24} {:<8} {:<44} {}",
            extension.name,
            super::form(extension),
            super::cut(&on_one_line(&info.description), 44),
            sources.join(", ")
        );
        report.line(line.trim_end());
    }
    done()
}

async fn test(
    named: &str,
    options: &EntryOptions,
    limit: Option<u64>,
    global: &Global,
    report: &Report,
) -> Done {
    let tried = tried(Role::Connector, named, "test", options, global, report)?;
    loaded(&tried).await?;
    let Tried { host, name, path } = &tried;
    let sources = host.specified(std::slice::from_ref(name)).map_err(|why| unspecified(&why))?;
    for name in sources {
        let shown = name.strip_prefix("script:").filter(|_| path.is_some()).unwrap_or(&name);
        if !report.json {
            let path = path.as_ref().map_or_else(String::new, |_| format!(" ({named})"));
            report.line(format!("Testing connector: {}{path}", on_one_line(shown)));
        }
        let (preview, usage) = preview(host, &name, limit, global, report).await?;
        if report.json {
            report.data(&wired(&name, &preview, &usage));
        } else {
            show(report, &preview);
        }
    }
    host.close().map_err(|error| Problem::from(&error))?;
    done()
}

async fn preview(
    host: &Arc<Host>,
    name: &str,
    limit: Option<u64>,
    global: &Global,
    report: &Report,
) -> Result<(Preview, Usage), Problem> {
    let options = SyncOptions { limit, stop: stop_on_ctrl_c(), ..SyncOptions::default() };
    loop {
        let mut meter = Manner::of(None, false, global.quiet).meter(name);
        let walked = host.preview(name, &options, &mut |event| meter.note(&event)).await;
        drop(meter);
        let receipt = walked.map_err(|error| Problem::from(&error))?;
        match receipt.outcome {
            Ok(preview) => return Ok((preview, receipt.usage)),
            Err(error) => {
                if !offer(host, &error, global, report).await? {
                    return Err(Problem::from(&error));
                }
            }
        }
    }
}

fn show(report: &Report, preview: &Preview) {
    report.line("  ✓ Script loaded and executed");
    report.line(format!("  ✓ Returned {} items", preview.documents));
    for skip in &preview.skips {
        let id = skip.id.as_deref().unwrap_or("(no id)");
        report.line(format!("  ✗ skipped {}: {}", on_one_line(id), on_one_line(&skip.reason)));
    }
    let named = preview.skips.len() as u64;
    if preview.skipped > named {
        report.line(format!("  ✗ and {} more", preview.skipped - named));
    }
    if preview.documents == 0 {
        report.line("  (no items returned)");
        return;
    }
    report.line(format!("  ✓ {} valid items", preview.valid));
    report.line(format!("\nItems (first {}):", preview.first.len()));
    for (at, document) in preview.first.iter().enumerate() {
        let title = document.title.as_deref().unwrap_or("untitled");
        let modified = document.modified.and_then(wire::Time::new);
        let modified: String = modified.map_or_else(
            || "no date".to_owned(),
            |time| time.to_string().chars().take(10).collect(),
        );
        let line = format!("  [{at}] {}: {title} ({modified})", document.id);
        report.line(on_one_line(&line));
    }
    let shown = preview.first.len() as u64;
    if preview.documents > shown {
        report.line(format!("  ... and {} more", preview.documents - shown));
    }
    if !preview.complete {
        report.line("  (it would give more)");
    }
}

fn wired(name: &str, preview: &Preview, usage: &Usage) -> serde_json::Value {
    let first: Vec<_> = preview
        .first
        .iter()
        .map(|document| {
            json!({
                "source_id": document.id,
                "title": document.title,
                "uri": document.uri,
                "media_type": document.media_type,
                "modified": document.modified.and_then(wire::Time::new),
            })
        })
        .collect();
    let skips: Vec<_> =
        preview.skips.iter().map(|skip| json!({ "id": skip.id, "reason": skip.reason })).collect();
    json!({
        "source": name,
        "documents": preview.documents,
        "valid": preview.valid,
        "complete": preview.complete,
        "skipped": preview.skipped,
        "skips": skips,
        "first": first,
        "usage": wire::Usage::from(usage),
    })
}

//! `ctx search`, `get`, `sources`, `stats` and `journal`: what is stored.

use ctx_core::Host;
use ctx_model::{Content, Query};
use ctx_serve::figures::size;
use ctx_serve::problem::Problem;
use ctx_serve::wire;
use ctx_store::JournalFilter;
use serde_json::Value;

use super::{Done, done};
use crate::args::Search;
use crate::report::Report;
use crate::terminal::plain;

pub(crate) fn search(host: &Host, search: &Search, report: &Report) -> Done {
    let query = Query {
        text: search.query.clone(),
        sources: search.source.clone(),
        limit: search.limit,
        cursor: search.cursor.clone(),
        ..Query::default()
    };
    let hits = host.search(&query).map_err(|error| Problem::from(&error))?;
    if report.json {
        report.data(&wire::Hits::from(&hits));
        return done();
    }
    if hits.hits.is_empty() {
        report.say("No results");
    }
    for (at, hit) in hits.hits.iter().enumerate() {
        let uri = hit.uri.as_deref().map_or_else(String::new, |uri| format!("  {}", plain(uri)));
        report.line(format!("{}. {} / {}{uri}", at + 1, hit.source, plain(&hit.title)));
        report.line(format!("   {}", plain(&hit.snippet)));
        report.line(format!("   id {}  score {:.2}", hit.id, hit.score));
    }
    if let Some(cursor) = &hits.cursor {
        report.say(format!("More with --cursor {cursor}"));
    }
    done()
}

pub(crate) fn get(host: &Host, id: &str, report: &Report) -> Done {
    let stored = host.document(id).map_err(|error| Problem::from(&error))?;
    let document = wire::Document::from(&stored);
    if report.json {
        report.data(&document);
        return done();
    }
    let value = serde_json::to_value(&document).unwrap_or_default();
    let fields = [
        "id",
        "source",
        "source_id",
        "title",
        "author",
        "uri",
        "media_type",
        "created",
        "modified",
        "metadata",
    ];
    for field in fields {
        match value.get(field) {
            Some(Value::String(text)) => report.line(format!("{field:<11} {}", plain(text))),
            Some(Value::Object(object)) if !object.is_empty() => {
                report.line(format!("{field:<11} {}", Value::Object(object.clone())));
            }
            _ => {}
        }
    }
    report.line("");
    if let Content::Text(text) = &stored.document.content {
        report.line(text.trim_end());
    }
    done()
}

pub(crate) async fn sources(host: &Host, report: &Report) -> Done {
    let sources = host.sources().await.map_err(|error| Problem::from(&error))?;
    if report.json {
        report.data(&sources.iter().map(wire::Source::from).collect::<Vec<_>>());
        return done();
    }
    if sources.is_empty() {
        report.say("No sources; add `[sources.NAME]` to .ctx/config.toml");
        return done();
    }
    report.line(format!(
        "{:<20} {:<16} {:>9}  {:<20}  STATE",
        "SOURCE", "EXTENSION", "DOCUMENTS", "SYNCED"
    ));
    for source in &sources {
        let synced = source.synced.and_then(wire::Time::new);
        let synced = synced.map_or_else(|| "never".to_owned(), |time| time.to_string());
        let state = match (&source.note, source.ready) {
            (Some(note), _) => plain(note),
            (None, true) => "ready".to_owned(),
            (None, false) => "not ready".to_owned(),
        };
        report.line(format!(
            "{:<20} {:<16} {:>9}  {synced:<20}  {state}",
            source.name, source.extension, source.documents
        ));
    }
    done()
}

pub(crate) fn stats(host: &Host, report: &Report) -> Done {
    let stats = host.stats().map_err(|error| Problem::from(&error))?;
    if report.json {
        report.data(&wire::Stats::from(&stats));
        return done();
    }
    report.line(format!("documents  {}", stats.documents));
    report.line(format!("chunks     {}", stats.chunks));
    report.line(format!("database   {}", size(stats.database)));
    report.line(format!("index      {}", size(stats.index)));
    for source in &stats.sources {
        report.line(format!("  {:<20} {:>9} documents", source.name, source.documents));
    }
    done()
}

pub(crate) fn journal(
    host: &Host,
    extension: Option<String>,
    limit: usize,
    report: &Report,
) -> Done {
    let filter = JournalFilter { extension, ..JournalFilter::default() };
    let entries = host.journal(&filter, limit).map_err(|error| Problem::from(&error))?;
    for entry in &entries {
        let line = wire::JournalEntry::from(entry);
        if report.json {
            report.data_line(&line);
            continue;
        }
        let time = line.time.map_or_else(String::new, |time| time.to_string());
        let message =
            entry.message.as_deref().map_or_else(String::new, |m| format!("  {}", plain(m)));
        report.line(format!(
            "{time}  {:<5} {}/{}  {}  {} µs, {} fuel, {}{message}",
            entry.role,
            entry.extension,
            entry.name,
            entry.outcome,
            entry.wall_us,
            entry.fuel,
            size(entry.peak_memory)
        ));
    }
    done()
}

//! `ctx get`, `sources`, `stats` and `journal`: what is stored.

use ctx_core::{Host, Shape};
use ctx_model::{Caller, Content, Stored};
use ctx_serve::figures::size;
use ctx_serve::problem::{CONFIG, Problem};
use ctx_serve::wire;
use ctx_store::JournalFilter;

use super::{Done, done, transform};
use crate::args::Shaping;
use crate::report::Report;
use crate::terminal::on_one_line;

pub(crate) async fn get(host: &Host, id: &str, shaping: &Shaping, report: &Report) -> Done {
    let mut stored = host.document(id).map_err(|error| Problem::from(&error))?;
    let against = shaping.against.as_deref().map(|file| transform::text(Some(file))).transpose()?;
    let shape = Shape { against, ..shaping.compressing.shape() };
    let shape = host.document_shape(shape);
    host.shape_document(&mut stored, &shape, &Caller::default())
        .await
        .map_err(|e| Problem::from(&e))?;
    if report.json {
        report.data(&wire::Document::from(&stored));
        return done();
    }
    show_document(report, &stored);
    done()
}

fn show_document(report: &Report, stored: &Stored) {
    let document = &stored.document;
    let field = |label: &str, value: &str| {
        report.line(format!("{label:<13} {}", on_one_line(value)));
    };
    let time = |at: Option<i64>| at.and_then(wire::Time::new).map(|time| time.to_string());
    let maybe = |label: &str, value: Option<&str>| {
        if let Some(value) = value {
            field(label, value);
        }
    };
    report.line("--- Document ---");
    field("id:", &stored.id.to_string());
    field("title:", document.title.as_deref().unwrap_or("(untitled)"));
    field("source:", &stored.source);
    field("source_id:", &document.id);
    maybe("source_url:", document.uri.as_deref());
    maybe("author:", document.author.as_deref());
    maybe("language:", document.language.as_deref());
    maybe("created_at:", time(document.created.or(document.modified)).as_deref());
    maybe("updated_at:", time(document.modified).as_deref());
    field("content_type:", &document.media_type);
    field("metadata:", &document.metadata);
    report.line("\n--- Body ---");
    let Content::Text(text) = &document.content else { return };
    report.line(text.trim_end());
    if stored.chunks.is_empty() {
        return;
    }
    report.line(format!("\n--- Chunks ({}) ---", stored.chunks.len()));
    for (at, chunk) in stored.chunks.iter().enumerate() {
        let (start, end) = (chunk.span.start as usize, chunk.span.end as usize);
        report.line(format!("[chunk {at}]"));
        report.line(text.get(start..end).unwrap_or_default().trim_end());
        report.line("");
    }
}

pub(crate) async fn sources(host: &Host, report: &Report) -> Done {
    let sources = host.sources().await.map_err(|error| Problem::from(&error))?;
    if report.json {
        report.data(&sources.iter().map(wire::Source::from).collect::<Vec<_>>());
        return done();
    }
    if sources.is_empty() {
        report.say(format!("No sources; add `[sources.NAME]` to {CONFIG}"));
        return done();
    }
    report.line(format!(
        "{:<16} {:<12} {:<8} {:<16} {:>9}  {:<20}  NOTE",
        "CONNECTOR", "STATUS", "HEALTHY", "EXTENSION", "DOCUMENTS", "SYNCED"
    ));
    for source in &sources {
        let synced = source.synced.and_then(wire::Time::new);
        let synced = synced.map_or_else(|| "never".to_owned(), |time| time.to_string());
        let status = if source.configured { "OK" } else { "NOT CONFIGURED" };
        let line = format!(
            "{:<16} {status:<12} {:<8} {:<16} {:>9}  {synced:<20}  {}",
            on_one_line(&source.name),
            source.ready,
            on_one_line(&source.extension),
            source.documents,
            source.note.as_deref().map(on_one_line).unwrap_or_default()
        );
        report.line(line.trim_end());
    }
    done()
}

pub(crate) fn stats(host: &Host, report: &Report) -> Done {
    let stats = host.stats().map_err(|error| Problem::from(&error))?;
    let vectors = host.vectors_by_source().map_err(|error| Problem::from(&error))?;
    if report.json {
        let stats = wire::Stats::from(&stats);
        report.data(&match &vectors {
            Some(vectors) => stats.with_vectors(vectors),
            None => stats,
        });
        return done();
    }
    report.line("Database Stats");
    report.line("==============\n");
    report.line(format!("  Database:    {}", stats.path.display()));
    report.line(format!("  Size:        {}", size(stats.database)));
    report.line(format!("  Index:       {}", size(stats.index)));
    report.line(format!("  Documents:   {}", stats.documents));
    report.line(format!("  Chunks:      {}", stats.chunks));
    if let Some(vectors) = &vectors {
        let embedded: u64 = vectors.values().sum();
        let percent = embedded.saturating_mul(100).checked_div(stats.chunks).unwrap_or(0);
        report.line(format!("  Embedded:    {embedded} / {} ({percent}%)", stats.chunks));
    }
    if stats.sources.is_empty() {
        return done();
    }
    report.line("\n  By source:");
    let column =
        |cell: &str| if vectors.is_some() { format!(" {cell:>10}") } else { String::new() };
    report.line(format!(
        "  {:<24} {:>6} {:>8}{}   LAST SYNC",
        "SOURCE",
        "DOCS",
        "CHUNKS",
        column("EMBEDDED")
    ));
    let now = jiff::Timestamp::now().as_second();
    let mut sources: Vec<_> = stats.sources.iter().collect();
    sources.sort_by_key(|source| std::cmp::Reverse(source.documents));
    for source in sources {
        let embedded = vectors.as_ref().and_then(|all| all.get(&source.name)).copied();
        report.line(format!(
            "  {:<24} {:>6} {:>8}{}   {}",
            on_one_line(&source.name),
            source.documents,
            source.chunks,
            column(&embedded.unwrap_or(0).to_string()),
            ago(source.synced, now)
        ));
    }
    done()
}

/// Says how long ago something was, if that was of late.
fn ago(at: Option<i64>, now: i64) -> String {
    let Some(at) = at else { return "never".to_owned() };
    let some =
        |count: i64, unit: &str| format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" });
    match now.saturating_sub(at) {
        ..60 => "just now".to_owned(),
        past @ 60..3600 => some(past / 60, "min"),
        past @ 3600..86_400 => some(past / 3600, "hour"),
        past @ 86_400..2_592_000 => some(past / 86_400, "day"),
        _ => wire::Time::new(at).map_or_else(String::new, |time| {
            time.to_string().chars().take(16).map(|c| if c == 'T' { ' ' } else { c }).collect()
        }),
    }
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
            entry.message.as_deref().map_or_else(String::new, |m| format!("  {}", on_one_line(m)));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_by_its_distance_while_that_is_short() {
        let now = 1_736_935_200;
        let all =
            [(0, "just now"), (60, "1 min ago"), (7200, "2 hours ago"), (172_800, "2 days ago")];
        for (past, expected) in all {
            assert_eq!(ago(Some(now - past), now), expected);
        }
        assert_eq!(ago(Some(0), now), "1970-01-01 00:00");
        assert_eq!(ago(None, now), "never");
    }
}

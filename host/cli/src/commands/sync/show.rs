//! What a sync of one source did, in the lines that scripts look for.

use ctx_core::SyncReport;
use ctx_model::{Usage, shortened};
use ctx_serve::wire;

use crate::report::Report;
use crate::terminal::on_one_line;

/// Bytes of a checkpoint that are shown: it may hold a page of JSON.
const CHECKPOINT: usize = 120;

pub(super) fn report(report: &Report, name: &str, done: &SyncReport, usage: &Usage, dry: bool) {
    if report.json {
        report.data_line(&wire::Synced::new(name, done, usage));
        return;
    }
    let count = |label: &str, number: u64| report.line(format!("  {label}: {number}"));
    let name = on_one_line(name);
    if dry {
        report.line(format!("sync {name} (dry-run)"));
        count("items found", done.documents);
        count("estimated chunks", done.chunks);
        count("to add", done.added);
        count("to change", done.changed);
    } else {
        report.line(format!("sync {name}"));
        report.line(format!("  fetched: {} items", done.documents));
        count("upserted documents", done.added + done.changed);
        count("chunks written", done.chunks);
        count("extraction skipped", done.skipped);
        count("added", done.added);
        count("changed", done.changed);
        count("removed", done.removed);
    }
    count("unchanged", done.unchanged);
    count("skipped", done.skipped);
    if done.left_out > 0 {
        report.line(format!("  left out: {} or more, for a later sync", done.left_out));
    }
    if done.kept > 0 {
        report.warn(format!(
            "`{name}` gave nothing at all; its {} stored documents stay, in case that is a mistake",
            done.kept
        ));
    }
    if let Some(embeddings) = &done.embeddings {
        count("embeddings written", embeddings.embedded);
        count("embeddings pending", embeddings.pending);
        if let Some(failure) = &embeddings.failure {
            report.warn(format!("not all of `{name}` was embedded: {}", on_one_line(failure)));
        }
    }
    if let Some(checkpoint) = &done.checkpoint {
        report.line(format!("  checkpoint: {}", shortened(on_one_line(checkpoint), CHECKPOINT)));
    }
    for skip in &done.skips {
        let id = skip.id.as_deref().unwrap_or("(no id)");
        report.say(format!("  skipped {}: {}", on_one_line(id), on_one_line(&skip.reason)));
    }
    let named = done.skips.len() as u64;
    if done.skipped > named {
        report.say(format!("  and {} more", done.skipped - named));
    }
    match (done.stopped, dry) {
        (true, _) => report.line("stopped before its end; the next sync goes on"),
        (false, false) => report.line("ok"),
        (false, true) => {}
    }
}

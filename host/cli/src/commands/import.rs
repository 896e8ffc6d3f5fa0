//! `ctx import`: what Context Harness has gathered, taken over.

use std::path::Path;

use ctx_serve::problem::Problem;
use ctx_serve::wire;

use super::{Done, done};
use crate::args::Global;
use crate::report::Report;
use crate::terminal::plain;

pub(crate) async fn run(global: &Global, path: &Path, report: &Report) -> Done {
    let mut from = path.to_owned();
    let mut host = super::open(global, report, false)?;
    let same =
        |own: &Path| own.canonicalize().is_ok_and(|own| path.canonicalize().ok() == Some(own));
    if let Some(own) = host.foreign_store().filter(|own| same(own)).map(Path::to_owned) {
        drop(host);
        from = ctx_core::set_aside(&own).map_err(|error| Problem::from(&error))?;
        report.say(format!("Moved `{}` to `{}`", own.display(), from.display()));
        host = super::open(global, report, false)?;
    }
    let imported = host.import(&from).await.map_err(|error| Problem::from(&error))?;
    host.close().map_err(|error| Problem::from(&error))?;
    if report.json {
        report.data(&wire::Imported::new(from.display().to_string(), &imported));
        return done();
    }
    report.line(format!(
        "Imported {} documents: {} added, {} changed, {} unchanged, {} skipped",
        imported.documents, imported.added, imported.changed, imported.unchanged, imported.skipped
    ));
    for (source, documents) in &imported.sources {
        report.line(format!("  {:<24} {documents:>9}", plain(source)));
    }
    for skip in &imported.skips {
        let id = skip.id.as_deref().unwrap_or("(no id)");
        report.say(format!("  skipped {}: {}", plain(id), plain(&skip.reason)));
    }
    report.say("Checkpoints stay behind: the next sync of each source walks from the start");
    done()
}

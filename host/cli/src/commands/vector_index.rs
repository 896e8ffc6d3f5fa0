//! `ctx vector-index`: how far the vectors are. Every search compares all of
//! them, so there is no index beside them that could be stale.

use ctx_core::{Host, HostError};
use ctx_serve::problem::Problem;
use ctx_serve::wire;

use super::{Done, done};
use crate::args::VectorIndexCommand;
use crate::report::Report;
use crate::terminal::plain;

pub(crate) async fn run(host: &Host, command: VectorIndexCommand, report: &Report) -> Done {
    let status = host.vector_status().await.map_err(|error| Problem::from(&error))?;
    // Whoever rebuilds wants vectors, and learns that nobody gives any.
    if let (VectorIndexCommand::Rebuild, Some(why)) = (command, &status.why) {
        return Err(Problem::from(&HostError::NoEmbedder { why: why.clone() }));
    }
    if report.json {
        report.data(&wire::VectorStatus::from(&status));
        return done();
    }
    let title = match command {
        VectorIndexCommand::Status => "vector-index status",
        VectorIndexCommand::Rebuild => "vector-index rebuild",
    };
    let model = status.stats.model.as_ref();
    let message = match (&status.why, status.pending) {
        (Some(why), _) => plain(why),
        (None, 0) => "every search compares all vectors; nothing is to be built".to_owned(),
        (None, pending) => format!("{pending} chunks have no vector; run `ctx embed pending`"),
    };
    report.line(title);
    for (label, value) in [
        ("backend:", "sqlite".to_owned()),
        ("enabled:", status.embedder.is_some().to_string()),
        ("available:", (status.stats.vectors > 0).to_string()),
        ("path:", status.path.display().to_string()),
        ("sqlite vectors:", status.stats.vectors.to_string()),
        ("fresh:", (status.pending == 0).to_string()),
        ("sidecar:", "missing".to_owned()),
    ] {
        report.line(format!("  {label:<16}{value}"));
    }
    if let Some(model) = model {
        report.line(format!("  {:<16}{}, dims={}", "model:", plain(&model.name), model.dims));
    }
    report.line(format!("  {:<16}{message}", "message:"));
    done()
}

//! `ctx compress`, `ctx chunk` and `ctx view`.

use std::path::Path;

use ctx_core::Host;
use ctx_model::{Caller, ChunkRequest, CompressRequest, Passage, ViewRequest};
use ctx_serve::problem::Problem;
use ctx_serve::wire;

use super::{Done, done};
use crate::args::{Chunk, Compress, View};
use crate::diagnostic;
use crate::report::Report;
use crate::terminal::on_one_line;

pub(crate) async fn compress(host: &Host, wanted: &Compress, report: &Report) -> Done {
    let request = CompressRequest {
        name: wanted.name.clone(),
        passages: vec![Passage { text: text(wanted.file.as_deref())?, pinned: false }],
        budget: wanted.budget,
        query: wanted.query.clone(),
        media_type: None,
    };
    let receipt = host.compress(request, Caller::default()).await;
    let kept = receipt.outcome.map_err(|error| Problem::from(&error))?;
    if report.json {
        report.data(&wire::Called::<wire::Compressed<'_>>::new(&kept, &receipt.usage));
    } else if let Some(one) = kept.first() {
        report.line(one.text.strip_suffix('\n').unwrap_or(&one.text));
    }
    done()
}

pub(crate) async fn chunk(host: &Host, wanted: &Chunk, report: &Report) -> Done {
    let text = text(wanted.file.as_deref())?;
    let request = ChunkRequest {
        name: wanted.name.clone(),
        text: text.clone(),
        media_type: wanted.media_type.clone(),
        file_name: file_name(wanted.file.as_deref()),
        budget: wanted.budget,
        overlap: wanted.overlap,
    };
    let receipt = host.chunk(request, Caller::default()).await;
    let chunks = receipt.outcome.map_err(|error| Problem::from(&error))?;
    if report.json {
        report.data(&wire::Called::<wire::Chunked<'_>>::new(&chunks, &receipt.usage));
        return done();
    }
    for (at, chunk) in chunks.iter().enumerate() {
        let (start, end) = (chunk.span.start as usize, chunk.span.end as usize);
        let above = on_one_line(&chunk.breadcrumbs.join(" > "));
        report.line(format!("[chunk {at}] {start}..{end} {above}").trim_end());
        report.line(text.get(start..end).unwrap_or_default());
    }
    done()
}

pub(crate) async fn view(host: &Host, wanted: &View, report: &Report) -> Done {
    let against = wanted.against.as_deref().map(|file| self::text(Some(file))).transpose()?;
    let request = ViewRequest {
        name: wanted.name.clone(),
        text: text(wanted.file.as_deref())?,
        media_type: wanted.media_type.clone(),
        file_name: file_name(wanted.file.as_deref()),
        against,
        budget: wanted.budget,
    };
    let receipt = host.view(request, Caller::default()).await;
    let view = receipt.outcome.map_err(|error| Problem::from(&error))?;
    if report.json {
        report.data(&wire::Called::<wire::View<'_>>::new(&view, &receipt.usage));
        return done();
    }
    report.line(view.text.strip_suffix('\n').unwrap_or(&view.text));
    if view.cut {
        report.say("The budget cut it short");
    }
    done()
}

/// Reads a text from a file or from standard input.
pub(crate) fn text(file: Option<&Path>) -> Result<String, Problem> {
    match file {
        None => std::io::read_to_string(std::io::stdin())
            .map_err(|error| diagnostic::machine("standard input cannot be read", &error)),
        Some(file) => std::fs::read_to_string(file).map_err(|error| {
            diagnostic::machine(&format!("`{}` cannot be read", file.display()), &error)
        }),
    }
}

fn file_name(file: Option<&Path>) -> Option<String> {
    Some(file?.file_name()?.to_string_lossy().into_owned())
}

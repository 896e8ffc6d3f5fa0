//! `ctx export`: everything that is stored, as one JSON object. Documents are
//! read one by one and never held together; their chunks wait in a file that
//! has no name, because the object has them last.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, BufWriter, Seek as _, Write};
use std::path::{Path, PathBuf};

use ctx_core::{Host, HostError};
use ctx_model::{Content, Refusal, Stored};
use ctx_serve::problem::Problem;
use serde_json::{Value, json};

use super::{Done, done};
use crate::args::Export;
use crate::diagnostic;
use crate::report::Report;

/// Documents that are listed at a time.
const PAGE: usize = 256;

/// How much was written.
#[derive(Default)]
struct Exported {
    documents: u64,
    chunks: u64,
}

/// Why not all was.
enum Failed {
    Host(HostError),
    Write(io::Error),
}

impl From<HostError> for Failed {
    fn from(error: HostError) -> Self {
        Self::Host(error)
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

pub(crate) fn run(host: &Host, wanted: &Export, report: &Report) -> Done {
    let problem = |what: &str, failed: Failed| match failed {
        Failed::Host(error) => Problem::from(&error),
        Failed::Write(error) => diagnostic::machine(what, &error),
    };
    let Some(path) = &wanted.output else {
        return match write(host, BufWriter::new(io::stdout().lock())) {
            // A reader that has seen enough closes the pipe; that is no error.
            Err(Failed::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => done(),
            Err(failed) => Err(problem("the export cannot be written", failed)),
            Ok(_) => done(),
        };
    };
    let what = format!("`{}` cannot be written", path.display());
    let Exported { documents, chunks } =
        write_file(host, path).map_err(|failed| problem(&what, failed))?;
    if report.json {
        report.data(&json!({ "path": path, "documents": documents, "chunks": chunks }));
    } else {
        let path = path.display();
        report.say(format!("Exported {documents} documents, {chunks} chunks to {path}"));
    }
    done()
}

/// Writes beside the file and moves it there when it is whole.
fn write_file(host: &Host, path: &Path) -> Result<Exported, Failed> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".partial");
    let beside = PathBuf::from(beside);
    let written = File::create(&beside)
        .map_err(Failed::from)
        .and_then(|file| write(host, BufWriter::new(file)))
        .and_then(|exported| Ok(fs::rename(&beside, path).map(|()| exported)?));
    if written.is_err() {
        drop(fs::remove_file(&beside));
    }
    written
}

fn write(host: &Host, mut to: impl Write) -> Result<Exported, Failed> {
    let mut exported = Exported::default();
    let mut chunks = BufWriter::new(tempfile::tempfile()?);
    to.write_all(b"{\"documents\":[")?;
    let mut after = None;
    loop {
        let rows = host.documents(after, PAGE)?;
        let Some(last) = rows.last() else { break };
        after = Some(last.id);
        for row in &rows {
            let stored = match host.stored(&row.id.to_string()) {
                Ok(stored) => stored,
                // Removed since it was listed.
                Err(HostError::Refused(Refusal::Unknown { .. })) => continue,
                Err(error) => return Err(error.into()),
            };
            separate(&mut to, exported.documents)?;
            serde_json::to_writer(&mut to, &document(&stored)).map_err(io::Error::from)?;
            exported.documents += 1;
            for chunk in each_chunk(&stored) {
                serde_json::to_writer(&mut chunks, &chunk).map_err(io::Error::from)?;
                chunks.write_all(b"\n")?;
            }
        }
    }
    to.write_all(b"\n],\n\"chunks\":[")?;
    let mut chunks = chunks.into_inner().map_err(io::IntoInnerError::into_error)?;
    chunks.rewind()?;
    let mut lines = BufReader::new(chunks);
    let mut line = Vec::new();
    // Written as JSON, no line break is in one.
    while lines.read_until(b'\n', &mut line)? > 0 {
        separate(&mut to, exported.chunks)?;
        to.write_all(line.trim_ascii_end())?;
        line.clear();
        exported.chunks += 1;
    }
    to.write_all(b"\n]}\n")?;
    to.flush()?;
    Ok(exported)
}

fn separate(to: &mut impl Write, before: u64) -> io::Result<()> {
    to.write_all(if before == 0 { b"\n" } else { b",\n" })
}

fn text(stored: &Stored) -> &str {
    match &stored.document.content {
        Content::Text(text) => text,
        // What is stored is text.
        Content::Bytes(_) | Content::Deferred => "",
    }
}

/// The fields that Context Harness writes, always there; and what else there
/// is.
fn document(stored: &Stored) -> Value {
    let document = &stored.document;
    json!({
        "id": stored.id.to_string(),
        "source": stored.source,
        "source_id": document.id,
        "source_url": document.uri,
        "title": document.title,
        "author": document.author,
        "content_type": document.media_type,
        "created_at": document.created,
        "updated_at": document.modified,
        "metadata": serde_json::from_str(&document.metadata).unwrap_or(Value::Null),
        "body": text(stored),
    })
}

fn each_chunk(stored: &Stored) -> impl Iterator<Item = Value> {
    let text = text(stored);
    stored.chunks.iter().enumerate().map(move |(index, chunk)| {
        let span = chunk.span.start as usize..chunk.span.end as usize;
        json!({
            "id": format!("{}#{index}", stored.id),
            "document_id": stored.id.to_string(),
            "chunk_index": index,
            "text": text.get(span).unwrap_or_default(),
        })
    })
}

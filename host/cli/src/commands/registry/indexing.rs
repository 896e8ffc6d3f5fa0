//! `ctx registry index`: the versions that lie in a registry as files, each
//! tried by the suite, as lines of its index. Nothing is written unless all of
//! them stand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ctx_registry::{Built, Id, RegistryError, Shelf, archive, canonical, embedded, index, store};
use ctx_serve::problem::Problem;
use serde_json::json;

use super::publish::{self, Undo};
use super::{Desk, problem};
use crate::args::Packing;
use crate::commands::pack::{self, Lies};
use crate::commands::{Done, done};
use crate::diagnostic;
use crate::report::Report;

/// The component of an extension, which may be built with the program.
const COMPONENT: &str = "component.wasm";

/// What is asked for.
pub(super) struct Indexing<'a> {
    pub(super) path: &'a Path,
    pub(super) sources: Option<&'a Path>,
    pub(super) check: bool,
    pub(super) packing: &'a Packing,
}

pub(super) async fn index(desk: &Desk, wanted: &Indexing<'_>, report: &Report) -> Done {
    let shelf = Shelf::at(wanted.path);
    for warning in &shelf.warnings {
        report.warn(crate::terminal::on_one_line(warning));
    }
    let mut lines: BTreeMap<Id, (String, String)> = BTreeMap::new();
    for (id, entry) in &shelf.entries {
        let folder = shelf.folder(entry).map_err(|error| problem(&error))?;
        if let Some(line) = Box::pin(line(id, &folder, wanted, report)).await? {
            lines.insert(id.clone(), line);
        }
    }
    if !wanted.check && !lines.is_empty() {
        let files: Vec<PathBuf> = lines.keys().map(|id| index::path(id).into()).collect();
        let undo = Undo::of(wanted.path, &files);
        let append = |(id, (_, line)): (&Id, &(String, String))| {
            publish::append(&wanted.path.join(index::path(id)), line)
        };
        let keys = publish::desk_keys(desk, wanted.path);
        let written = lines.iter().try_for_each(append);
        let written = written.and_then(|()| publish::check(wanted.path, &keys, None));
        if let Err(error) = written {
            undo.put_back();
            return Err(error);
        }
    }
    if report.json {
        let rows: Vec<_> = lines
            .iter()
            .map(|(id, (version, _))| json!({"id": id.to_string(), "version": version}))
            .collect();
        report.data(&json!({ "extensions": shelf.entries.len(), "new": rows }));
    } else {
        for (id, (version, _)) in &lines {
            let word = if wanted.check { "Lacks" } else { "Indexed" };
            report.line(format!("{word} {id} {version}"));
        }
        if lines.is_empty() {
            report.line(format!("All {} extensions are in the index", shelf.entries.len()));
        }
    }
    if wanted.check && !lines.is_empty() {
        return Ok(std::process::ExitCode::from(crate::exit_code::REFUSED));
    }
    done()
}

/// Returns the line that an extension needs, with its version; none if it has
/// it.
async fn line(
    id: &Id,
    folder: &Path,
    wanted: &Indexing<'_>,
    report: &Report,
) -> Result<Option<(String, String)>, Problem> {
    let mut files = archive::gather(folder)
        .map_err(|(path, error)| problem(&RegistryError::Disk { path, error }))?;
    let component = embedded::built(id).filter(|_| !files.contains_key(COMPONENT));
    let built = component.is_some().then(|| built(id, wanted)).transpose()?;
    let digest = archive::digest(&archive::write(&files));
    if let Some(component) = component {
        files.insert(COMPONENT.to_owned(), component.to_vec());
    }
    let staged = tempfile::tempdir()
        .map_err(|error| diagnostic::machine("there is no room for a trial", &error))?;
    let trial = staged.path().join(id.folder());
    store::unpack(&trial, &files).map_err(|error| problem(&error))?;
    let looked = ctx_core::look(&trial)
        .map_err(|why| problem(&RegistryError::Archive { id: id.to_string(), why }))?;
    let version = looked.manifest.version.clone().unwrap_or_default();
    let known = index::read(wanted.path, id).map_err(|error| problem(&error))?;
    let same = known.as_ref().and_then(|known| known.all.get(&version.parse().ok()?));
    if let Some(same) = same {
        if same.record.sha256 == digest && same.record.built == built {
            return Ok(None);
        }
        let why = format!("`{id}` is another than its version {version} in the index");
        return Err(problem(&RegistryError::Refused(why))
            .with_help("raise `version` in its manifest: a published version never changes"));
    }
    report.say(format!("Checking {id} {version}..."));
    let lies = Lies { folder: Some(id.folder()), built };
    let packed = pack::packed(&trial, wanted.packing, lies).await?;
    let line = canonical(&packed.raw).map_err(|why| problem(&RegistryError::Refused(why)))?;
    Ok(Some((packed.record.version.to_string(), line)))
}

/// Says what a component is built from that lies in no checkout.
fn built(id: &Id, wanted: &Indexing<'_>) -> Result<Built, Problem> {
    let Some(sources) = wanted.sources else {
        let why = format!("`{id}` is built with this program, and nothing says from what");
        return Err(problem(&RegistryError::Refused(why))
            .with_help("name the folder of its crate's folder: `--sources DIR`"));
    };
    let from = sources.join(&id.name);
    let files = archive::gather(&from)
        .map_err(|(path, error)| problem(&RegistryError::Disk { path, error }))?;
    Ok(Built {
        file: COMPONENT.to_owned(),
        from: from.display().to_string(),
        sha256: archive::digest(&archive::write(&files)),
    })
}

//! Where conversations are: in the folder `tests` of an extension's folder;
//! and where extensions are, in a tree of them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ctx_conversation::Conversation;
use ctx_core::is_extension;
use thiserror::Error;

use crate::fixture::Subject;
use crate::suite::Options;

/// The folder of an extension in which its conversations are.
const TESTS: &str = "tests";

/// What the script of an extension in a registry is called.
const SCRIPTS: [&str; 3] = ["connector.lua", "tool.lua", "agent.lua"];

/// How deep a tree is looked through.
const DEPTH: usize = 8;

/// Why nothing was found.
#[derive(Debug, Error)]
pub enum Unfound {
    #[error("`{}` cannot be read: {error}", path.display())]
    Unreadable { path: PathBuf, error: io::Error },
}

/// A conversation and its name; one that is none says why.
pub type Named = (String, Result<Conversation, String>);

/// Returns the conversations of an extension, by their names, in order; those
/// that are none say why.
pub fn conversations(extension: &Path) -> Result<Vec<Named>, Unfound> {
    let folder = extension.join(TESTS);
    let mut all = Vec::new();
    if !folder.is_dir() {
        return Ok(all);
    }
    for path in entries(&folder)? {
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let Some(name) = name.filter(|_| path.extension().is_some_and(|suffix| suffix == "toml"))
        else {
            continue;
        };
        let read = fs::read_to_string(&path).map_err(|error| error.to_string());
        let read = read.and_then(|text| Conversation::parse(&text).map_err(|why| why.to_string()));
        all.push((name, read));
    }
    Ok(all)
}

/// Returns the extensions in a tree, in order: the path itself if it is one.
/// Files alone are extensions where they lie as in a folder of extensions,
/// right below the path; further down they belong to something.
pub fn extensions(path: &Path) -> Result<Vec<PathBuf>, Unfound> {
    let mut found = Vec::new();
    look(path, DEPTH, &mut found)?;
    if path.is_dir() && found.iter().all(|one| one != path) {
        let files = entries(path)?.into_iter().filter(|entry| entry.is_file());
        found.extend(files.filter(|file| is_extension(file)));
        found.sort();
    }
    Ok(found)
}

fn look(path: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), Unfound> {
    if script(path).is_some() || is_extension(path) {
        found.push(path.to_owned());
        return Ok(());
    }
    if depth == 0 || !path.is_dir() {
        return Ok(());
    }
    for entry in entries(path)? {
        let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_aside = name.starts_with('.') || ["target", "node_modules"].contains(&name.as_str());
        if entry.is_dir() && !is_aside && !entry.is_symlink() {
            look(&entry, depth - 1, found)?;
        }
    }
    Ok(())
}

/// Says what is put under test: a folder whose component this binary carries is
/// completed by it.
pub(crate) fn subject<'a>(path: &'a Path, options: &Options) -> Subject<'a> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let carried = options.components.iter().find(|(one, _)| *one == name);
    if let Some((_, component)) = carried.filter(|_| is_bare(path)) {
        return Subject::Folder { path, component };
    }
    match script(path) {
        Some(script) if !is_extension(path) => Subject::Script { folder: path, script },
        _ => Subject::Path(path),
    }
}

/// Whether a folder has a manifest, and nothing that it is the manifest of.
fn is_bare(path: &Path) -> bool {
    let has = |file: &str| path.join(file).is_file();
    has("extension.toml") && !has("component.wasm") && !has("main.lua") && script(path).is_none()
}

fn script(path: &Path) -> Option<&'static str> {
    SCRIPTS.into_iter().find(|script| path.join(script).is_file())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Unfound> {
    let list = || -> io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
    };
    let unreadable = |error| Unfound::Unreadable { path: folder.to_owned(), error };
    let mut paths = list().map_err(unreadable)?;
    paths.sort();
    Ok(paths)
}

//! From a folder of extensions to candidates: what is there, what it says of
//! itself, and its digest. Nothing of it runs.

pub(crate) mod lean_ctx;
mod whole;

use std::borrow::Cow;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use ctx_model::{Digest, ExtensionName, Form, Layer, Manifest, Registered};
use ctx_sandbox::Folder;
use sha2::{Digest as _, Sha256};

use crate::commands::plugin::Plugin;
use crate::entries::Entry;
use crate::interpreter::{self, Interpreter};
use crate::manifest;
use whole::Whole;

/// Files larger than this are not read.
const LARGEST: u64 = 64 << 20;

/// A script larger than this is no script.
const LARGEST_SCRIPT: u64 = 4 << 20;

/// A manifest larger than this is no manifest.
const LARGEST_MANIFEST: u64 = 1 << 20;

/// Files that one folder may hold.
const MOST_FILES: usize = 10_000;

/// What a folder must have at its top to be an extension: one of these, or a
/// script in the language of an interpreter.
const MANIFEST: &str = "extension.toml";
const COMPONENT: &str = "component.wasm";

/// The manifest of LeanCTX, for programs.
const PLUGIN: &str = "plugin.toml";

/// What the script of a folder is called: `main`, or, in a registry, the one
/// role that it plays.
const MAINS: [&str; 4] = ["main", "connector", "tool", "agent"];

/// Whether a file at the top of a folder is its script.
fn is_main(name: &str) -> bool {
    name.split_once('.').is_some_and(|(stem, suffix)| {
        MAINS.contains(&stem) && interpreter::of_suffix(suffix).is_some()
    })
}

/// An extension that is shipped inside a binary.
#[derive(Debug, Clone, Copy)]
pub struct BundledExtension {
    pub name: &'static str,
    /// A component with its manifest in the section `ctx:manifest`.
    pub component: &'static [u8],
}

/// Something in an extensions folder that wants to be an extension.
pub(crate) struct Candidate {
    /// The file's name without its suffix.
    pub(crate) stem: String,
    pub(crate) body: Body,
    /// The text of its manifest, if it has one.
    pub(crate) manifest: Option<String>,
    /// Its own folder, if it has one, as it was when it was hashed.
    pub(crate) folder: Option<Folder>,
    /// The entry that names it, if one does.
    pub(crate) entry: Option<Arc<Entry>>,
    /// The registry that it is of, if it is of one.
    pub(crate) registry: Option<String>,
    /// Of all that it is made of, manifest included.
    content: Sha256,
}

pub(crate) enum Body {
    Component(Cow<'static, [u8]>),
    /// A core module with the interface of LeanCTX, and what its
    /// `STEM.provider.json` says.
    Module {
        bytes: Cow<'static, [u8]>,
        provider: Option<String>,
    },
    Script {
        name: String,
        text: String,
        interpreter: &'static Interpreter,
    },
    /// Programs that a foreign manifest names.
    Commands(Box<Plugin>),
}

impl Candidate {
    /// Returns the digest that grants are bound to.
    pub(crate) fn digest(&self, requests: &str) -> Digest {
        let mut hasher = self.content.clone();
        add(&mut hasher, "requests", requests.as_bytes());
        Digest(hasher.finalize().into())
    }
}

/// What was found in one place.
pub(crate) struct Found {
    /// The extension's name, if an entry gives it one.
    pub(crate) name: Option<ExtensionName>,
    /// Where, for people.
    pub(crate) place: String,
    pub(crate) stem: String,
    pub(crate) layer: Layer,
    /// How far it is, within its layer.
    pub(crate) distance: u8,
    /// A candidate, or why it is none, in words.
    pub(crate) candidate: Result<Candidate, String>,
}

/// Looks through a folder, in order of names. A folder that is not there
/// holds nothing.
pub(crate) fn scan(path: &Path, shown: &str, layer: Layer) -> Vec<Found> {
    let failed = |error: &io::Error| {
        vec![Found {
            name: None,
            place: shown.to_owned(),
            stem: stem_of(shown),
            layer,
            distance: 0,
            candidate: Err(format!("the folder cannot be read: {error}")),
        }]
    };
    let dir = match Dir::open_ambient_dir(path, ambient_authority()) {
        Ok(dir) => dir,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => return failed(&error),
    };
    let entries = match dir.entries() {
        Ok(entries) => entries,
        Err(error) => return failed(&error),
    };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names.iter().filter_map(|name| look_at(&dir, name, shown, layer)).collect()
}

/// Makes a candidate of a bundled extension.
pub(crate) fn bundled(extension: BundledExtension) -> Found {
    Found {
        name: None,
        place: format!("bundled:{}", extension.name),
        stem: extension.name.to_owned(),
        layer: Layer::Bundled,
        distance: 0,
        candidate: Ok(component(extension.name, Cow::Borrowed(extension.component), None)),
    }
}

/// Makes a candidate of a script that is named outright. A link is followed:
/// whoever names a path means what it leads to.
pub(crate) fn entry(entry: &Arc<Entry>, path: &Path) -> Found {
    let shown = entry.script.path.display().to_string();
    let read = || -> io::Result<Result<Candidate, String>> {
        let real = path.canonicalize()?;
        let (Some(parent), Some(name)) = (real.parent(), real.file_name()) else {
            return Ok(Err("it is not a file".to_owned()));
        };
        let dir = Dir::open_ambient_dir(parent, ambient_authority())?;
        let bytes = read(&dir, Path::new(name), LARGEST_SCRIPT)?;
        let suffix = shown.rsplit_once('.').map_or("", |(_, suffix)| suffix);
        let language = interpreter::of_suffix(suffix).unwrap_or(&interpreter::INTERPRETERS[0]);
        Ok(script(&stem_of(&shown), &shown, bytes, language, None))
    };
    let candidate = match read() {
        Ok(made) => made.map(|made| Candidate { entry: Some(entry.clone()), ..made }),
        Err(error) => Err(format!("its script `{shown}` cannot be read: {error}")),
    };
    let (name, stem) = (Some(entry.name.clone()), entry.name.to_string());
    Found { name, place: shown, stem, layer: Layer::Workspace, distance: 0, candidate }
}

/// Makes a candidate of what is in use of a registry. Its name there is its
/// name here.
pub(crate) fn registered(registered: Registered) -> Option<Found> {
    let Registered { name, place, registry, folder, layer, distance } = registered;
    let stem = name.clone();
    let (name, candidate) = match (ExtensionName::from_stem(&name), folder) {
        (Err(error), _) => (None, Err(error.to_string())),
        (Ok(name), Err((why, help))) => (Some(name), Err(format!("{why}; {help}"))),
        (Ok(name), Ok(path)) => (Some(name), one(&path, layer)?.candidate),
    };
    let candidate = candidate.map(|made| Candidate { registry: Some(registry), ..made });
    Some(Found { name, place, stem, layer, distance, candidate })
}

/// Whether a file or a folder wants to be an extension.
pub fn is_extension(path: &Path) -> bool {
    one(path, Layer::Workspace).is_some()
}

/// What a file or a folder says of itself, and what it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// One that says nothing if it has no manifest.
    pub manifest: Manifest,
    pub form: Form,
}

/// Reads what an extension says of itself. Nothing of it runs.
pub fn look(path: &Path) -> Result<Looked, String> {
    let found = one(path, Layer::Workspace).ok_or("it is no extension")?;
    let candidate = found.candidate?;
    let manifest = match &candidate.manifest {
        Some(text) => manifest::parse(text).map_err(|error| error.to_string())?,
        None => Manifest::default(),
    };
    let form = match candidate.body {
        Body::Component(_) => Form::Component,
        Body::Script { .. } => Form::Script,
        Body::Commands(_) | Body::Module { .. } => {
            return Err("what was made for LeanCTX is no part of a registry".to_owned());
        }
    };
    Ok(Looked { manifest, form })
}

/// Looks at one file or folder that somebody named.
fn one(path: &Path, layer: Layer) -> Option<Found> {
    let absolute = std::path::absolute(path).ok()?;
    let (parent, name) = (absolute.parent()?, absolute.file_name()?.to_str()?);
    let dir = Dir::open_ambient_dir(parent, ambient_authority()).ok()?;
    let shown = path.parent().map(|parent| parent.display().to_string()).unwrap_or_default();
    look_at(&dir, name, &shown, layer)
}

fn look_at(dir: &Dir, name: &str, shown: &str, layer: Layer) -> Option<Found> {
    let place = if shown.is_empty() {
        name.to_owned()
    } else {
        format!("{}/{name}", shown.trim_end_matches('/'))
    };
    let found = |candidate: io::Result<Result<Candidate, String>>| {
        let candidate =
            candidate.unwrap_or_else(|error| Err(format!("it cannot be read: {error}")));
        let (place, stem) = (place.clone(), stem_of(name));
        Some(Found { name: None, place, stem, layer, distance: 0, candidate })
    };
    let is_dir = match dir.metadata(name) {
        Ok(metadata) => metadata.is_dir(),
        // A link that leads elsewhere, or nowhere.
        Err(error) if dir.symlink_metadata(name).is_ok_and(|metadata| metadata.is_symlink()) => {
            return found(Ok(Err(format!(
                "it is a link out of this folder ({error}); copy it here, or name its folder \
                 under `[extensions] dirs`"
            ))));
        }
        Err(error) => return found(Err(error)),
    };
    if is_dir {
        let inside = match dir.open_dir(name) {
            Ok(inside) => inside,
            Err(error) => return found(Err(error)),
        };
        let is_extension = [MANIFEST, COMPONENT, PLUGIN].iter().any(|file| inside.exists(file))
            || scripts().any(|(file, _)| inside.exists(file));
        return if is_extension {
            found(folder(inside, name))
        } else if let Err(error) = inside.entries() {
            found(Err(error))
        } else {
            None
        };
    }
    let suffix = name.rsplit_once('.').map_or("", |(_, suffix)| suffix);
    let is_extension = suffix == "wasm" || interpreter::of_suffix(suffix).is_some();
    is_extension.then(|| found(file(dir, name, suffix))).flatten()
}

/// Lists what the script of a folder may be called.
fn scripts() -> impl Iterator<Item = (String, &'static Interpreter)> {
    MAINS.iter().flat_map(|main| {
        let all = interpreter::INTERPRETERS.iter();
        all.map(move |one| (format!("{main}.{}", one.suffix), one))
    })
}

fn file(dir: &Dir, name: &str, suffix: &str) -> io::Result<Result<Candidate, String>> {
    let stem = stem_of(name);
    let sidecar =
        format!("{}.toml", name.strip_suffix(suffix).unwrap_or(name).trim_end_matches('.'));
    let sidecar = match read(dir, &sidecar, LARGEST_MANIFEST) {
        Ok(bytes) => Some(text(&sidecar, bytes)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    if let Some(interpreter) = interpreter::of_suffix(suffix) {
        let bytes = read(dir, name, LARGEST_SCRIPT)?;
        Ok(script(&stem, name, bytes, interpreter, sidecar))
    } else {
        let bytes = read(dir, name, LARGEST)?;
        if ctx_sandbox::is_abi_v1(&bytes) {
            let provider = format!("{stem}.provider.json");
            let provider = match read(dir, &provider, LARGEST_MANIFEST) {
                Ok(bytes) => Some(text(&provider, bytes)?),
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => return Err(error),
            };
            return Ok(Ok(module(&stem, bytes, provider, sidecar)));
        }
        Ok(Ok(component(&stem, Cow::Owned(bytes), sidecar)))
    }
}

fn folder(dir: Dir, name: &str) -> io::Result<Result<Candidate, String>> {
    let mut whole = Whole::default();
    if let Err(error) = whole.add_folder(&dir, "") {
        return Ok(Err(format!("its folder cannot be read: {error}")));
    }
    let manifest = match whole.main(&dir, MANIFEST, LARGEST_MANIFEST)? {
        Some(bytes) => Some(text(MANIFEST, bytes)?),
        None => None,
    };
    if let Some(bytes) = whole.main(&dir, COMPONENT, LARGEST)? {
        return Ok(Ok(whole.seal(dir, component(name, Cow::Owned(bytes), manifest))));
    }
    for (main, interpreter) in scripts() {
        if let Some(bytes) = whole.main(&dir, &main, LARGEST_SCRIPT)? {
            let shown = format!("{name}/{main}");
            let made = script(name, &shown, bytes, interpreter, manifest);
            return Ok(made.map(|candidate| whole.seal(dir, candidate)));
        }
    }
    if let Some(bytes) = whole.main(&dir, PLUGIN, LARGEST_MANIFEST)? {
        let made = Plugin::parse(&text(PLUGIN, bytes)?).map(|plugin| Candidate {
            stem: name.to_owned(),
            body: Body::Commands(Box::new(plugin)),
            manifest: None,
            folder: None,
            entry: None,
            registry: None,
            content: Sha256::new(),
        });
        return Ok(made.map(|candidate| whole.seal(dir, candidate)));
    }
    Ok(Err("its folder has neither `component.wasm` nor `main.lua`".to_owned()))
}

fn component(stem: &str, bytes: Cow<'static, [u8]>, sidecar: Option<String>) -> Candidate {
    let mut content = Sha256::new();
    add(&mut content, "component", &bytes);
    add(&mut content, "manifest", sidecar.as_deref().unwrap_or_default().as_bytes());
    let manifest = sidecar.or_else(|| manifest::section(&bytes).map(str::to_owned));
    let body = Body::Component(bytes);
    Candidate {
        stem: stem.to_owned(),
        body,
        manifest,
        folder: None,
        entry: None,
        registry: None,
        content,
    }
}

fn module(
    stem: &str,
    bytes: Vec<u8>,
    provider: Option<String>,
    manifest: Option<String>,
) -> Candidate {
    let mut content = Sha256::new();
    add(&mut content, "module", &bytes);
    add(&mut content, "manifest", manifest.as_deref().unwrap_or_default().as_bytes());
    add(&mut content, "provider", provider.as_deref().unwrap_or_default().as_bytes());
    let body = Body::Module { bytes: Cow::Owned(bytes), provider };
    Candidate {
        stem: stem.to_owned(),
        body,
        manifest,
        folder: None,
        entry: None,
        registry: None,
        content,
    }
}

/// Looks through a folder of LeanCTX's for its modules; for all that ends as
/// they do, if nothing else is to lie there.
pub(crate) fn scan_modules(path: &Path, is_theirs: bool) -> Vec<Found> {
    let shown = path.display().to_string();
    let mut found = scan(path, &shown, Layer::User);
    found.retain(|one| match &one.candidate {
        Ok(made) => {
            let is_wasm = matches!(made.body, Body::Component(_)) && made.folder.is_none();
            matches!(made.body, Body::Module { .. }) || (is_theirs && is_wasm)
        }
        Err(_) => is_theirs,
    });
    found
}

fn script(
    stem: &str,
    name: &str,
    bytes: Vec<u8>,
    interpreter: &'static Interpreter,
    sidecar: Option<String>,
) -> Result<Candidate, String> {
    let mut content = Sha256::new();
    add(&mut content, "script", &bytes);
    add(&mut content, "manifest", sidecar.as_deref().unwrap_or_default().as_bytes());
    let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())?;
    let manifest = match sidecar {
        Some(sidecar) => Some(sidecar),
        None => manifest::script_header(&text, interpreter.comment)
            .map_err(|error| error.to_string())?,
    };
    let name = name.to_owned();
    let body = Body::Script { name, text, interpreter };
    let stem = stem.to_owned();
    Ok(Candidate { stem, body, manifest, folder: None, entry: None, registry: None, content })
}

fn add(hasher: &mut Sha256, name: &str, bytes: &[u8]) {
    hasher.update((name.len() as u64).to_le_bytes());
    hasher.update(name);
    hasher.update((bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

fn read(dir: &Dir, name: impl AsRef<Path>, limit: u64) -> io::Result<Vec<u8>> {
    // Looked at before it is opened: a pipe would never open.
    let name = name.as_ref();
    if !dir.metadata(name)?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let file = dir.open(name)?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(too_large(limit));
    }
    Ok(bytes)
}

fn too_large(limit: u64) -> io::Error {
    io::Error::other(format!("it is larger than {} MiB", limit >> 20))
}

fn text(name: &str, bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|_| io::Error::other(format!("`{name}` is not UTF-8 text")))
}

fn stem_of(name: &str) -> String {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.rsplit_once('.').map_or(file, |(stem, _)| stem).to_owned()
}

//! A registry as it lies on this machine: what its manifest says is in it, or
//! what its folders show. Reads files; runs nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ctx_model::{Layer, Registry, RegistryPlaces};
use rustix::process::geteuid;

use crate::archive;
use crate::contained::inside;
use crate::error::RegistryError;
use crate::id::{Id, ROLES, is_name};
use crate::manifest::{self, Entry, Manifest};
use crate::precedence;

/// What the folder of a project adds to registries.
pub const PROJECT: &str = "project-local";

/// The name of the folder of a project.
pub(crate) const FOLDER: &str = ".ctx";

const MANIFEST: &str = "registry.toml";

/// A registry, and what is in it.
#[derive(Debug, Clone)]
pub struct Shelf {
    pub registry: Registry,
    /// By name.
    pub entries: BTreeMap<Id, Entry>,
    pub description: String,
    /// Whether it says itself what is in it.
    pub has_manifest: bool,
    pub warnings: Vec<String>,
}

impl Shelf {
    /// Looks at a registry. One that is not there is empty.
    pub fn open(registry: Registry) -> Self {
        let root = registry.path.clone();
        let path = root.join(MANIFEST);
        let text = match fs::symlink_metadata(&path) {
            Ok(found) if found.is_file() => fs::read_to_string(&path).map_err(|e| e.to_string()),
            Ok(_) => Err("it is not a file".to_owned()),
            Err(_) => Err(String::new()),
        };
        let read = text.and_then(|text| manifest::parse(&text));
        let name = &registry.name;
        let (manifest, has_manifest) = match read {
            Ok(manifest) => (manifest, true),
            Err(why) => {
                let mut manifest = Manifest::default();
                // The project's own folder never has one.
                if root.is_dir() && name != PROJECT {
                    let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
                    manifest.warnings.push(format!(
                        "registry '{name}' has no valid registry.toml{why}, using directory scan"
                    ));
                }
                (manifest, false)
            }
        };
        let mut entries: BTreeMap<Id, Entry> =
            manifest.extensions.into_iter().map(|one| (one.id.clone(), one)).collect();
        // An override is found in a registry that has a manifest, too: what
        // somebody put there, he put there to be used.
        if !has_manifest || !registry.readonly {
            for found in scan(&root) {
                entries.entry(found.id.clone()).or_insert(found);
            }
        }
        Self {
            entries,
            description: manifest.description,
            has_manifest,
            warnings: manifest.warnings,
            registry,
        }
    }

    /// Looks at a folder as a registry that no config names.
    pub fn at(path: &Path) -> Self {
        Self::open(unnamed(path.to_owned()))
    }

    /// Returns where the script or the component of an entry is.
    pub fn path(&self, entry: &Entry) -> Result<PathBuf, RegistryError> {
        inside(&self.registry.path, &entry.path)
    }

    /// Returns the folder of an entry.
    pub fn folder(&self, entry: &Entry) -> Result<PathBuf, RegistryError> {
        let path = self.path(entry)?;
        Ok(path.parent().map_or_else(|| self.registry.path.clone(), Path::to_owned))
    }

    /// Returns the digest of an entry as it lies there: of its folder, or of
    /// the one file if it has no folder of its own.
    pub fn digest(&self, entry: &Entry) -> Result<String, RegistryError> {
        let (path, folder) = (self.path(entry)?, self.folder(entry)?);
        let files = if folder == self.registry.path {
            let bytes = fs::read(&path).map_err(RegistryError::disk(&path))?;
            archive::Files::from([(entry.path.clone(), bytes)])
        } else {
            archive::gather(&folder).map_err(|(path, error)| RegistryError::Disk { path, error })?
        };
        Ok(archive::digest(&archive::write(&files)))
    }

    /// Counts connectors, tools and agents.
    pub fn counts(&self) -> (usize, usize, usize) {
        let count = |role: &str| self.entries.keys().filter(|id| id.role.as_str() == role).count();
        (count("connector"), count("tool"), count("agent"))
    }
}

/// Looks through the folders that registries have by convention.
fn scan(root: &Path) -> Vec<Entry> {
    let mut found = Vec::new();
    for role in ROLES {
        let Ok(folder) = inside(root, &format!("{role}s")) else { continue };
        let Ok(names) = fs::read_dir(folder) else { continue };
        for entry in names.filter_map(Result::ok) {
            let Ok(name) = entry.file_name().into_string() else { continue };
            if !is_name(&name) || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                continue;
            }
            let script = format!("{role}.lua");
            let is_there = |file: &&str| entry.path().join(file).is_file();
            let main = [script.as_str(), "main.lua", "component.wasm", "agent.toml"];
            if let (Some(id), Some(main)) =
                (Id::new(role, &name), main.iter().copied().find(|file| is_there(file)))
            {
                let path = format!("{role}s/{name}/{main}");
                found.push(Entry::plain(id, path));
            }
        }
    }
    found
}

/// Opens the registries of a workspace, the nearest first.
pub fn shelves(places: &RegistryPlaces<'_>) -> Vec<Shelf> {
    let mut registries: Vec<Registry> = places.registries.to_vec();
    registries.extend(project(places.workspace));
    precedence::sort(&mut registries);
    registries.into_iter().map(Shelf::open).collect()
}

/// The folder of the project that a person works in, above the workspace or
/// in it, as a registry that is nearer than all others. Of a folder that
/// somebody else made nothing is taken.
fn project(workspace: &Path) -> Option<Registry> {
    let own = geteuid().as_raw();
    let is_own = |path: &Path| {
        use std::os::unix::fs::MetadataExt as _;
        fs::symlink_metadata(path).is_ok_and(|found| found.is_dir() && found.uid() == own)
    };
    let folder = workspace.ancestors().map(|one| one.join(FOLDER)).find(|path| path.is_dir())?;
    is_own(&folder).then(|| Registry {
        name: PROJECT.to_owned(),
        readonly: false,
        layer: Layer::Workspace,
        ..unnamed(folder)
    })
}

fn unnamed(path: PathBuf) -> Registry {
    Registry {
        name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        url: None,
        branch: None,
        path,
        readonly: true,
        auto_update: false,
        keys: Vec::new(),
        signed: ctx_model::Trust::Allow,
        unsigned: ctx_model::Trust::Ask,
        layer: Layer::User,
        is_own_word: true,
    }
}

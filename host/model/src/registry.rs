//! Registries of extensions, as the operator names them, and what of them is
//! in use. Nothing here reads a file or asks a network.

use std::path::{Path, PathBuf};

use crate::Layer;

/// What to do with a version, by what became of its signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    Allow,
    /// A person at a terminal decides, or `--yes` has.
    Ask,
    Refuse,
}

impl Trust {
    /// Reads the word for it.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "allow" => Self::Allow,
            "ask" => Self::Ask,
            "refuse" => Self::Refuse,
            _ => return None,
        })
    }

    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Ask => "ask",
            Self::Refuse => "refuse",
        }
    }
}

/// A registry as the config names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registry {
    pub name: String,
    /// Absent if it is a folder of this machine and nothing else.
    pub url: Option<String>,
    pub branch: Option<String>,
    /// Where it is here; as written until the host has resolved it.
    pub path: PathBuf,
    pub readonly: bool,
    /// Whether a server brings it up to date when it starts.
    pub auto_update: bool,
    /// Public keys that may sign its versions. None: the first that is met.
    pub keys: Vec<String>,
    /// What to do with versions that are signed, and with those that are not.
    /// One whose signature is wrong is always refused.
    pub signed: Trust,
    pub unsigned: Trust,
    /// Whose folder it is.
    pub layer: Layer,
    /// Whether the operator himself named it.
    pub is_own_word: bool,
}

/// Where registries are looked for.
#[derive(Debug, Clone, Copy)]
pub struct RegistryPlaces<'a> {
    pub workspace: &'a Path,
    /// The user's folder for data.
    pub data: &'a Path,
    pub registries: &'a [Registry],
}

/// An extension of a registry that is in use here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    pub name: String,
    /// Where it is from, for people.
    pub place: String,
    /// The registry that it is of, by its name.
    pub registry: String,
    /// Its folder, or why it cannot be used and what to type.
    pub folder: Result<PathBuf, (String, String)>,
    pub layer: Layer,
    /// How far it is, within its layer: what is dropped in is 0.
    pub distance: u8,
}

/// What changes which extensions of registries are in use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RegistryWatch {
    pub files: Vec<PathBuf>,
    pub folders: Vec<PathBuf>,
}

/// Who knows which extensions of registries are in use.
pub trait Registries: Send + Sync {
    /// Lists them, at most one for each name. Blocks; runs nothing.
    fn registered(&self, places: &RegistryPlaces<'_>) -> Vec<Registered>;
    /// Names what changes the list when it changes.
    fn watched(&self, places: &RegistryPlaces<'_>) -> RegistryWatch;
}

//! A source: a connector with the settings that the operator gave it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ctx_model::{Digest, Policy, Refusal, SourceInfo};
use ctx_sandbox::Folder;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::authority::Authority;
use crate::catalog::{Catalog, Installed};
use crate::error::HostError;
use crate::host::Host;
use crate::lending;
use crate::manifest::{FolderRequest, request_of_folder};
use crate::near::near;
use crate::places::Places;
use crate::schema::Schema;

/// A source that could be synced.
pub struct Source {
    pub name: String,
    pub extension: Arc<Installed>,
    pub info: SourceInfo,
    /// Checked, with defaults filled in, and variables as they are written.
    pub settings: Value,
    /// What the connector is given: with variables filled in.
    pub(crate) given: Value,
    /// Bytes of a chunk of its documents.
    pub(crate) chunk: usize,
    /// Folders that its settings name, opened.
    pub(crate) folders: BTreeMap<String, Folder>,
    /// Where its one folder is, for the addresses of what is in it.
    pub(crate) root: Option<PathBuf>,
}

impl Host {
    /// Finds a source and checks that it could be synced.
    pub(crate) fn source(&self, catalog: &Catalog, name: &str) -> Result<Source, Refusal> {
        Around { authority: &self.authority(), places: &self.places, workspace: &self.workspace }
            .source(catalog, name)
    }
}

/// What a source is checked against.
pub(crate) struct Around<'a> {
    pub(crate) authority: &'a Authority,
    pub(crate) places: &'a Places,
    pub(crate) workspace: &'a Path,
}

impl Around<'_> {
    /// Finds a source and checks that it could be synced.
    pub(crate) fn source(&self, catalog: &Catalog, name: &str) -> Result<Source, Refusal> {
        let authority = self.authority;
        let Some(source) = authority.config.sources.get(name) else {
            if let Some(source) = native_source(catalog, name, authority.config.engine.chunk) {
                return Ok(source);
            }
            let near = near(name, authority.config.sources.keys().map(String::as_str));
            return Err(Refusal::Unknown { what: "source", name: name.to_owned(), near });
        };
        let Some(extension) = catalog.extension(&source.extension) else {
            let broken = catalog.problems.iter().find(|one| one.name == source.extension);
            if let (Some(broken), Ok(extension)) = (broken, source.extension.parse()) {
                let (why, help) = (broken.why.clone(), Some(broken.help.clone()));
                return Err(Refusal::Unusable { extension, why, help });
            }
            return Err(Refusal::Unknown {
                what: "connector",
                name: source.extension.clone(),
                near: catalog.near_extensions(&source.extension),
            });
        };
        let unusable = |why: String, help: Option<String>| Refusal::Unusable {
            extension: extension.name.clone(),
            why,
            help,
        };
        let Some(info) = extension.source.clone() else {
            return Err(unusable("it is no connector".to_owned(), None));
        };
        if let Some(why) = &source.broken {
            let problems = vec![why.clone()];
            return Err(Refusal::InvalidSettings { name: name.to_owned(), problems });
        }
        let mut settings = serde_json::to_value(&source.settings)
            .map_err(|error| unusable(error.to_string(), None))?;
        let mut given = match &extension.entry {
            Some(entry) => {
                authority.vouch(entry)?;
                entry.script.filled(&lending::variable)
            }
            None => settings.clone(),
        };
        let chunk = authority.config.engine.chunk;
        let schema = Schema::compile(&info.settings_schema)
            .map_err(|why| unusable(format!("the schema of its settings is wrong: {why}"), None))?;
        schema.fill(&mut settings);
        schema.fill(&mut given);
        schema
            .check_masked(&given)
            .map_err(|problems| Refusal::InvalidSettings { name: name.to_owned(), problems })?;
        if extension.entry.is_some() {
            let (name, folders) = (name.to_owned(), BTreeMap::new());
            let extension = extension.clone();
            let root = None;
            return Ok(Source { name, extension, info, settings, given, chunk, folders, root });
        }
        // Only the operator's own word opens a folder of the machine, or says
        // what an extension with powers is to do.
        let opens =
            !folder_settings(extension).is_empty() || repository_setting(extension).is_some();
        let has_powers = opens
            || authority.policy(extension).map_err(|error| unusable(error.to_string(), None))?
                != Policy::default();
        if let (true, Some(path)) = (has_powers, authority.untrusted())
            && authority.word(extension.layer).sources.get(name) != Some(source)
        {
            return Err(Refusal::Untrusted { path });
        }
        if authority.untrusted().is_none()
            && opens
            && authority.word(extension.layer).sources.get(name) != Some(source)
        {
            // The user's config means the extensions that he installed.
            return Err(unusable(
                "the workspace brings it, and the source is not in the workspace's config"
                    .to_owned(),
                Some(format!(
                    "write `[sources.{name}]` into {} and run `ctx trust`",
                    authority.shown()
                )),
            ));
        }
        let mut folders = BTreeMap::new();
        let mut root = None;
        for setting in folder_settings(extension) {
            let Some(path) = settings.get(&setting).and_then(Value::as_str) else { continue };
            let path = self.places.resolve(self.workspace, path);
            let folder = Folder::open(&path).map_err(|error| {
                unusable(
                    format!("the folder `{}` cannot be opened: {error}", path.display()),
                    Some(format!("mend `{setting}` of `[sources.{name}]` in the config")),
                )
            })?;
            folders.insert(setting, folder);
            root = path.canonicalize().ok();
        }
        let (name, extension) = (name.to_owned(), extension.clone());
        Ok(Source { name, extension, info, settings, given, chunk, folders, root })
    }
}

/// Finds a source that the program itself brings.
fn native_source(catalog: &Catalog, name: &str, chunk: usize) -> Option<Source> {
    let extension = catalog.installed.values().find(|extension| {
        let native = extension.code.as_native().and_then(|native| native.source.as_ref());
        native.is_some_and(|source| source.label == name)
    })?;
    Some(Source {
        name: name.to_owned(),
        info: extension.source.clone()?,
        extension: extension.clone(),
        settings: Value::Object(serde_json::Map::new()),
        given: Value::Object(serde_json::Map::new()),
        chunk,
        folders: BTreeMap::new(),
        root: None,
    })
}

impl Host {
    /// Finds a source that could be synced.
    pub async fn configured(&self, name: &str) -> Result<Source, HostError> {
        let catalog = self.catalog().await?;
        Ok(self.source(&catalog, name)?)
    }
}

impl Source {
    /// Returns what the connector is given: with variables filled in, so with
    /// what they hold.
    pub fn given(&self) -> &Value {
        &self.given
    }

    /// Names the settings that the operator wrote with a variable in them, and
    /// those of which the schema says that they are only written, or a
    /// password.
    pub fn private_settings(&self) -> BTreeSet<String> {
        let schema: Value = serde_json::from_str(&self.info.settings_schema).unwrap_or_default();
        let is_said = |name: &str| {
            let property = &schema["properties"][name];
            property["writeOnly"] == true
                || property["format"] == "password"
                || property["secret"] == true
        };
        let Value::Object(given) = &self.given else { return BTreeSet::new() };
        let is_private = |(name, value): &(&String, &Value)| {
            is_said(name) || self.settings.get(*name).is_some_and(|written| written != *value)
        };
        given.iter().filter(is_private).map(|(name, _)| name.clone()).collect()
    }

    /// Names the settings that say which folder is lent.
    pub fn folder_settings(&self) -> Vec<String> {
        folder_settings(&self.extension)
    }

    /// Whether it reads a repository that is mirrored first.
    pub fn checks_out(&self) -> bool {
        repository_setting(&self.extension).is_some()
    }
    /// Writes a checkpoint together with what it belongs to.
    pub(crate) fn write_checkpoint(&self, checkpoint: &str) -> String {
        format!("{}:{checkpoint}", self.stamp())
    }

    /// Reads a checkpoint, if it belongs to this extension with these settings.
    pub(crate) fn read_checkpoint(&self, text: &str) -> Option<String> {
        let (stamp, checkpoint) = text.split_once(':')?;
        (stamp == self.stamp()).then(|| checkpoint.to_owned())
    }

    /// Completes the address of a file, which its connector can only give from
    /// the folder that it was lent.
    pub(crate) fn complete(&self, uri: Option<String>) -> Option<String> {
        let uri = uri?;
        let Some(relative) = uri.strip_prefix("file:").filter(|rest| !rest.starts_with('/')) else {
            return Some(uri);
        };
        let Some(base) = self.root.as_deref().and_then(|root| root.to_str()) else {
            return Some(uri);
        };
        Some(format!("file://{}/{relative}", encode(base.trim_end_matches('/'))))
    }

    fn stamp(&self) -> String {
        let mut hasher = Sha256::new();
        hasher.update(self.extension.name.as_str());
        hasher.update([0]);
        hasher.update(self.settings.to_string());
        Digest(hasher.finalize().into()).to_string()[..16].to_owned()
    }
}

/// Names the settings of which an extension asks to be lent the folder.
fn folder_settings(extension: &Installed) -> Vec<String> {
    requested_folders(extension)
        .filter_map(|request| match request {
            FolderRequest::Setting(name) => Some(name),
            _ => None,
        })
        .collect()
}

/// Names the setting of which an extension asks to be lent the repository.
pub(crate) fn repository_setting(extension: &Installed) -> Option<String> {
    requested_folders(extension).find_map(|request| match request {
        FolderRequest::Repository(name) => Some(name),
        _ => None,
    })
}

fn requested_folders(extension: &Installed) -> impl Iterator<Item = FolderRequest> {
    let files = extension.requests.as_ref().map(|requests| requests.files.as_slice());
    files.unwrap_or_default().iter().filter_map(|text| request_of_folder(text).ok())
}

/// Encodes a path for a URI; slashes stay.
fn encode(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

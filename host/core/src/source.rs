//! A source: a connector with the settings that the operator gave it.

use std::collections::BTreeMap;
use std::sync::Arc;

use ctx_model::{Refusal, SourceInfo};
use ctx_sandbox::Folder;
use serde_json::Value;

use crate::catalog::{Catalog, Installed};
use crate::host::Host;
use crate::manifest::{FolderRequest, request_of_folder};
use crate::near::near;
use crate::schema::Schema;

/// A source that could be synced.
pub struct Source {
    pub name: String,
    pub extension: Arc<Installed>,
    pub info: SourceInfo,
    /// Checked, with defaults filled in.
    pub settings: Value,
    /// Folders that its settings name, opened.
    pub(crate) folders: BTreeMap<String, Folder>,
}

impl Host {
    /// Finds a source and checks that it could be synced.
    pub(crate) fn source(&self, catalog: &Catalog, name: &str) -> Result<Source, Refusal> {
        let authority = self.authority();
        let Some(source) = authority.config.sources.get(name) else {
            let near = near(name, authority.config.sources.keys().map(String::as_str));
            return Err(Refusal::Unknown { what: "source", name: name.to_owned(), near });
        };
        let Some(extension) = catalog.extension(&source.extension) else {
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
        let mut settings = serde_json::to_value(&source.settings)
            .map_err(|error| unusable(error.to_string(), None))?;
        let schema = Schema::compile(&info.settings_schema)
            .map_err(|why| unusable(format!("the schema of its settings is wrong: {why}"), None))?;
        schema.fill(&mut settings);
        schema
            .check(&settings)
            .map_err(|problems| Refusal::InvalidSettings { name: name.to_owned(), problems })?;
        let mut folders = BTreeMap::new();
        for setting in folder_settings(extension) {
            let Some(path) = settings.get(&setting).and_then(Value::as_str) else { continue };
            // Only the operator's own word opens a folder of the machine.
            let is_own = authority.own.sources.get(name).is_some_and(|own| {
                own.settings.get(&setting).and_then(|v| v.as_str()) == Some(path)
            });
            if !is_own {
                let path = authority.untrusted().unwrap_or_default();
                return Err(Refusal::Untrusted { path });
            }
            let path = self.places.resolve(&self.workspace, path);
            let folder = Folder::open(&path).map_err(|error| {
                unusable(
                    format!("the folder `{}` cannot be opened: {error}", path.display()),
                    Some(format!("mend `{setting}` of `[sources.{name}]` in the config")),
                )
            })?;
            folders.insert(setting, folder);
        }
        Ok(Source { name: name.to_owned(), extension: extension.clone(), info, settings, folders })
    }
}

/// Names the settings of which an extension asks to be lent the folder.
fn folder_settings(extension: &Installed) -> Vec<String> {
    let files = extension.requests.as_ref().map(|requests| requests.files.as_slice());
    files
        .unwrap_or_default()
        .iter()
        .filter_map(|text| match request_of_folder(text) {
            Ok(FolderRequest::Setting(name)) => Some(name),
            _ => None,
        })
        .collect()
}

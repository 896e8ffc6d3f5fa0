//! Whether a source could be synced, as far as this machine can tell without
//! running anything: guests and the program itself ask through the same port.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use serde_json::Value;

use crate::authority::Authority;
use crate::catalog::Catalog;
use crate::places::Places;
use crate::source::{Around, Source, repository_setting};

/// Knows whether sources could be synced.
pub(crate) struct Readiness {
    pub(crate) authority: Arc<Mutex<Authority>>,
    pub(crate) current: Arc<RwLock<Option<Arc<Catalog>>>>,
    pub(crate) places: Places,
    pub(crate) workspace: PathBuf,
}

impl Readiness {
    /// Says why a source could not be synced, if it could not. Before anybody
    /// has looked for what is installed nothing is known.
    pub(crate) fn fault(&self, name: &str) -> Option<String> {
        let catalog = self.current.read().unwrap_or_else(PoisonError::into_inner).clone()?;
        let authority = self.authority.lock().unwrap_or_else(PoisonError::into_inner);
        let (places, workspace) = (&self.places, self.workspace.as_path());
        let found = Around { authority: &authority, places, workspace }.source(&catalog, name);
        match found {
            Err(refusal) => Some(refusal.to_string()),
            Ok(source) => self.missing(&source),
        }
    }

    /// Names the script or the repository of this machine that went away.
    fn missing(&self, source: &Source) -> Option<String> {
        if let Some(entry) = &source.extension.entry {
            let script = entry.path(&self.places, &self.workspace);
            if !script.exists() {
                return Some(format!("there is no script `{}`", script.display()));
            }
        }
        let setting = repository_setting(&source.extension)?;
        let written = source.given.get(&setting).and_then(Value::as_str)?;
        let folder = match written.strip_prefix("file://") {
            Some(path) => PathBuf::from(path),
            None => self.places.repository(&self.workspace, written)?,
        };
        (!folder.exists()).then(|| format!("there is no repository `{}`", folder.display()))
    }
}

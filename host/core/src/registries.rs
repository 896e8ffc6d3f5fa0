//! Registries as the host sees them: which the config names, and what of them
//! is in use. What is in them is the business of whoever implements the port.

use std::path::{Path, PathBuf};

use ctx_model::{Layer, Registered, Registry, RegistryPlaces, RegistryWatch};

use crate::authority::Authority;
use crate::error::OpenError;
use crate::host::Host;
use crate::places::Places;
use crate::private::private_folder;

/// The registries that a config names.
#[derive(Debug, Clone)]
pub struct ConfiguredRegistries {
    pub registries: Vec<Registry>,
    /// The config of this workspace, or the one that was named.
    pub file: Option<PathBuf>,
    /// Whether it is the operator's own word.
    pub is_trusted: bool,
    pub warnings: Vec<String>,
}

/// Reads which registries there are, and nothing else: neither the store nor
/// the engine is opened.
pub fn registries(
    places: &Places,
    workspace: &Path,
    named: Option<&Path>,
) -> Result<ConfiguredRegistries, OpenError> {
    private_folder(&places.state)?;
    let authority = Authority::open(places, workspace, named, Vec::new())?;
    Ok(ConfiguredRegistries {
        registries: authority.registries(),
        file: authority.file().map(Path::to_owned),
        is_trusted: authority.untrusted().is_none(),
        warnings: authority.config.warnings.clone(),
    })
}

impl Host {
    /// Returns what looks up what is in use of registries; it blocks. A config
    /// that came with a clone looks in the clone alone.
    pub(crate) fn registered(&self) -> impl FnOnce() -> Vec<Registered> + Send + 'static {
        let (port, followed) = (self.registries.clone(), self.followed());
        let (workspace, data) = (self.workspace.clone(), self.places.data.clone());
        move || {
            let places =
                RegistryPlaces { workspace: &workspace, data: &data, registries: &followed };
            port.map(|port| port.registered(&places)).unwrap_or_default()
        }
    }

    /// Names what to watch of registries.
    pub(crate) fn watched_registries(&self) -> RegistryWatch {
        let Some(port) = &self.registries else { return RegistryWatch::default() };
        let registries = self.followed();
        let (workspace, data) = (&self.workspace, &self.places.data);
        port.watched(&RegistryPlaces { workspace, data, registries: &registries })
    }

    fn followed(&self) -> Vec<Registry> {
        let all = self.authority().registries().into_iter();
        all.filter(|one| one.is_own_word || one.layer == Layer::Workspace).collect()
    }
}

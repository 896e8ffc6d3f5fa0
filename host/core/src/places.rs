//! Where things are on this machine. The only file that reads our own
//! environment variables.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use ctx_model::short_address;
use thiserror::Error;

/// The user's own folders, outside of any workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// `config.toml` for all workspaces.
    pub config: PathBuf,
    /// Extensions for all workspaces.
    pub data: PathBuf,
    /// Grants, trust and this installation's key. Never in a workspace.
    pub state: PathBuf,
    /// Compiled code and descriptions. May be deleted.
    pub cache: PathBuf,
    /// The user's home, for `~`.
    pub home: Option<PathBuf>,
    /// What `CTX_CONFIG` names.
    pub config_file: Option<PathBuf>,
    /// Plugins of LeanCTX, as `LEAN_CTX_PLUGINS_DIR` names their folder.
    pub plugins: Option<PathBuf>,
    /// Folders in which LeanCTX keeps its modules.
    pub foreign: Vec<PathBuf>,
    /// What was wrong with the environment, in words.
    pub warnings: Vec<String>,
}

/// There is nowhere to keep the user's state.
#[derive(Debug, Error)]
#[error("neither `HOME` nor `{0}` is set, so there is no place for grants and trust")]
pub struct PlacesError(&'static str);

impl Places {
    /// Resolves a repository that is a folder of this machine, if it is one.
    pub(crate) fn repository(&self, workspace: &Path, written: &str) -> Option<PathBuf> {
        // A password must not become part of a path that an error shows.
        let is_remote = written.contains("://") || short_address(written).is_some();
        (!is_remote && !written.is_empty()).then(|| self.resolve(workspace, written))
    }

    /// Reads the environment: `CTX_*_DIR`, then `XDG_*_HOME`, then the usual
    /// folders below the home.
    pub fn from_environment() -> Result<Self, PlacesError> {
        let home = env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
        let mut warnings = Vec::new();
        let mut place = |own: &'static str, xdg: &'static str, usual: &str| {
            if let Some(path) = absolute(own, env::var_os(own), &mut warnings) {
                return Ok(path);
            }
            if let Some(path) = absolute(xdg, env::var_os(xdg), &mut warnings) {
                return Ok(path.join("ctx"));
            }
            home.as_ref().map(|home| home.join(usual).join("ctx")).ok_or(PlacesError(own))
        };
        let config = place("CTX_CONFIG_DIR", "XDG_CONFIG_HOME", ".config")?;
        let data = place("CTX_DATA_DIR", "XDG_DATA_HOME", ".local/share")?;
        let state = place("CTX_STATE_DIR", "XDG_STATE_HOME", ".local/state")?;
        let cache = place("CTX_CACHE_DIR", "XDG_CACHE_HOME", ".cache")?;
        let config_file =
            env::var_os("CTX_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from);
        let name = "LEAN_CTX_PLUGINS_DIR";
        let plugins = absolute(name, env::var_os(name), &mut warnings);
        let name = "LEAN_CTX_WASM_DIR";
        let foreign = absolute(name, env::var_os(name), &mut warnings).into_iter().collect();
        Ok(Self { config, data, state, cache, home, config_file, plugins, foreign, warnings })
    }

    /// Puts everything below one folder, for tests and conformance.
    pub fn below(folder: &Path) -> Self {
        Self {
            config: folder.join("config"),
            data: folder.join("data"),
            state: folder.join("state"),
            cache: folder.join("cache"),
            home: None,
            config_file: None,
            plugins: None,
            foreign: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Resolves a path as an operator writes it: `~` is the home, and what is
    /// relative stands below `workspace`.
    pub fn resolve(&self, workspace: &Path, path: &str) -> PathBuf {
        match (path.strip_prefix('~'), &self.home) {
            (Some(""), Some(home)) => home.clone(),
            (Some(rest), Some(home)) if rest.starts_with('/') => home.join(&rest[1..]),
            _ => workspace.join(path),
        }
    }
}

fn absolute(name: &str, value: Option<OsString>, warnings: &mut Vec<String>) -> Option<PathBuf> {
    let path = PathBuf::from(value.filter(|value| !value.is_empty())?);
    if path.is_absolute() {
        return Some(path);
    }
    warnings.push(format!("`{name}` is a relative path and is ignored"));
    None
}

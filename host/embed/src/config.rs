//! Where a program's workspace is, and what its config says of the server.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::open;

/// A workspace and its config.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder of the workspace: where the program runs.
    pub workspace: PathBuf,
    /// The config, which is the operator's own word.
    pub file: PathBuf,
    /// Where the server listens.
    pub bind: String,
}

/// Reads a config. What it says of sources and extensions the host reads
/// itself.
pub fn load_config(path: &Path) -> Result<Config> {
    let shown = path.display();
    let text =
        std::fs::read_to_string(path).with_context(|| format!("`{shown}` cannot be read"))?;
    let table: toml::Table =
        toml::from_str(&text).with_context(|| format!("`{shown}` is no config"))?;
    let server = table.get("server").and_then(|server| server.get("bind"));
    let bind = server.and_then(toml::Value::as_str).unwrap_or("127.0.0.1:7331").to_owned();
    let workspace = std::env::current_dir().context("this folder cannot be used")?;
    let file = workspace.join(path);
    Ok(Config { workspace, file, bind })
}

/// Makes the workspace if there is none, and opens its database, which brings
/// that up to date.
pub async fn run_migrations(config: &Config) -> Result<()> {
    if !config.workspace.join(".ctx").is_dir() {
        ctx_core::init(&config.workspace).context("no workspace can be made here")?;
    }
    open::host(config, Vec::new(), None).map(drop)
}

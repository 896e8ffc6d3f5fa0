//! Scratch workspaces, with places of their own and the compiled code of the
//! user.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use ctx_core::{Host, HostOptions, Places};
use tempfile::TempDir;

/// A workspace that is gone when this is dropped.
pub(crate) struct Workspace(TempDir);

impl Workspace {
    /// Makes one with these files in its extensions folder.
    pub(crate) fn new(extensions: &[(&str, &[u8])], config: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        ctx_core::init(folder.path())?;
        for (name, bytes) in extensions {
            fs::write(folder.path().join(".ctx/extensions").join(name), bytes)?;
        }
        fs::write(folder.path().join(".ctx/config.toml"), config)?;
        Ok(Self(folder))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    fn places(&self) -> Places {
        Places::below(&self.path().join("places"))
    }

    /// Opens it in this process.
    pub(crate) fn host(&self) -> Result<Host> {
        let host = Host::open(HostOptions::new(self.path(), self.places()))?;
        host.trust()?;
        Ok(host)
    }

    /// Prepares a run of the binary in it.
    pub(crate) fn command(&self, ctx: &Path, arguments: &[&str]) -> Result<Command> {
        let places = self.places();
        let mut command = Command::new(fs::canonicalize(ctx)?);
        command
            .args(arguments)
            .current_dir(self.path())
            .env("CTX_CONFIG_DIR", places.config)
            .env("CTX_DATA_DIR", places.data)
            .env("CTX_STATE_DIR", places.state)
            .env("CTX_CACHE_DIR", places.cache);
        Ok(command)
    }
}

/// Reads a first-party guest that the build left beside the binary.
pub(crate) fn guest(ctx: &Path, name: &str) -> Result<Vec<u8>> {
    let target =
        ctx.parent().and_then(Path::parent).context("the binary stands in a target folder")?;
    let path = target.join("guests").join(format!("{name}.wasm"));
    fs::read(&path).with_context(|| format!("`{}` is not built", path.display()))
}

//! Scratch workspaces, with places of their own and the compiled code of the
//! user.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use ctx_core::{Host, HostOptions, Places};
use tempfile::TempDir;

/// The script that is called.
pub(crate) const GREET: &str = include_str!("scripts/greet.lua");

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

    /// Makes one with fifty extensions, half of them scripts; the tools
    /// `greet_0` and `word_count` are among theirs.
    pub(crate) fn with_fifty(ctx: &Path) -> Result<Self> {
        Self::with(ctx, 25, 25)
    }

    /// The same, with as many as are wanted.
    pub(crate) fn with(ctx: &Path, scripts: usize, components: usize) -> Result<Self> {
        let word_count = guest(ctx, "word-count")?;
        let mut extensions: Vec<(String, Vec<u8>)> = Vec::new();
        for at in 0..scripts {
            // Each is different, so that each has compiled code of its own.
            let name = format!("lua-{at}");
            let script =
                format!("-- {at}\n{}", GREET.replace("\"greet\"", &format!("\"greet_{at}\"")));
            extensions.push((format!("{name}.lua"), script.into_bytes()));
        }
        for at in 0..components {
            let mut component = word_count.clone();
            let mark = format!("mark{at:02}");
            component.extend([0, u8::try_from(mark.len() + 1)?, u8::try_from(mark.len())?]);
            component.extend(mark.as_bytes());
            extensions.push((format!("rust-{at}.wasm"), component));
            extensions
                .push((format!("rust-{at}.toml"), format!("name = \"rust-{at}\"\n").into_bytes()));
        }
        let extensions: Vec<(&str, &[u8])> =
            extensions.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        Self::new(&extensions, "")
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

//! Where the project and its artefacts are, and how its tools are started.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

/// A checkout.
pub(crate) struct Project {
    /// The folder with the host's `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Where cargo builds: `CARGO_TARGET_DIR` is obeyed.
    pub(crate) target: PathBuf,
}

impl Project {
    /// Finds the checkout that `cargo xtask` was called in.
    pub(crate) fn find() -> Result<Self> {
        // Not the value at compile time: a cached binary may serve another
        // checkout.
        let manifest =
            env::var_os("CARGO_MANIFEST_DIR").context("run this as `cargo xtask COMMAND`")?;
        let root = Path::new(&manifest).ancestors().nth(2).context("xtask is not at host/xtask")?;
        let mut project = Self { root: root.to_owned(), target: PathBuf::new() };
        let metadata = project.metadata("Cargo.toml")?;
        let target =
            metadata["target_directory"].as_str().context("cargo names no target folder")?;
        project.target = PathBuf::from(target);
        Ok(project)
    }

    /// Returns a path below the root.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Returns where the program is, built or not.
    pub(crate) fn binary(&self) -> PathBuf {
        self.target.join("release").join(format!("ctx{}", env::consts::EXE_SUFFIX))
    }

    /// Prepares a call of cargo.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        // What `cargo run` says of xtask would reach build scripts that watch
        // these names, and they would run anew at each change of caller.
        for (name, _) in env::vars_os() {
            let name = name.to_string_lossy();
            if OF_XTASK.contains(&name.as_ref()) || name.starts_with("CARGO_PKG_") {
                cargo.env_remove(name.as_ref());
            }
        }
        cargo.current_dir(&self.root).args(arguments).stdin(Stdio::null());
        cargo
    }

    /// Runs cargo and lets it talk.
    pub(crate) fn run_cargo(&self, arguments: &[&str]) -> Result<()> {
        let status = self.cargo(arguments).status().context("cargo cannot be started")?;
        ensure!(status.success(), "`cargo {}` failed ({status})", arguments.join(" "));
        Ok(())
    }

    /// Builds the program, with the guests in it.
    pub(crate) fn build(&self) -> Result<()> {
        self.run_cargo(&["build", "--release", "--locked"])?;
        let binary = self.binary();
        ensure!(binary.is_file(), "cargo built no `{}`", binary.display());
        Ok(())
    }

    /// Returns what cargo says of a workspace, without its dependencies.
    pub(crate) fn metadata(&self, manifest: &str) -> Result<Value> {
        let output = self
            .cargo(&["metadata", "--no-deps", "--format-version", "1", "--locked"])
            .arg("--manifest-path")
            .arg(self.path(manifest))
            .output()
            .context("cargo cannot be started")?;
        if !output.status.success() {
            bail!("`{manifest}`: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        serde_json::from_slice(&output.stdout).context("cargo's metadata are no JSON")
    }

    /// Reads a text below the root.
    pub(crate) fn read(&self, relative: &str) -> Result<String> {
        fs::read_to_string(self.path(relative)).with_context(|| format!("`{relative}`"))
    }
}

/// Variables that `cargo run` sets for the program that it runs.
const OF_XTASK: [&str; 7] = [
    "CARGO",
    "CARGO_BIN_NAME",
    "CARGO_CRATE_NAME",
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "CARGO_PRIMARY_PACKAGE",
    "OUT_DIR",
];

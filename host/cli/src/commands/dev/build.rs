//! A crate that makes a component: cargo builds it, and its component is put
//! where the folder's manifest expects it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ctx_serve::problem::{Class, Problem};
use serde_json::Value;

use crate::diagnostic;

const TARGET: &str = "wasm32-wasip2";

/// A folder with a `Cargo.toml`.
pub(super) struct Crate {
    folder: PathBuf,
}

impl Crate {
    pub(super) fn find(path: &Path) -> Option<Self> {
        path.join("Cargo.toml").is_file().then(|| Self { folder: path.to_owned() })
    }

    /// What it is built from; not what the build writes.
    pub(super) fn sources(&self) -> Vec<PathBuf> {
        ["src", "wit", "Cargo.toml", "extension.toml"].map(|name| self.folder.join(name)).into()
    }

    /// Builds it, with cargo's own words on standard error, and takes over the
    /// component.
    pub(super) async fn build(&self) -> Result<(), Problem> {
        let mut cargo = Command::new("cargo");
        cargo
            .args(["build", "--release", "--target", TARGET])
            .arg("--message-format=json-render-diagnostics")
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit());
        let output = tokio::task::spawn_blocking(move || cargo.output())
            .await
            .map_err(std::io::Error::other)
            .flatten()
            .map_err(|error| {
                diagnostic::machine("cargo cannot be run", &error)
                    .with_help("install Rust from https://rustup.rs")
            })?;
        let failed = |message: &str| Problem::new(Class::Failed(None), "ctx::dev::build", message);
        if !output.status.success() {
            return Err(failed("it does not build")
                .with_help(format!("if the target is missing, run `rustup target add {TARGET}`")));
        }
        let Some(component) = component(&output.stdout) else {
            return Err(failed("cargo built no component")
                .with_help("write `crate-type = [\"cdylib\"]` under `[lib]` in its Cargo.toml"));
        };
        let place = self.folder.join("component.wasm");
        fs::copy(&component, &place).map(drop).map_err(|error| {
            diagnostic::machine(&format!("`{}` cannot be written", place.display()), &error)
        })
    }
}

/// Finds the last component among what cargo says it has made.
fn component(messages: &[u8]) -> Option<PathBuf> {
    let lines = messages.split(|byte| *byte == b'\n');
    let messages = lines.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let files = messages
        .filter(|message| message["reason"] == "compiler-artifact")
        .flat_map(|message| message["filenames"].as_array().cloned().unwrap_or_default());
    files
        .filter_map(|file| file.as_str().map(PathBuf::from))
        .rfind(|file| file.extension().is_some_and(|suffix| suffix == "wasm"))
}

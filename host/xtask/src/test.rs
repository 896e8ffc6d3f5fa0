//! `cargo xtask test`: every test there is, with the one profile that the
//! program is built with too.

use anyhow::{Result, ensure};

use crate::project::Project;
use crate::toolchain;

/// Workspaces of guests: first-party ones with their SDK, and the interpreter.
const GUESTS: [&str; 2] = ["guests/Cargo.toml", "lua-guest/Cargo.toml"];

/// Runs the tests. With arguments, only those of the host that they select.
pub(crate) fn run(project: &Project, arguments: &[&str]) -> Result<()> {
    toolchain::ensure_target(project)?;
    let call = ["test", "--release", "--workspace", "--locked"];
    project.run_cargo(&[&call, arguments].concat())?;
    if !arguments.is_empty() {
        return Ok(());
    }
    for manifest in GUESTS {
        guests(project, manifest)?;
    }
    Ok(())
}

/// Runs what guests can test on this machine itself.
fn guests(project: &Project, manifest: &str) -> Result<()> {
    let mut cargo = project.cargo(&["test", "--workspace", "--locked", "--manifest-path"]);
    cargo.arg(project.path(manifest));
    // A folder of its own: the profiles there are for wasm.
    cargo.arg("--target-dir").arg(project.target.join("guests").join("native"));
    let status = cargo.status()?;
    ensure!(status.success(), "the tests of `{manifest}` failed");
    Ok(())
}

//! `cargo xtask lua`: rebuilds the Lua guest, bit for bit, or checks that the
//! committed one is what its sources make.
//!
//! Three steps: a C compiler in a scratch environment, the component from
//! `lua-guest/`, and a snapshot of its booted interpreter.

mod component;
mod toolchain;

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail, ensure};

use crate::project::Project;
use crate::report;

use toolchain::Toolchain;

const COMMITTED: &str = "lua-guest/dist/lua-guest.wasm";
const DIGEST: &str = "lua-guest/dist/lua-guest.wasm.sha256";

/// Rebuilds `lua-guest/dist`, or only compares with it.
pub(crate) fn run(check: bool) -> anyhow::Result<()> {
    let project = Project::find()?;
    crate::toolchain::ensure_target(&project)?;
    let toolchain = Toolchain::install(&project.target)?;
    let component = component::build(&project.root, &toolchain)?;
    let snapshot = toolchain.folder.join("lua-guest.wasm");
    take_snapshot(&project, &component, &snapshot)?;
    let built = fs::read(&snapshot).context("cannot read the snapshot")?;
    let digest = toolchain.sha256(&snapshot)?;
    if check {
        compare(&project.root, &toolchain, &built, &digest)
    } else {
        install(&project.root, &built, &digest)
    }
}

/// Boots the interpreter in the component and writes it down as it then is.
///
/// No package is named: with the features of the whole workspace nothing heavy
/// is compiled a second time.
fn take_snapshot(project: &Project, component: &Path, snapshot: &Path) -> anyhow::Result<()> {
    say("snapshot", "the booted interpreter");
    let mut cargo = project.cargo(&["run", "--quiet", "--release", "--example", "snapshot", "--"]);
    cargo.args([component, snapshot]);
    finish(&mut cargo)
}

fn install(root: &Path, built: &[u8], digest: &str) -> anyhow::Result<()> {
    fs::create_dir_all(root.join("lua-guest/dist")).context("cannot make `lua-guest/dist`")?;
    fs::write(root.join(COMMITTED), built)
        .with_context(|| format!("cannot write `{COMMITTED}`"))?;
    fs::write(root.join(DIGEST), line(digest))
        .with_context(|| format!("cannot write `{DIGEST}`"))?;
    say("built", &format!("{COMMITTED}, {} bytes, sha256 {digest}", built.len()));
    Ok(())
}

fn compare(root: &Path, toolchain: &Toolchain, built: &[u8], digest: &str) -> anyhow::Result<()> {
    let committed = fs::read(root.join(COMMITTED)).with_context(|| {
        format!("`{COMMITTED}` cannot be read; run `cargo xtask lua` and commit what it makes")
    })?;
    if committed != built {
        let before = toolchain.sha256(&root.join(COMMITTED))?;
        bail!(
            "`{COMMITTED}` is not what its sources make\n  committed: sha256 {before}\n      built: \
             sha256 {digest}\nrun `cargo xtask lua` and commit what it makes"
        );
    }
    let written = fs::read_to_string(root.join(DIGEST)).unwrap_or_default();
    ensure!(
        written == line(digest),
        "`{DIGEST}` does not name sha256 {digest}; run `cargo xtask lua` and commit what it makes"
    );
    say("same", &format!("{COMMITTED}, sha256 {digest}"));
    Ok(())
}

/// The form that `sha256sum --check` reads.
fn line(digest: &str) -> String {
    format!("{digest}  lua-guest.wasm\n")
}

/// The cargo that runs this.
fn cargo() -> impl AsRef<OsStr> {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Runs a command to its end; its own words stay on the terminal.
fn finish(command: &mut Command) -> anyhow::Result<()> {
    let shown = format!("{command:?}");
    let status = command.status().with_context(|| format!("cannot start {shown}"))?;
    ensure!(status.success(), "{shown} ended with {status}");
    Ok(())
}

fn say(what: &str, of: &str) {
    report::complain(&format!("{what:>12} {of}"));
}

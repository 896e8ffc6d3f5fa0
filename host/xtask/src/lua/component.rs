//! The component, from `lua-guest/`, the same bytes in every folder.
//!
//! Paths would get into panic messages, and flags of the machine into the
//! code, so both are replaced by our own.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use super::toolchain::Toolchain;
use super::{cargo, finish, say};

const TARGET: &str = "wasm32-wasip2";

/// Variables of the machine that would change the code.
const FOREIGN: [&str; 7] = [
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CFLAGS",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_TARGET_DIR",
    "CARGO_INCREMENTAL",
];

/// Builds it and returns where it is.
pub(super) fn build(root: &Path, toolchain: &Toolchain) -> anyhow::Result<PathBuf> {
    say("build", "lua-guest");
    let guest = root.join("lua-guest");
    let mut command = Command::new(cargo());
    toolchain.keep_cache(&mut command);
    for name in FOREIGN {
        command.env_remove(name);
    }
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("CARGO_PROFILE_") {
            command.env_remove(name);
        }
    }
    command
        .current_dir(&guest)
        .args(["build", "--release", "--locked", "--target", TARGET, "--target-dir", "target"])
        .env("CC_wasm32_wasip2", &toolchain.compiler)
        .env("AR_wasm32_wasip2", &toolchain.archiver)
        .env("CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS", flags(root, toolchain)?);
    finish(&mut command)?;
    let component = guest.join(format!("target/{TARGET}/release/ctx_lua_guest.wasm"));
    ensure!(component.exists(), "cargo made no `{}`", component.display());
    Ok(component)
}

/// The archives, and other names for this folder and for cargo's.
fn flags(root: &Path, toolchain: &Toolchain) -> anyhow::Result<String> {
    let mut flags = vec![format!("-L {}", plain(&toolchain.libraries)?)];
    let mut remap = |from: &Path, to: &str| {
        flags.push(format!("--remap-path-prefix={}={to}", plain(from)?));
        anyhow::Ok(())
    };
    remap(root, "/ctx")?;
    for folder in registries(root)? {
        // Its name carries the registry's host, which differs by machine.
        remap(&folder, "/registry")?;
    }
    Ok(flags.join(" "))
}

/// A path as it can stand among flags, which cargo splits at blanks.
fn plain(path: &Path) -> anyhow::Result<&str> {
    let plain = path.to_str().filter(|path| !path.contains(char::is_whitespace));
    plain.with_context(|| format!("`{}` has a blank; build in a folder without", path.display()))
}

/// The folders that cargo unpacks crates into.
fn registries(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let home = match env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => env::home_dir().context("there is no home folder")?.join(".cargo"),
    };
    let sources = home.join("registry/src");
    // On a fresh machine cargo has unpacked nothing yet.
    finish(
        Command::new(cargo())
            .current_dir(root.join("lua-guest"))
            .args(["fetch", "--quiet", "--locked", "--target", TARGET]),
    )?;
    let mut folders = Vec::new();
    for entry in
        fs::read_dir(&sources).with_context(|| format!("cannot read `{}`", sources.display()))?
    {
        folders.push(entry.context("cannot read cargo's folder")?.path());
    }
    folders.sort();
    Ok(folders)
}

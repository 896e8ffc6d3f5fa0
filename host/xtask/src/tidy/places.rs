//! Files that must be there, and bytes that must not.

use super::{Broken, find};
use crate::tree::File;

/// The most that a file may weigh.
const HEAVIEST: u64 = 1 << 20;

/// Folders of which one file each is built and kept, on purpose.
const BUILT: [&str; 2] = ["lua-guest/dist/", "conformance/compat/"];

/// Files that a newcomer looks for.
const WANTED: [&str; 13] = [
    "README.md",
    "ARCHITECTURE.md",
    "STYLE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "LICENSE",
    "rust-toolchain.toml",
    "rustfmt.toml",
    "clippy.toml",
    "deny.toml",
    ".ci/run",
    "wit/README.md",
];

pub(super) fn check(files: &[File]) -> Vec<Broken> {
    let mut broken = Vec::new();
    for file in files {
        let is_built = BUILT.iter().any(|folder| file.path.starts_with(folder));
        if file.size > HEAVIEST && !is_built {
            broken.push(Broken::file(
                &file.path,
                format!("{} KiB is too much for git", file.size >> 10),
            ));
        }
        if file.is("wasm") && !is_built {
            broken.push(Broken::file(&file.path, "what is built is not committed"));
        }
    }
    for wanted in WANTED {
        if find(files, wanted).is_none() {
            broken.push(Broken::file(wanted, "it is missing"));
        }
    }
    if let Some(changelog) = find(files, "CHANGELOG.md")
        && !changelog.text().lines().any(|line| line.starts_with("## [Unreleased]"))
    {
        broken.push(Broken::file("CHANGELOG.md", "there is no section `## [Unreleased]`"));
    }
    broken
}

//! Why something about a registry was not done. Whatever it is, what was there
//! before is there still.

use std::path::PathBuf;

use ctx_git::{CloneError, DownloadError};
use thiserror::Error;

/// Why something about a registry was not done.
#[derive(Debug, Error)]
pub enum RegistryError {
    #[error("`{text}` names no extension of a registry: {why}")]
    Name { text: String, why: String },
    #[error("extension '{0}' not found in any registry")]
    Unknown(String),
    #[error("there is no registry `{0}`")]
    NoRegistry(String),
    #[error("`{path}` leads out of the registry `{root}`: {why}")]
    LeadsOut { root: PathBuf, path: String, why: String },
    #[error(transparent)]
    Clone(#[from] CloneError),
    #[error(transparent)]
    Download(#[from] DownloadError),
    #[error("`{path}` cannot be used: {error}")]
    Disk { path: PathBuf, error: std::io::Error },
    #[error("`{path}` is wrong in line {line}: {why}")]
    Index { path: PathBuf, line: usize, why: String },
    #[error(
        "`{id}` has two versions that claim the number {version}, in lines {first} and {second}"
    )]
    TwoVersions { id: String, version: String, first: usize, second: usize },
    #[error("no versions fit together:\n{why}")]
    Conflict { why: String },
    #[error("extensions need each other in a circle: {circle}")]
    Cycle { circle: String },
    #[error("`{id}` {version} was yanked: {reason}")]
    Yanked { id: String, version: String, reason: String },
    #[error("`{id}` {version} needs ctx {wanted}, and this is {}", env!("CARGO_PKG_VERSION"))]
    TooOld { id: String, version: String, wanted: String },
    #[error(
        "`{id}` {version} is not what its registry says: its digest is {found}, and it says {wanted}"
    )]
    Digest { id: String, version: String, wanted: String, found: String },
    #[error(
        "`{id}` is not what `ctx.lock` says: in `{registry}` its digest is {found}, and the lock has {wanted}"
    )]
    Changed { id: String, registry: String, wanted: String, found: String },
    #[error("the signature of `{id}` {version} is wrong: {why}")]
    Signature { id: String, version: String, why: String },
    #[error("`{id}` {version} is not signed, and the registry `{registry}` {why}")]
    Unsigned { id: String, version: String, registry: String, why: String },
    #[error("the archive of `{id}` cannot be used: {why}")]
    Archive { id: String, why: String },
    #[error("`{path}` makes no sense: {why}")]
    Lock { path: PathBuf, why: String },
    #[error("`--frozen` allows no change of `ctx.lock`, and {why}")]
    Frozen { why: String },
    #[error("`--offline` allows no network, and {what} is not on this machine")]
    Offline { what: String },
    #[error("{what}: it needs a yes, and nobody was asked")]
    Consent { what: String },
    #[error("nothing was changed: you declined")]
    Declined,
    #[error("`{id}` does not keep the contract: {why}")]
    Conformance { id: String, why: String },
    #[error("the config `{path}` cannot be changed: {why}")]
    Config { path: String, why: String },
    #[error("{0}")]
    Refused(String),
}

impl RegistryError {
    /// Names a file or a folder and what the machine says of it.
    pub(crate) fn disk(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |error| Self::Disk { path, error }
    }

    /// Returns its stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Name { .. } => "ctx::registry::name",
            Self::Unknown(_) => "ctx::unknown::extension",
            Self::NoRegistry(_) => "ctx::unknown::registry",
            Self::LeadsOut { .. } => "ctx::registry::leads_out",
            Self::Clone(error) => match error {
                CloneError::Dirty { .. } => "ctx::registry::dirty",
                CloneError::Diverged { .. } => "ctx::registry::diverged",
                CloneError::Rewritten { .. } => "ctx::registry::rewritten",
                CloneError::Disk { .. } => "ctx::machine",
                CloneError::NoRepository { .. } => "ctx::registry::no_repository",
                CloneError::Broken { .. } => "ctx::registry::broken",
                CloneError::NoBranch { .. } => "ctx::registry::no_branch",
                CloneError::Address { .. } | CloneError::Unreachable { .. } => {
                    "ctx::registry::unreachable"
                }
            },
            Self::Download(_) => "ctx::registry::unreachable",
            Self::Disk { .. } => "ctx::machine",
            Self::Index { .. } => "ctx::registry::index",
            Self::TwoVersions { .. } => "ctx::registry::two_versions",
            Self::Conflict { .. } => "ctx::registry::conflict",
            Self::Cycle { .. } => "ctx::registry::cycle",
            Self::Yanked { .. } => "ctx::registry::yanked",
            Self::TooOld { .. } => "ctx::registry::too_old",
            Self::Digest { .. } | Self::Changed { .. } => "ctx::registry::digest",
            Self::Signature { .. } => "ctx::registry::signature",
            Self::Unsigned { .. } => "ctx::registry::unsigned",
            Self::Archive { .. } => "ctx::registry::archive",
            Self::Lock { .. } => "ctx::registry::lock",
            Self::Frozen { .. } => "ctx::registry::frozen",
            Self::Offline { .. } => "ctx::registry::offline",
            Self::Consent { .. } => "ctx::registry::consent",
            Self::Declined => "ctx::registry::declined",
            Self::Conformance { .. } => "ctx::registry::conformance",
            Self::Config { .. } => "ctx::config::invalid",
            Self::Refused(_) => "ctx::registry::refused",
        }
    }

    /// Whether the machine or the network failed, and the same may work later.
    pub fn is_failure(&self) -> bool {
        match self {
            Self::Disk { .. } | Self::Download(_) | Self::Conformance { .. } => true,
            Self::Clone(error) => matches!(
                error,
                CloneError::Unreachable { .. }
                    | CloneError::Disk { .. }
                    | CloneError::Broken { .. }
            ),
            _ => false,
        }
    }

    /// Says what to type next.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Name { .. } => "for example `ctx registry info connectors/jira`",
            Self::Unknown(_) => "run `ctx registry list` to see what there is",
            Self::NoRegistry(_) => {
                "run `ctx registry list`, or name it in the config under `[registries.NAME]`"
            }
            Self::LeadsOut { .. } => "tell who keeps the registry; nothing of that entry is used",
            Self::Clone(CloneError::Dirty { .. }) => {
                "commit or undo the changes there (`git -C PATH status`), or copy an extension with \
                 `ctx registry override` and change the copy"
            }
            Self::Clone(CloneError::Diverged { .. }) => {
                "push these commits or go back (`git -C PATH reset --hard @{upstream}`)"
            }
            Self::Clone(CloneError::Rewritten { .. }) => {
                "ask who keeps the registry why; if you trust it, delete the folder and run \
                 `ctx registry install`"
            }
            Self::Clone(CloneError::Unreachable { .. }) | Self::Download(_) => {
                "check the address and the network; what is installed goes on working"
            }
            Self::Disk { .. } | Self::Clone(CloneError::Disk { .. }) => {
                "check that the folder is yours and that the disk has room"
            }
            Self::Clone(_) => "check `url`, `branch` and `path` in `[registries]` of the config",
            Self::Index { .. } | Self::TwoVersions { .. } => {
                "tell who keeps the registry; `ctx registry verify PATH` shows the same"
            }
            Self::Conflict { .. } => {
                "widen a range, or remove what is in the way: `ctx registry remove TYPE/NAME`"
            }
            Self::Cycle { .. } => "tell their authors: one of them must do without the other",
            Self::Yanked { .. } => "run `ctx registry update` to take a version that was not",
            Self::TooOld { .. } => "update `ctx`, or name an older version: `TYPE/NAME@VERSION`",
            Self::Changed { .. } => {
                "see what was changed there, and run `ctx registry update` to use it as it is now"
            }
            Self::Digest { .. } | Self::Signature { .. } => {
                "do not use it; tell who keeps the registry"
            }
            Self::Unsigned { .. } => {
                "write `unsigned = \"allow\"` under its `[registries.NAME]` if you trust whoever may \
                 write to it"
            }
            Self::Archive { .. } => "tell its author to pack it with `ctx pack`",
            Self::Lock { .. } => "mend it, or run `ctx registry rollback`",
            Self::Frozen { .. } => "run the same without `--frozen`",
            Self::Offline { .. } => "run the same without `--offline`",
            Self::Consent { .. } => "read what it asks for, and add `--yes` if you agree",
            Self::Declined => "run it again to be asked again",
            Self::Conformance { .. } => "run `ctx conformance` on its folder to see more",
            Self::Config { .. } => "mend the config by hand",
            Self::Refused(_) => "see `ctx registry --help`",
        }
    }
}

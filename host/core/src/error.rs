//! Why the host does not start, and why a verb other than a call fails.

use ctx_model::{CallError, InvalidName, Refusal};
use ctx_sandbox::{CodeCacheError, SandboxError};
use ctx_store::{SearchError, StoreError};
use thiserror::Error;

use crate::config::ConfigError;

/// Why the host does not start.
#[derive(Debug, Error)]
pub enum OpenError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    #[error(transparent)]
    Cache(#[from] CodeCacheError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the folder `{path}` cannot be used: {error}")]
    Folder { path: String, error: std::io::Error },
}

/// Why a verb failed.
#[derive(Debug, Error)]
pub enum HostError {
    /// There is no `.ctx` here.
    #[error("there is no workspace in `{folder}`")]
    NoWorkspace { folder: String },
    /// Nobody turns texts into vectors here.
    #[error("nothing can be embedded: {why}")]
    NoEmbedder { why: String },
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Search(#[from] SearchError),
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// A grant that cannot be given.
    #[error("{0}")]
    Grant(String),
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A hook that must not fail did.
    #[error("{0}")]
    Hook(String),
    /// The operator wants no extension to be broken.
    #[error("`extensions.strict_mode` is set, and `{extension}` cannot be loaded: {why}")]
    Strict { extension: String, why: String },
}

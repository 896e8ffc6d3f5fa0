//! What an extension wants of a document: operations that hold together, and
//! what becomes of them where another extension wants something else.

use serde_json::Value;
use thiserror::Error;

use crate::effect::Misfit;
use crate::path::InvalidPath;

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Puts the value there.
    Set,
    /// Adds the number; what is absent counts as 0.
    Increment,
    /// Adds the value at the end; what is absent counts as an empty array.
    Append,
}

/// One operation of a transaction, as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    pub path: String,
    pub action: Action,
    /// What to set, by how much to increment, what to append.
    pub value: Option<Value>,
}

/// What becomes of a transaction that meets another one on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConflictPolicy {
    /// It gives way to whatever came before it.
    FirstWins,
    /// It takes the place of what came before it; what adds is added.
    LastWins,
    /// It takes the place of what has less weight.
    Weighted,
    /// Somebody else decides.
    Resolver,
}

impl ConflictPolicy {
    /// Returns its name in JSON and in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FirstWins => "first-wins",
            Self::LastWins => "last-wins",
            Self::Weighted => "weighted",
            Self::Resolver => "resolver",
        }
    }
}

/// Operations that hold together.
#[derive(Debug, Clone, PartialEq)]
pub struct Transaction {
    /// Its extension's own; the same one is never applied twice.
    pub id: String,
    pub operations: Vec<Operation>,
    pub policy: ConflictPolicy,
    /// 0 if it says none.
    pub weight: u32,
    /// `max`, `min`, `sum`, `union`, or what its extension calls it.
    pub resolver: Option<String>,
    /// An object.
    pub metadata: Option<Value>,
}

/// Operations of one transaction.
pub const MOST_OPERATIONS: usize = 1000;

/// Why a transaction is rejected, as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Invalid {
    #[error("it has no id")]
    NoId,
    #[error("it has no operation")]
    Empty,
    #[error("it has more than {MOST_OPERATIONS} operations")]
    TooMany,
    #[error(transparent)]
    Path(#[from] InvalidPath),
    #[error("`set` of `{0}` has no value")]
    NoValue(String),
    #[error("`increment` of `{0}` has no number to add")]
    NoNumber(String),
    #[error("`{above}` and `{below}` are in one transaction, and one contains the other")]
    Nested { above: String, below: String },
    #[error("`{path}`: {why}")]
    Misfit { path: String, why: Misfit },
    #[error("its policy is `resolver`, and it names none")]
    NoResolver,
    #[error("its metadata is no object")]
    Metadata,
}

//! State transactions: what many extensions want of one document, made one
//! change of it.
//!
//! Pure: no I/O, no clock, no guest. Who knows a resolver asks it between
//! [`Batch::questions`] and [`Batch::settle`]; who stores the outcome does so
//! with the version that the batch began from.

mod arbitrate;
mod batch;
mod effect;
mod path;
mod resolve;
mod settle;
mod transaction;

pub use batch::{Batch, Proposal};
pub use effect::Misfit;
pub use path::{InvalidPath, Path};
pub use resolve::{Candidate, Question, Ruling, ruling};
pub use settle::{Conflict, Fallback, Outcome, Settled, Verdict};
pub use transaction::{Action, ConflictPolicy, Invalid, MOST_OPERATIONS, Operation, Transaction};

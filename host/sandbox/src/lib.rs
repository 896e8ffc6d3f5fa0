//! The sandbox: a component, a grant and limits in; an answer and a bill out.
//!
//! Owns the engine, compiled code on disk, and everything that is lent to a
//! guest. It knows no config, no database and no terminal. Only this crate
//! names wasmtime.

mod adapt;
mod aot;
mod bindings;
mod budget;
mod clock;
mod command;
mod convert;
mod ending;
mod engine;
#[doc(hidden)]
pub mod fuzzed;
mod halting;
mod hooking;
mod laws;
mod lend;
mod meter;
mod pace;
mod prepare;
mod roles;
mod session;
mod snapshot;
mod state;
mod weight;

pub use adapt::abi_v1::{AbiModule, is_abi_v1};
pub use aot::{CodeCache, CodeCacheError};
pub use budget::{Capacity, Occupancy};
pub use command::CommandRun;
pub use engine::{Allocation, Sandbox, SandboxConfig, SandboxError};
pub use halting::{HALTS_WITHIN, Halting};
pub use lend::files::{Contents, Folder};
pub use prepare::{PrepareError, Prepared};
pub use roles::Description;
pub use roles::source::{ScanSession, ScanStart};
pub use snapshot::Unfit;
pub use state::{Injection, Lent, Loan, Ports, Script};

/// The version of the contract that this host speaks.
pub const CONTRACT: &str = "0.1.0";

//! What a guest can reach: one file for each import, and nothing else.
//!
//! Every lent function checks the grant when it is called, for scripts and
//! components alike; WASI itself is linked over an empty context.

pub(crate) mod caller;
pub(crate) mod changed;
mod clocks;
pub(crate) mod context;
pub(crate) mod env;
pub(crate) mod files;
pub(crate) mod http;
pub(crate) mod kv;
pub(crate) mod log;
pub(crate) mod script;
pub(crate) mod secrets;
pub(crate) mod settings;
pub(crate) mod stdio;
pub(crate) mod tokens;
mod walk;

use wasmtime::component::{HasSelf, Linker};

use crate::bindings::ctx::extension as imports;
use crate::state::State;

/// Links everything that can be lent.
pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    clocks::add_to_linker(linker)?;
    http::add_to_linker(linker)?;
    imports::types::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?;
    imports::asking::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?;
    imports::log::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?;
    imports::tokens::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?;
    imports::settings::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?;
    imports::caller::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?;
    imports::changed::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?;
    imports::env::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?;
    imports::files::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?;
    imports::kv::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?;
    imports::secrets::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?;
    imports::context::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?;
    imports::script::add_to_linker::<State, HasSelf<State>>(linker, |state| state)
}

// Interfaces that only hold types.
impl imports::types::Host for State {}
impl imports::asking::Host for State {}

/// Runs blocking work off the executor.
///
/// Fails only if the work panics or the runtime is shutting down, and either
/// ends the run.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> wasmtime::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| wasmtime::Error::msg(format!("the host failed: {error}")))
}

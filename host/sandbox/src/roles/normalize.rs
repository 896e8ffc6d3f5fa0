//! `normalize`: what should be different about a document.

use ctx_model::{HookOutput, HookRun, HookSubject};
use wasmtime::Store;
use wasmtime::component::Instance;

use crate::bindings::ctx::extension::types::Error;
use crate::bindings::exports::ctx::extension::normalize::GuestIndices;
use crate::hooking;
use crate::state::State;

pub(crate) async fn run(
    indices: &GuestIndices,
    store: &mut Store<State>,
    instance: &Instance,
    run: HookRun,
    subject: HookSubject,
) -> wasmtime::Result<Result<HookOutput, Error>> {
    let guest = indices.load(&mut *store, instance)?;
    let run = hooking::hook_run(run);
    Ok(guest.call_run(store, &run, &subject.kind, &subject.body).await?.map(hooking::delta))
}

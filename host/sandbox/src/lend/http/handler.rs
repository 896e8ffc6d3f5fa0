//! `outgoing-handler`: as in `wasmtime-wasi-http`, but for refusals, and for
//! answers that are played.
//!
//! There either is an answer like any other, and comes when a task gets its
//! turn: the same run would cost now more fuel and now less. Here a refusal is
//! known when the request is made, and a played answer when it is written.

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::p2::Pollable as _;
use wasmtime_wasi_http::p2::HttpResult;
use wasmtime_wasi_http::p2::bindings::LinkOptions;
use wasmtime_wasi_http::p2::bindings::http::outgoing_handler::Host as _;
use wasmtime_wasi_http::p2::bindings::http::types::{
    self, ErrorCode, Host as _, HostOutgoingBody as _, HostOutgoingRequest as _, OutgoingBody,
    RequestOptions, Trailers,
};
use wasmtime_wasi_http::p2::types::{HostFutureIncomingResponse, HostOutgoingRequest};
use wasmtime_wasi_http::{WasiHttp, WasiHttpView as _};

use crate::state::State;

/// The versions that `wasmtime-wasi-http` speaks; guests may speak an earlier
/// one of 0.2.
const HANDLER: &str = "wasi:http/outgoing-handler@0.2.12";
const TYPES: &str = "wasi:http/types@0.2.12";

type Request = Resource<HostOutgoingRequest>;
type Options = Option<Resource<RequestOptions>>;
type Handled = Result<Resource<HostFutureIncomingResponse>, ErrorCode>;
type Finished = (Resource<OutgoingBody>, Option<Resource<Trailers>>);

/// Links `wasi:http`.
pub(in crate::lend) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let options = LinkOptions::default();
    types::add_to_linker::<State, WasiHttp>(linker, &(&options).into(), State::http)?;
    linker.instance(HANDLER)?.func_wrap_async(
        "handle",
        |mut store: StoreContextMut<'_, State>, (request, options): (Request, Options)| {
            Box::new(async move {
                let state = store.data_mut();
                let rep = request.rep();
                let handled = handle(state, request, options)?;
                if let Ok(future) = &handled
                    && is_played(state)
                    && state.egress.open.sent(rep, future.rep())
                {
                    state.table.get_mut(future)?.ready().await;
                }
                Ok((handled,))
            })
        },
    )?;
    linker.allow_shadowing(true);
    let mut types = linker.instance(TYPES)?;
    types.func_wrap(
        "[method]outgoing-request.body",
        |mut store: StoreContextMut<'_, State>, (request,): (Request,)| {
            let (state, rep) = (store.data_mut(), request.rep());
            let body = state.http().body(request)?;
            if let Ok(body) = &body
                && is_played(state)
            {
                state.egress.open.body(rep, body.rep());
            }
            Ok((body,))
        },
    )?;
    types.func_wrap_async(
        "[static]outgoing-body.finish",
        |mut store: StoreContextMut<'_, State>, (body, trailers): Finished| {
            Box::new(async move {
                let (state, rep) = (store.data_mut(), body.rep());
                let finished = state.http().finish(body, trailers);
                if let Some(future) = state.egress.open.finished(rep) {
                    // The guest may have let go of it.
                    let future = Resource::<HostFutureIncomingResponse>::new_own(future);
                    if let Ok(future) = state.table.get_mut(&future) {
                        future.ready().await;
                    }
                }
                Ok((coded(state, finished)?,))
            })
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

/// Whether answers come from a play, and none from the network.
fn is_played(state: &State) -> bool {
    state.ports().network.exchanges().is_some_and(|play| !play.uses_network())
}

fn coded<T>(state: &mut State, result: HttpResult<T>) -> wasmtime::Result<Result<T, ErrorCode>> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error) => Ok(Err(state.http().convert_error_code(error)?)),
    }
}

fn handle(state: &mut State, request: Request, options: Options) -> wasmtime::Result<Handled> {
    // They are handed over, and `wasmtime-wasi-http` only looks at them: a run
    // of many requests would fill the table.
    let given = options.as_ref().map(|options| Resource::new_own(options.rep()));
    let handled = state.http().handle(request, options);
    if let Some(options) = given {
        let _: RequestOptions = state.table.delete(options)?;
    }
    match coded(state, handled)? {
        Err(code) => Ok(Err(code)),
        Ok(future) => {
            if let Some(error) = state.egress.refused.take() {
                *state.table.get_mut(&future)? = HostFutureIncomingResponse::Ready(Err(error));
            }
            Ok(Ok(future))
        }
    }
}

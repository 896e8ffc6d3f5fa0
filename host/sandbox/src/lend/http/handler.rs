//! `outgoing-handler`: as in `wasmtime-wasi-http`, but for refusals.
//!
//! There a refusal is an answer like any other, and comes when a task gets its
//! turn: the same run would cost now more fuel and now less. Here it is known
//! when the request is made.

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi_http::p2::bindings::LinkOptions;
use wasmtime_wasi_http::p2::bindings::http::outgoing_handler::Host as _;
use wasmtime_wasi_http::p2::bindings::http::types::{self, ErrorCode, Host as _, RequestOptions};
use wasmtime_wasi_http::p2::types::{HostFutureIncomingResponse, HostOutgoingRequest};
use wasmtime_wasi_http::{WasiHttp, WasiHttpView as _};

use crate::state::State;

/// The version that `wasmtime-wasi-http` speaks; guests may speak an earlier
/// one of 0.2.
const HANDLER: &str = "wasi:http/outgoing-handler@0.2.12";

type Request = Resource<HostOutgoingRequest>;
type Options = Option<Resource<RequestOptions>>;
type Handled = Result<Resource<HostFutureIncomingResponse>, ErrorCode>;

/// Links `wasi:http`.
pub(in crate::lend) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let options = LinkOptions::default();
    types::add_to_linker::<State, WasiHttp>(linker, &(&options).into(), State::http)?;
    linker.instance(HANDLER)?.func_wrap(
        "handle",
        |mut store: StoreContextMut<'_, State>, (request, options): (Request, Options)| {
            Ok((handle(store.data_mut(), request, options)?,))
        },
    )
}

fn handle(state: &mut State, request: Request, options: Options) -> wasmtime::Result<Handled> {
    // They are handed over, and `wasmtime-wasi-http` only looks at them: a run
    // of many requests would fill the table.
    let given = options.as_ref().map(|options| Resource::new_own(options.rep()));
    let handled = state.http().handle(request, options);
    if let Some(options) = given {
        let _: RequestOptions = state.table.delete(options)?;
    }
    match handled {
        Err(error) => Ok(Err(state.http().convert_error_code(error)?)),
        Ok(future) => {
            if let Some(error) = state.egress.refused.take() {
                *state.table.get_mut(&future)? = HostFutureIncomingResponse::Ready(Err(error));
            }
            Ok(Ok(future))
        }
    }
}

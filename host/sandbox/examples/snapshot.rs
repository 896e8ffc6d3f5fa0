//! Boots a component at build time and writes it down as it then is.
//!
//! `snapshot IN OUT` runs the export `init` of the component `IN` with frozen
//! clocks and fixed randomness, with every import of the host's a trap, and
//! writes the component to `OUT` without `init`. The same input gives the same
//! bytes on every machine. `cargo xtask lua` uses it for the Lua guest.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::process::ExitCode;
use std::time::Duration;

use http::{Request, Response};
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Instance, Linker, ResourceTable, ResourceType};
use wasmtime::error::Context as _;
use wasmtime::{Config, Engine, Result, Store};
use wasmtime_wasi::random::Deterministic;
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{
    Error, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView,
};
use wasmtime_wizer::Wizer;

/// The time that is frozen into a snapshot: 2025-01-01T00:00:00Z.
const NOW: Duration = Duration::from_hours(482_136);

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let [input, output] = arguments.as_slice() else {
        return fail("usage: snapshot IN.wasm OUT.wasm");
    };
    match run(input, output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => fail(&format!("{cause:?}")),
    }
}

#[expect(clippy::print_stderr, reason = "a build tool's only way to say what went wrong")]
fn fail(why: &str) -> ExitCode {
    eprintln!("{why}");
    ExitCode::FAILURE
}

fn run(input: &OsString, output: &OsString) -> Result<()> {
    let component = fs::read(input).with_context(|| format!("cannot read {}", input.display()))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .context("cannot start an async runtime")?;
    let snapshot = runtime.block_on(snapshot(&component))?;
    fs::write(output, snapshot).with_context(|| format!("cannot write {}", output.display()))
}

async fn snapshot(component: &[u8]) -> Result<Vec<u8>> {
    let mut config = Config::new();
    // Deterministic NaNs, so that no machine's own ones get into memory.
    config.cranelift_nan_canonicalization(true);
    let engine = Engine::new(&config)?;
    let mut store = Store::new(&engine, Frozen::new());
    let mut wizer = Wizer::new();
    wizer.init_func("init()");
    let (snapshot, _) = wizer.run_component(&mut store, component, instantiate).await?;
    Ok(snapshot)
}

async fn instantiate(store: &mut Store<Frozen>, component: &Component) -> Result<Instance> {
    let mut linker = Linker::new(store.engine());
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    trap_the_rest(&mut linker, component)?;
    linker.instantiate_async(store, component).await
}

/// Makes every import that is not WASI's a trap: a guest that opens something
/// of the host's now would hold a handle that means nothing later.
fn trap_the_rest(linker: &mut Linker<Frozen>, component: &Component) -> Result<()> {
    let engine = linker.engine().clone();
    for (interface, item) in component.component_type().imports(&engine) {
        let ComponentItem::ComponentInstance(kind) = item.ty else { continue };
        if interface.starts_with("wasi:") {
            continue;
        }
        let mut instance = linker.instance(interface)?;
        for (name, item) in kind.exports(&engine) {
            match item.ty {
                ComponentItem::ComponentFunc(_) => {
                    let called = format!("{interface}#{name}");
                    instance.func_new(name, move |_, _, _, _| {
                        wasmtime::bail!("`init` called the host: {called}")
                    })?;
                }
                ComponentItem::Resource(_) => {
                    instance.resource(name, ResourceType::host::<()>(), |_, _| Ok(()))?;
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// A WASI context with nothing in it, whose clocks stand still.
struct Frozen {
    context: WasiCtx,
    http: WasiHttpCtx,
    refusal: Refusal,
    table: ResourceTable,
}

impl Frozen {
    fn new() -> Self {
        let context = WasiCtx::builder()
            .wall_clock(Still)
            .monotonic_clock(Still)
            .secure_random(Deterministic::new(vec![0]))
            .insecure_random(Deterministic::new(vec![0]))
            .insecure_random_seed(0)
            .build();
        Self { context, http: WasiHttpCtx::new(), refusal: Refusal, table: ResourceTable::new() }
    }
}

impl WasiView for Frozen {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.context, table: &mut self.table }
    }
}

impl WasiHttpView for Frozen {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.refusal }
    }
}

/// Lets no request out.
struct Refusal;

type Answer = Box<dyn Future<Output = std::result::Result<(), Error>> + Send>;

impl WasiHttpHooks for Refusal {
    fn send_request(
        &mut self,
        _: Request<WasiBody>,
        _: Option<RequestOptions>,
        _: Answer,
    ) -> Box<dyn Future<Output = std::result::Result<(Response<WasiBody>, Answer), Error>> + Send>
    {
        Box::new(async { Err(Error::HttpRequestDenied) })
    }
}

struct Still;

impl HostWallClock for Still {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        NOW
    }
}

impl HostMonotonicClock for Still {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        0
    }
}

//! `wasi:clocks`: as in `wasmtime-wasi`, but for time that is played: there a
//! guest that sleeps moves the clock, and nobody waits.

use std::sync::Arc;
use std::time::Duration;

use ctx_model::PlayedTime;
use tokio::time::Instant;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::async_trait;
use wasmtime_wasi::clocks::WasiClocksView as _;
use wasmtime_wasi::p2::bindings::clocks::monotonic_clock::Host as _;
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};

use crate::state::State;

/// The version that `wasmtime-wasi` speaks.
const MONOTONIC: &str = "wasi:clocks/monotonic-clock@0.2.12";

/// Links what makes timers, over what WASI links.
pub(super) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    let mut clock = linker.instance(MONOTONIC)?;
    clock.func_wrap(
        "subscribe-instant",
        |mut store: StoreContextMut<'_, State>, (when,): (u64,)| {
            let state = store.data_mut();
            Ok((match state.ports().time.clone() {
                None => state.clocks().subscribe_instant(when)?,
                Some(time) => timer(state, time, Duration::from_nanos(when))?,
            },))
        },
    )?;
    clock.func_wrap(
        "subscribe-duration",
        |mut store: StoreContextMut<'_, State>, (length,): (u64,)| {
            let state = store.data_mut();
            Ok((match state.ports().time.clone() {
                None => state.clocks().subscribe_duration(length)?,
                Some(time) => {
                    let at = time.slept().saturating_add(Duration::from_nanos(length));
                    timer(state, time, at)?
                }
            },))
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

fn timer(
    state: &mut State,
    time: Arc<PlayedTime>,
    at: Duration,
) -> wasmtime::Result<Resource<DynPollable>> {
    let left = at.saturating_sub(time.slept());
    // A guest may sleep until the end of days.
    let due = if time.waits() { Instant::now().checked_add(left) } else { None };
    let timer = state.table.push(Timer { time, at, due })?;
    subscribe(&mut state.table, timer)
}

/// A point on the monotonic clock.
struct Timer {
    time: Arc<PlayedTime>,
    at: Duration,
    /// When it is that late, if sleeping takes its time.
    due: Option<Instant>,
}

#[async_trait]
impl Pollable for Timer {
    async fn ready(&mut self) {
        match self.due {
            Some(due) => tokio::time::sleep_until(due).await,
            None if self.time.waits() => std::future::pending().await,
            // Whatever else is waited for comes first: only if there is nothing
            // else does time go on.
            None => tokio::task::yield_now().await,
        }
        self.time.reach(self.at);
    }
}

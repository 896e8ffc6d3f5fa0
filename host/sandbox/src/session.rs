//! One instance: opened for one call or one scan, and never used again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ctx_model::{Limits, Refusal, Usage};
use wasmtime::component::Instance;
use wasmtime::{Engine, Store};

use crate::budget::Waiting;
use crate::ending::Ended;
use crate::engine::Sandbox;
use crate::halting::{Cut, HALTS_WITHIN, Halting, within};
use crate::prepare::Prepared;
use crate::state::{Lent, Loan, State};

/// How much fuel is burnt before the executor gets its turn: a fraction of a
/// millisecond of work, so that deadlines are met and others are served.
const TURN: u64 = 200_000;

/// Bytes that a guest may hand over at once, beside an answer: a request's
/// body, a value to keep.
const HANDED_OVER: u64 = 4 << 20;

pub(crate) struct Session {
    pub(crate) store: Store<State>,
    instance: Option<Instance>,
    fuel: u64,
    spent: u64,
    wall: Duration,
    halting: Option<Arc<dyn Halting>>,
    /// When it was last asked whether this run may go on.
    looked: Instant,
}

impl Session {
    /// Waits for a place and opens a store; nothing of the guest runs yet.
    ///
    /// Fails if there is no place, and somebody waits who is better told.
    pub(crate) async fn open(
        sandbox: &Sandbox,
        prepared: &Prepared,
        lent: Lent,
        limits: Limits,
        waiting: Waiting,
    ) -> Result<Self, Refusal> {
        Self::on(sandbox, prepared.pre.engine(), lent, limits, waiting).await
    }

    /// The same for what is no component.
    pub(crate) async fn on(
        sandbox: &Sandbox,
        engine: &Engine,
        lent: Lent,
        limits: Limits,
        waiting: Waiting,
    ) -> Result<Self, Refusal> {
        Self::over(sandbox, engine, State::new(lent, limits), waiting).await
    }

    /// The same for a command, which has streams.
    pub(crate) async fn of_command(
        sandbox: &Sandbox,
        prepared: &Prepared,
        state: State,
    ) -> Result<Self, Refusal> {
        Self::over(sandbox, prepared.pre.engine(), state, Waiting::Bounded).await
    }

    /// The same, with an eye on what is never the same twice. Whoever asks
    /// waits patiently.
    pub(crate) async fn watched(
        sandbox: &Sandbox,
        prepared: &Prepared,
        lent: Lent,
        limits: Limits,
    ) -> Result<Self, Refusal> {
        let engine = prepared.pre.engine();
        Self::over(sandbox, engine, State::watched(lent, limits), Waiting::Patient).await
    }

    async fn over(
        sandbox: &Sandbox,
        engine: &Engine,
        state: State,
        waiting: Waiting,
    ) -> Result<Self, Refusal> {
        let limits = state.meter.limits();
        let (fuel, time) = (limits.fuel, limits.time);
        // Twice the largest answer, so that one which is too large is named for
        // what it is.
        let handed_over = limits.output.saturating_mul(2).saturating_add(HANDED_OVER);
        let looked = Instant::now();
        let place = sandbox.budget.place(state.extension(), waiting, time).await?;
        let mut store = Store::new(engine, state);
        let state = store.data_mut();
        if let Some(wires) = place.wires() {
            state.egress.count_among(wires);
        }
        state.meter.hold(place);
        store.limiter(|state| &mut state.meter);
        store.set_hostcall_fuel(usize::try_from(handed_over).unwrap_or(usize::MAX));
        store.set_max_component_handles(20_000);
        store.set_fuel(fuel).expect("the engine meters fuel");
        store.fuel_async_yield_interval(Some(TURN)).expect("the engine meters fuel");
        let (wall, halting) = (Duration::ZERO, sandbox.halting.clone());
        Ok(Self { store, instance: None, fuel, spent: 0, wall, halting, looked })
    }

    /// Lets nobody halt it: it is run to learn what an extension is, and with
    /// nothing lent to it.
    pub(crate) fn unhalted(mut self) -> Self {
        self.halting = None;
        self
    }

    /// Fills the tank again, for the next page.
    pub(crate) fn refuel(&mut self, fuel: u64) {
        self.store.data_mut().meter.begin_page();
        self.spent += self.fuel.saturating_sub(self.left());
        self.fuel = fuel;
        self.store.set_fuel(fuel).expect("the engine meters fuel");
    }

    /// Instantiates if that has not been done, and runs one piece of work
    /// against a deadline.
    ///
    /// The work's own result is an answer or a failure of the extension; an
    /// error of wasmtime ends the run.
    pub(crate) async fn run<T, W>(
        &mut self,
        prepared: &Prepared,
        deadline: Duration,
        work: W,
    ) -> Ended<T>
    where
        W: AsyncFnOnce(&mut Store<State>, &Instance) -> wasmtime::Result<Ended<T>>,
    {
        let Some(turn) = self.turn() else { return Ended::Halted };
        let running = async {
            let instance = match self.instance {
                Some(instance) => instance,
                None => prepared.pre.instantiate_async(&mut self.store).await?,
            };
            self.instance = Some(instance);
            work(&mut self.store, &instance).await
        };
        let ended = ended(within(deadline, || turn.is_halted(), running).await, deadline);
        self.wall += turn.started.elapsed();
        ended
    }

    /// The same for a core module, which is instantiated anew.
    pub(crate) async fn run_module<T, W>(
        &mut self,
        module: &wasmtime::InstancePre<State>,
        deadline: Duration,
        work: W,
    ) -> Ended<T>
    where
        W: AsyncFnOnce(&mut Store<State>, &wasmtime::Instance) -> wasmtime::Result<Ended<T>>,
    {
        let Some(turn) = self.turn() else { return Ended::Halted };
        let running = async {
            let instance = module.instantiate_async(&mut self.store).await?;
            work(&mut self.store, &instance).await
        };
        let ended = ended(within(deadline, || turn.is_halted(), running).await, deadline);
        self.wall += turn.started.elapsed();
        ended
    }

    /// Begins a piece of work, unless nothing of it is to run. Each piece of a
    /// walk may be short, and the line for a place long.
    fn turn(&mut self) -> Option<Turn> {
        let started = Instant::now();
        let loan = self.store.data().lent.loan.clone();
        let turn = Turn { started, loan, halting: self.halting.clone() };
        if self.looked.elapsed() >= HALTS_WITHIN {
            self.looked = started;
            if turn.is_halted() {
                return None;
            }
        }
        Some(turn)
    }

    /// Returns what was spent so far.
    pub(crate) fn usage(&self) -> Usage {
        let meter = &self.store.data().meter;
        Usage {
            fuel: self.spent + self.fuel.saturating_sub(self.left()),
            peak_memory: meter.peak_memory,
            wall: self.wall,
            host_calls: meter.host_calls().made(),
        }
    }

    fn left(&self) -> u64 {
        self.store.get_fuel().expect("the engine meters fuel")
    }
}

/// One piece of work.
struct Turn {
    started: Instant,
    loan: Arc<Loan>,
    halting: Option<Arc<dyn Halting>>,
}

impl Turn {
    fn is_halted(&self) -> bool {
        self.halting.as_ref().is_some_and(|it| it.is_halted(&self.loan.extension))
    }
}

/// Says how a piece of work ended.
fn ended<T>(outcome: Result<wasmtime::Result<Ended<T>>, Cut>, deadline: Duration) -> Ended<T> {
    match outcome {
        Err(Cut::TimedOut) => Ended::TimedOut(deadline),
        Err(Cut::Halted) => Ended::Halted,
        Ok(Ok(ended)) => ended,
        Ok(Err(error)) => Ended::Stopped(error),
    }
}

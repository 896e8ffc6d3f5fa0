//! The engine and its settings, shared by everything that runs.

use std::sync::Arc;

use ctx_model::Limits;
use thiserror::Error;
use wasmtime::component::Linker;
use wasmtime::{
    Collector, Config, Enabled, Engine, Inlining, InstanceAllocationStrategy,
    PoolingAllocationConfig,
};

use crate::aot::CodeCache;
use crate::budget::{Budget, Capacity, Occupancy};
use crate::halting::Halting;
use crate::lend;
use crate::pace::Pace;
use crate::state::State;

/// Instances that there is ever room for, whatever the budget says.
///
/// Each pooled slot reserves 4 GiB of address space and no memory, so the
/// number is bounded by what a page table walk costs, not by RAM.
pub(crate) const INSTANCES: u32 = 256;

/// How instances get their memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allocation {
    /// From slots reserved at start.
    Pooling,
    /// From the system, for each instance: this machine's address space is too
    /// small for slots.
    OnDemand,
}

impl Allocation {
    /// Returns the word used in `/v1/capabilities`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pooling => "pooling",
            Self::OnDemand => "on-demand",
        }
    }
}

/// How to build a sandbox.
#[derive(Default)]
pub struct SandboxConfig {
    /// Where compiled code is kept; without it everything is compiled anew.
    pub cache: Option<CodeCache>,
    /// Whether slots are reserved even where the machine allows it. A process
    /// that makes a single call has no use for them.
    pub on_demand: bool,
    /// Who may stop what runs.
    pub halting: Option<Arc<dyn Halting>>,
}

/// Why there is no sandbox.
#[derive(Debug, Error)]
#[error("the WebAssembly engine does not start: {0}")]
pub struct SandboxError(String);

/// An engine, and what it lends to its guests.
#[derive(Clone)]
pub(crate) struct Lane {
    pub(crate) engine: Engine,
    pub(crate) linker: Arc<Linker<State>>,
}

/// The engines, what they lend, and where they keep compiled code. Cheap to
/// clone.
#[derive(Clone)]
pub struct Sandbox {
    pub(crate) components: Lane,
    /// Everybody's loops run in these. They are compiled with inlining, which
    /// takes a quarter off what they cost; it doubles the time of compiling,
    /// and components that a compiler has inlined already gain little.
    pub(crate) interpreters: Lane,
    pub(crate) cache: Option<Arc<CodeCache>>,
    pub(crate) budget: Arc<Budget>,
    pub(crate) pace: Arc<Pace>,
    pub(crate) halting: Option<Arc<dyn Halting>>,
    allocation: Allocation,
}

impl Sandbox {
    /// Starts the engine.
    pub fn new(config: SandboxConfig) -> Result<Self, SandboxError> {
        let (components, allocation) = Lane::new(Inlining::No, config.on_demand)?;
        let (interpreters, _) = Lane::new(Inlining::Yes, config.on_demand)?;
        Ok(Self {
            components,
            interpreters,
            cache: config.cache.map(Arc::new),
            budget: Arc::default(),
            // A process that makes a single call has nobody to hold up.
            pace: Arc::new(Pace::new(!config.on_demand)),
            halting: config.halting,
            allocation,
        })
    }

    /// Changes what all runs together may hold.
    pub fn set_capacity(&self, capacity: Capacity) {
        self.budget.set(capacity);
    }

    /// Returns what all runs together hold now.
    pub fn occupancy(&self) -> Occupancy {
        self.budget.occupancy()
    }

    /// Returns how instances get their memory.
    pub fn allocation(&self) -> Allocation {
        self.allocation
    }
}

impl Lane {
    fn new(inlining: Inlining, on_demand: bool) -> Result<(Self, Allocation), SandboxError> {
        let mut settings = settings();
        settings.compiler_inlining(inlining);
        let pooling = if on_demand { None } else { Engine::new(&pooled(settings.clone())).ok() };
        let (engine, allocation) = match pooling {
            Some(engine) => (engine, Allocation::Pooling),
            None => (Engine::new(&settings).map_err(failed)?, Allocation::OnDemand),
        };
        let mut linker = Linker::new(&engine);
        lend::add_to_linker(&mut linker).map_err(failed)?;
        Ok((Self { engine, linker: Arc::new(linker) }, allocation))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "passed to map_err")]
fn failed(error: wasmtime::Error) -> SandboxError {
    SandboxError(format!("{error:#}"))
}

fn settings() -> Config {
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .wasm_component_model(true)
        // A Lua error is an exception object, so a loop over failing `pcall`s
        // must be collected, not only counted.
        .collector(Collector::Copying)
        // Traps are reported by what the guest wrote to stderr; maps from
        // machine code to wasm would make compiled code half as large again.
        .generate_address_map(false)
        .wasm_backtrace_max_frames(None)
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .memory_init_cow(true);
    config
}

fn pooled(mut config: Config) -> Config {
    let mut pool = PoolingAllocationConfig::new();
    let most = usize::try_from(Limits::MAXIMUM.memory).unwrap_or(usize::MAX);
    pool.total_component_instances(INSTANCES)
        .total_core_instances(INSTANCES * 4)
        // A script has two: its own, and that of its exceptions.
        .total_memories(INSTANCES * 4)
        .total_tables(INSTANCES * 8)
        .total_stacks(INSTANCES)
        .total_gc_heaps(INSTANCES)
        .max_core_instances_per_component(16)
        .max_memories_per_component(4)
        .max_memories_per_module(4)
        .max_tables_per_component(8)
        .max_tables_per_module(8)
        .table_elements(20_000)
        .max_memory_size(most)
        .max_unused_warm_slots(32)
        // Only the pages that a call wrote are reset, in place: unmapping them
        // would cost each call its page faults anew, which is more than the
        // rest of a small call. Where the kernel cannot tell (before 6.7), the
        // lowest part is reset as a whole.
        .pagemap_scan(Enabled::Auto)
        .linear_memory_keep_resident(2 * 1024 * 1024)
        .table_keep_resident(64 * 1024)
        .async_stack_keep_resident(64 * 1024);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

//! What hooks are counted by: runs, time, what was left out and why, and what
//! became of state transactions.

use std::collections::VecDeque;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ctx_model::Phase;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Seconds: the budgets of the phases, and what is around them.
const BUCKETS: [f64; 13] =
    [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.025, 0.03, 0.04, 0.05, 0.1, 0.25, 1.0];

/// How far back the ratio of overhead looks.
const WINDOW: Duration = Duration::from_mins(5);

/// Samples that it looks at, at most.
const SAMPLES: usize = 4096;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ran {
    extension: String,
    hook: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Hook {
    extension: String,
    hook: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Skipped {
    extension: String,
    hook: &'static str,
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Failed {
    extension: String,
    code: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Overran {
    extension: String,
    r#type: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Decided {
    extension: String,
    policy: &'static str,
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InPhase {
    phase: &'static str,
}

type Seconds = Family<Hook, Histogram, fn() -> Histogram>;
type Ratios = Family<InPhase, Gauge<f64, AtomicU64>>;

/// The counters of hooks.
#[derive(Debug)]
pub(super) struct Hooks {
    ran: Family<Ran, Counter>,
    seconds: Seconds,
    skipped: Family<Skipped, Counter>,
    failed: Family<Failed, Counter>,
    overran: Family<Overran, Counter>,
    tokens: Family<Hook, Counter>,
    decided: Family<Decided, Counter>,
    ratios: Ratios,
    samples: Mutex<VecDeque<(Instant, Phase, Duration, Duration)>>,
}

impl Hooks {
    pub(super) fn new() -> Self {
        Self {
            ran: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            skipped: Family::default(),
            failed: Family::default(),
            overran: Family::default(),
            tokens: Family::default(),
            decided: Family::default(),
            ratios: Family::default(),
            samples: Mutex::default(),
        }
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "extension_hook_invocations",
            "Handlers of hooks, by how they ended",
            self.ran.clone(),
        );
        registry.register_with_unit(
            "extension_hook_duration",
            "How long handlers of hooks took",
            Unit::Seconds,
            self.seconds.clone(),
        );
        registry.register(
            "extension_disabled_invocations",
            "Handlers of hooks that were not run",
            self.skipped.clone(),
        );
        registry.register(
            "extension_hook_errors",
            "Handlers that gave nothing, by code",
            self.failed.clone(),
        );
        registry.register(
            "extension_budget_overrun",
            "Handlers that wanted more than they may",
            self.overran.clone(),
        );
        registry.register(
            "extension_tokens_added",
            "Tokens that handlers added",
            self.tokens.clone(),
        );
        registry.register(
            "extension_state_transactions",
            "State transactions, by what became of them",
            self.decided.clone(),
        );
        registry.register(
            "extension_overhead_ratio",
            "Time of hooks to the time of everything else, over five minutes",
            self.ratios.clone(),
        );
    }

    pub(super) fn ran(&self, extension: &str, phase: Phase, outcome: &'static str, wall: Duration) {
        let (extension, hook) = (extension.to_owned(), phase.as_str());
        self.ran.get_or_create(&Ran { extension: extension.clone(), hook, outcome }).inc();
        if outcome != "skipped" {
            self.seconds.get_or_create(&Hook { extension, hook }).observe(wall.as_secs_f64());
        }
    }

    pub(super) fn skipped(&self, extension: &str, phase: Phase, reason: &'static str) {
        let (extension, hook) = (extension.to_owned(), phase.as_str());
        self.skipped.get_or_create(&Skipped { extension, hook, reason }).inc();
    }

    pub(super) fn failed(&self, extension: &str, code: &'static str) {
        self.failed.get_or_create(&Failed { extension: extension.to_owned(), code }).inc();
    }

    pub(super) fn overran(&self, extension: &str, r#type: &'static str) {
        self.overran.get_or_create(&Overran { extension: extension.to_owned(), r#type }).inc();
    }

    pub(super) fn added(&self, extension: &str, phase: Phase, tokens: u32) {
        let (extension, hook) = (extension.to_owned(), phase.as_str());
        self.tokens.get_or_create(&Hook { extension, hook }).inc_by(tokens.into());
    }

    pub(super) fn decided(&self, extension: &str, policy: &'static str, result: &'static str) {
        let extension = extension.to_owned();
        self.decided.get_or_create(&Decided { extension, policy, result }).inc();
    }

    pub(super) fn phase(&self, phase: Phase, hooks: Duration, whole: Duration) {
        let mut samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        if samples.len() == SAMPLES {
            samples.pop_front();
        }
        samples.push_back((Instant::now(), phase, hooks, whole.saturating_sub(hooks)));
    }

    /// Brings the ratios up to date.
    pub(super) fn look(&self) {
        let mut samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        samples.retain(|(at, ..)| at.elapsed() <= WINDOW);
        for phase in Phase::ALL {
            let of = || samples.iter().filter(|(_, one, ..)| *one == phase);
            let hooks: Duration = of().map(|(_, _, hooks, _)| *hooks).sum();
            let rest: Duration = of().map(|(_, _, _, rest)| *rest).sum();
            if !rest.is_zero() {
                let ratio = hooks.as_secs_f64() / rest.as_secs_f64();
                self.ratios.get_or_create(&InPhase { phase: phase.as_str() }).set(ratio);
            }
        }
    }
}

//! What the process counts, for Prometheus: runs by extension and role, and
//! requests by route. Everything here is lost with the process; the journal
//! keeps what must last.

mod hooks;

use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use ctx_core::{Halted, Host, Observer, Occupancy};
use ctx_model::Phase;
use ctx_store::JournalEntry;
use hooks::Hooks;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Seconds: from a warm call of a component to the longest deadline.
const BUCKETS: [f64; 12] =
    [0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.01, 0.05, 0.25, 1.0, 5.0, 30.0, 300.0];

/// Which runs are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Runs {
    extension: String,
    role: &'static str,
}

/// Which failures are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Failures {
    extension: String,
    role: &'static str,
    kind: String,
}

/// Which requests are counted together. Routes, never paths: a client must
/// not be able to make the server count more and more things.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Requests {
    route: String,
    status: u16,
}

/// What does not run, and why: `disabled` or `paused`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Halts {
    extension: String,
    why: &'static str,
}

type Seconds = Family<Runs, Histogram, fn() -> Histogram>;

/// The counters, and the text of them.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    calls: Family<Runs, Counter>,
    running: Family<Runs, Gauge>,
    failures: Family<Failures, Counter>,
    seconds: Seconds,
    fuel: Family<Runs, Counter<u64, AtomicU64>>,
    peak: Family<Runs, Gauge<i64, AtomicI64>>,
    requests: Family<Requests, Counter>,
    halted: Family<Halts, Gauge>,
    loaded: Gauge,
    not_loaded: Gauge,
    hooks: Hooks,
    room: Room,
}

/// How full the host is.
#[derive(Debug, Default)]
struct Room {
    instances: Gauge,
    most_instances: Gauge,
    memory: Gauge,
    most_memory: Gauge,
    waiting: Gauge,
    refused: Gauge,
    connections: Gauge,
}

impl Room {
    fn register(&self, registry: &mut Registry) {
        for (name, help, gauge) in [
            ("instances", "Instances of extensions that are alive", &self.instances),
            ("instances_most", "Instances that may be alive at once", &self.most_instances),
            ("instances_memory_bytes", "Memory that they are sure of", &self.memory),
            ("instances_memory_most_bytes", "Memory that they may have", &self.most_memory),
            ("runs_waiting", "Runs that wait for a place", &self.waiting),
            ("connections", "Connections of extensions to elsewhere", &self.connections),
            ("runs_refused", "Runs that found no place, since the start", &self.refused),
        ] {
            registry.register(name, help, gauge.clone());
        }
    }

    fn look(&self, now: &Occupancy) {
        let big = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        self.instances.set(now.instances.into());
        self.most_instances.set(now.capacity.instances.into());
        self.memory.set(big(now.memory));
        self.most_memory.set(big(now.capacity.memory));
        self.waiting.set(big(now.waiting));
        self.connections.set(now.connections.into());
        self.refused.set(big(now.refused));
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Starts at nothing.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("ctx");
        let (calls, running, failures) = (Family::default(), Family::default(), Family::default());
        let seconds: Seconds = Family::new_with_constructor(|| Histogram::new(BUCKETS));
        let (fuel, peak, requests) = (Family::default(), Family::default(), Family::default());
        let halted = Family::default();
        registry.register("calls", "Runs of extensions that have ended", calls.clone());
        registry.register("calls_running", "Runs of extensions under way", running.clone());
        registry.register("failures", "Runs that did not end well, by kind", failures.clone());
        registry.register_with_unit(
            "call_duration",
            "How long runs took",
            Unit::Seconds,
            seconds.clone(),
        );
        registry.register("fuel", "Fuel that runs have burnt", fuel.clone());
        registry.register_with_unit(
            "peak_memory",
            "Memory of the hungriest run since the start",
            Unit::Bytes,
            peak.clone(),
        );
        registry.register("http_requests", "Requests that were answered", requests.clone());
        registry.register("extension_halted", "Extensions that do not run", halted.clone());
        let (loaded, not_loaded) = (Gauge::default(), Gauge::default());
        registry.register("extensions_loaded", "Extensions that are there", loaded.clone());
        registry.register(
            "extensions_failed",
            "Extensions that cannot be loaded",
            not_loaded.clone(),
        );
        let hooks = Hooks::new();
        hooks.register(&mut registry);
        let room = Room::default();
        room.register(&mut registry);
        Self {
            registry,
            calls,
            running,
            failures,
            seconds,
            fuel,
            peak,
            requests,
            halted,
            loaded,
            not_loaded,
            hooks,
            room,
        }
    }

    /// Counts a request.
    pub(crate) fn request(&self, route: &str, status: u16) {
        self.requests.get_or_create(&Requests { route: route.to_owned(), status }).inc();
    }

    /// Looks at what is not counted but is so at the moment.
    pub(crate) fn look(&self, host: &Host) {
        self.room.look(&host.occupancy());
        self.halted.clear();
        self.hooks.look();
        let Some(catalog) = host.current() else { return };
        self.loaded.set(i64::try_from(catalog.installed.len()).unwrap_or(i64::MAX));
        self.not_loaded.set(i64::try_from(catalog.problems.len()).unwrap_or(i64::MAX));
        for one in catalog.installed.values() {
            let why = match host.halted(one) {
                None => continue,
                Some(Halted::Disabled) => "disabled",
                Some(Halted::Paused { .. }) => "paused",
            };
            self.halted.get_or_create(&Halts { extension: one.name.to_string(), why }).set(1);
        }
    }

    /// Writes everything in the `OpenMetrics` text format.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a text cannot fail.
        let _written = encode(&mut text, &self.registry);
        text
    }
}

impl Observer for Metrics {
    fn began(&self, extension: &str, role: &'static str) {
        let runs = Runs { extension: extension.to_owned(), role };
        self.running.get_or_create(&runs).inc();
    }

    fn ended(&self, role: &'static str, entry: &JournalEntry) {
        let runs = Runs { extension: entry.extension.clone(), role };
        self.running.get_or_create(&runs).dec();
        self.calls.get_or_create(&runs).inc();
        self.fuel.get_or_create(&runs).inc_by(entry.fuel);
        #[expect(clippy::cast_precision_loss, reason = "microseconds of a run are far below 2^52")]
        self.seconds.get_or_create(&runs).observe(entry.wall_us as f64 / 1e6);
        let peak = i64::try_from(entry.peak_memory).unwrap_or(i64::MAX);
        self.peak
            .get_or_create(&runs)
            .inner()
            .fetch_max(peak, std::sync::atomic::Ordering::Relaxed);
        if entry.outcome != "ok" {
            let failures =
                Failures { extension: runs.extension, role, kind: entry.outcome.clone() };
            self.failures.get_or_create(&failures).inc();
        }
    }

    fn hook_ran(&self, extension: &str, phase: Phase, outcome: &'static str, wall: Duration) {
        self.hooks.ran(extension, phase, outcome, wall);
    }

    fn hook_failed(&self, extension: &str, code: &'static str) {
        self.hooks.failed(extension, code);
    }

    fn hook_skipped(&self, extension: &str, phase: Phase, reason: &'static str) {
        self.hooks.skipped(extension, phase, reason);
    }

    fn hook_overran(&self, extension: &str, budget: &'static str) {
        self.hooks.overran(extension, budget);
    }

    fn hook_added(&self, extension: &str, phase: Phase, tokens: u32) {
        self.hooks.added(extension, phase, tokens);
    }

    fn phase_ran(&self, phase: Phase, hooks: Duration, whole: Duration) {
        self.hooks.phase(phase, hooks, whole);
    }

    fn transaction(&self, extension: &str, policy: &'static str, result: &'static str) {
        self.hooks.decided(extension, policy, result);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hooks_do_shows_in_every_count() {
        let metrics = Metrics::new();
        let (phase, wall) = (Phase::PreChatTurn, Duration::from_millis(3));
        metrics.hook_ran("tags", phase, "ok", wall);
        metrics.hook_ran("tags", phase, "skipped", wall);
        metrics.hook_skipped("tags", phase, "kill_switch");
        metrics.hook_failed("tags", "EXT_BUSY");
        metrics.hook_overran("tags", "token");
        metrics.hook_added("tags", phase, 7);
        metrics.transaction("tags", "weighted", "partial");
        metrics.phase_ran(phase, Duration::from_millis(25), Duration::from_millis(125));
        metrics.hooks.look();
        let text = metrics.text();
        for line in [
            r#"ctx_extension_hook_invocations_total{extension="tags",hook="pre_chat_turn",outcome="ok"} 1"#,
            r#"ctx_extension_hook_duration_seconds_bucket{le="0.005",extension="tags",hook="pre_chat_turn"} 1"#,
            r#"ctx_extension_hook_duration_seconds_count{extension="tags",hook="pre_chat_turn"} 1"#,
            r#"ctx_extension_disabled_invocations_total{extension="tags",hook="pre_chat_turn",reason="kill_switch"} 1"#,
            r#"ctx_extension_hook_errors_total{extension="tags",code="EXT_BUSY"} 1"#,
            r#"ctx_extension_budget_overrun_total{extension="tags",type="token"} 1"#,
            r#"ctx_extension_tokens_added_total{extension="tags",hook="pre_chat_turn"} 7"#,
            r#"ctx_extension_state_transactions_total{extension="tags",policy="weighted",result="partial"} 1"#,
            r#"ctx_extension_overhead_ratio{phase="pre_chat_turn"} 0.25"#,
            "ctx_extensions_loaded 0",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn a_run_shows_in_every_count() {
        let metrics = Metrics::new();
        metrics.began("greet", "tool");
        assert!(metrics.text().contains(r#"ctx_calls_running{extension="greet",role="tool"} 1"#));
        metrics.ended(
            "tool",
            &JournalEntry {
                extension: "greet".to_owned(),
                outcome: "fuel".to_owned(),
                fuel: 7,
                peak_memory: 4096,
                wall_us: 300,
                ..JournalEntry::default()
            },
        );
        let text = metrics.text();
        for line in [
            r#"ctx_calls_running{extension="greet",role="tool"} 0"#,
            r#"ctx_calls_total{extension="greet",role="tool"} 1"#,
            r#"ctx_failures_total{extension="greet",role="tool",kind="fuel"} 1"#,
            r#"ctx_fuel_total{extension="greet",role="tool"} 7"#,
            r#"ctx_peak_memory_bytes{extension="greet",role="tool"} 4096"#,
            r#"ctx_call_duration_seconds_bucket{le="0.0005",extension="greet",role="tool"} 1"#,
            "# EOF",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}

//! Hooks: who listens and why in this order, and what came of a phase.

use ctx_core::{HookProblem, Listener, PhaseReport, RunReport, StateReport, TurnReport};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Json;

/// Somebody who listens to a phase.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Hook<'a> {
    pub phase: &'static str,
    pub extension: &'a str,
    pub handler: &'a str,
    /// Why it stands at this place.
    pub why: String,
    pub priority: i32,
    pub enabled: bool,
    pub max_ms: u64,
    pub max_tokens: u32,
    pub concurrency_limit: u32,
    /// What a failure means: `ignore` or `fail`.
    pub failure_policy: &'static str,
    /// Classes of data that it may see.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub data_classes: &'a [String],
    /// Classes that it asks for and may not see.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub withheld: &'a [String],
}

/// What came of a phase.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Phase<'a> {
    pub phase: &'static str,
    pub dry_run: bool,
    /// Keys that should be what they are here.
    #[schema(value_type = Object)]
    pub changes: &'a Map<String, Value>,
    pub snippets: &'a [String],
    pub tags: &'a [String],
    /// The draft as it should be.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub state: Option<HookState<'a>>,
    /// In the order in which they ran.
    pub runs: Vec<HookRun<'a>>,
    pub warnings: Vec<Warning<'a>>,
    pub wall_ms: f64,
}

/// How one handler ran.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HookRun<'a> {
    pub extension: &'a str,
    pub handler: &'a str,
    /// `ok`, `error`, `timeout` or `skipped`.
    pub outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub message: Option<&'a str>,
    pub wall_ms: f64,
}

/// Something that was left out, or went wrong and ended nothing.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Warning<'a> {
    pub extension: &'a str,
    /// `EXT_…`: stable.
    pub code: &'static str,
    pub message: &'a str,
    /// What the extension added, as any JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, nullable = false)]
    pub details: Option<Json<'a>>,
}

/// What became of the transactions of a phase.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HookState<'a> {
    pub tenant: &'a str,
    pub document: &'a str,
    /// The version that was stored; absent if nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub version: Option<u64>,
    /// What is new in it, by path.
    #[schema(value_type = Object)]
    pub changes: Map<String, Value>,
    #[schema(value_type = Object)]
    pub metadata: &'a Map<String, Value>,
    /// In order of precedence.
    pub transactions: Vec<StateTransaction<'a>>,
}

/// A transaction and what became of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StateTransaction<'a> {
    pub extension: &'a str,
    pub id: &'a str,
    pub policy: &'static str,
    /// `applied`, `partial`, `skipped`, `rejected` or `duplicate`.
    pub outcome: &'static str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub warnings: &'a [String],
}

/// What came of a turn.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Turn<'a> {
    pub text: &'a str,
    #[schema(value_type = Object)]
    pub metadata: &'a Map<String, Value>,
    /// Each phase, in order.
    pub phases: Vec<Phase<'a>>,
    /// Who drafted it.
    pub backend: &'static str,
    pub model_ms: f64,
    pub wall_ms: f64,
}

impl<'a> From<&'a Listener> for Hook<'a> {
    fn from(listener: &'a Listener) -> Self {
        let Listener { extension, phase, handler, .. } = listener;
        Self {
            phase: phase.as_str(),
            extension: extension.name.as_str(),
            handler,
            why: listener.why(),
            priority: listener.priority,
            enabled: listener.is_enabled,
            max_ms: u64::try_from(listener.time.as_millis()).unwrap_or(u64::MAX),
            max_tokens: listener.tokens,
            concurrency_limit: listener.concurrency,
            failure_policy: match phase.failure_policy() {
                ctx_model::FailurePolicy::Ignore => "ignore",
                ctx_model::FailurePolicy::Fail => "fail",
            },
            data_classes: &listener.scopes,
            withheld: &listener.withheld,
        }
    }
}

impl<'a> From<&'a PhaseReport> for Phase<'a> {
    fn from(report: &'a PhaseReport) -> Self {
        Self {
            phase: report.phase.as_str(),
            dry_run: report.dry_run,
            changes: &report.changes,
            snippets: &report.snippets,
            tags: &report.tags,
            text: report.text.as_deref(),
            state: report.state.as_ref().map(HookState::from),
            runs: report.runs.iter().map(HookRun::from).collect(),
            warnings: report.warnings.iter().map(Warning::from).collect(),
            wall_ms: report.wall.as_secs_f64() * 1e3,
        }
    }
}

impl<'a> From<&'a RunReport> for HookRun<'a> {
    fn from(run: &'a RunReport) -> Self {
        Self {
            extension: &run.extension,
            handler: &run.handler,
            outcome: run.outcome,
            code: run.code,
            message: run.message.as_deref(),
            wall_ms: run.wall.as_secs_f64() * 1e3,
        }
    }
}

impl<'a> From<&'a HookProblem> for Warning<'a> {
    fn from(problem: &'a HookProblem) -> Self {
        Self {
            extension: &problem.extension,
            code: problem.code,
            message: &problem.message,
            details: Json::present(problem.details.as_deref()),
        }
    }
}

impl<'a> From<&'a StateReport> for HookState<'a> {
    fn from(state: &'a StateReport) -> Self {
        let one = |verdict: &'a ctx_core::Verdict| StateTransaction {
            extension: &verdict.origin,
            id: &verdict.transaction,
            policy: verdict.policy.as_str(),
            outcome: verdict.outcome.as_str(),
            warnings: &verdict.warnings,
        };
        Self {
            tenant: &state.tenant,
            document: &state.document,
            version: state.version,
            changes: state.changes.iter().cloned().collect(),
            metadata: &state.metadata,
            transactions: state.verdicts.iter().map(one).collect(),
        }
    }
}

impl<'a> Turn<'a> {
    /// Shows what came of a turn.
    pub fn new(report: &'a TurnReport, backend: &'static str) -> Self {
        Self {
            text: &report.text,
            metadata: &report.metadata,
            phases: report.phases.iter().map(Phase::from).collect(),
            backend,
            model_ms: report.model.as_secs_f64() * 1e3,
            wall_ms: report.wall.as_secs_f64() * 1e3,
        }
    }
}

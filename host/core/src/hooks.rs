//! The pipeline of hooks: who listens to a phase runs in order, each within
//! its budgets, and one rule for each phase makes one outcome of it.
//!
//! A phase to which nobody listens costs one atomic load.

mod commit;
mod documents;
mod events;
mod gate;
mod merge;
mod outcome;
mod plan;
mod run;
mod scopes;
mod together;
mod turn;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use ctx_merge::Proposal;
use ctx_model::{Caller, Event, FailurePolicy, HookOutput, HookTransaction, Phase};
use serde_json::{Map, Value};

use crate::catalog::Catalog;
use crate::config::HookPolicy;
use crate::error::HostError;
use crate::host::Host;
pub use commit::StateReport;
pub(crate) use events::Queue;
use gate::Gates;
pub use outcome::{HookError, HookProblem, PhaseReport, RunReport};
pub use plan::Listener;
use plan::Plan;
use run::Ran;
pub use scopes::Classes;
use together::{One, together};
pub use turn::{ChatModel, Echo, TurnCall, TurnError, TurnReport};

/// What somebody asks of a phase.
#[derive(Debug, Clone, Default)]
pub struct PhaseCall {
    /// What the subject is: `document`, `turn`, `query`, or the caller's word.
    pub kind: String,
    /// A JSON object; a string for a query.
    pub subject: Value,
    pub context: HookContext,
    /// Classes of data by path in the subject.
    pub classes: Classes,
    /// The document of state that transactions change; the session's if it is
    /// absent.
    pub document: Option<String>,
    /// Whether to find out what would come of it, and keep nothing.
    pub dry_run: bool,
    pub caller: Caller,
}

/// On whose behalf a phase runs, and what all of it may spend.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HookContext {
    pub tenant: Option<String>,
    pub session: Option<String>,
    pub role: Option<String>,
    pub time_budget: Option<Duration>,
    pub token_budget: Option<u32>,
}

impl PhaseCall {
    /// Says which classes of data lie where in the subject.
    pub fn with_classes(
        mut self,
        classes: impl IntoIterator<Item = (String, Vec<String>)>,
    ) -> Result<Self, HookError> {
        self.classes = Classes::read(classes).map_err(HookError::Invalid)?;
        Ok(self)
    }
}

/// Who listens, as of the catalog and the config.
#[derive(Default)]
pub(crate) struct Hooking {
    /// A bit for each phase and event with a listener.
    bits: AtomicU32,
    plan: RwLock<Arc<Plan>>,
    gates: Gates,
    /// Whether nobody is to run, whoever listens.
    is_off: AtomicBool,
    pub(crate) queue: Queue,
}

/// Nobody has looked yet.
const UNKNOWN: u32 = 1 << 31;

impl Hooking {
    pub(crate) fn new() -> Self {
        Self { bits: AtomicU32::new(UNKNOWN), ..Self::default() }
    }

    /// Takes up who listens now.
    pub(crate) fn look(&self, catalog: &Catalog, policy: &HookPolicy) {
        let plan = Plan::new(catalog, policy, &self.gates);
        let bits = if self.is_off.load(Ordering::Acquire) { 0 } else { plan.bits() };
        *self.plan.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(plan);
        self.bits.store(bits, Ordering::Release);
    }

    /// Whether anybody hears of an event. Until somebody has looked, anybody
    /// may.
    fn hears(&self, event: Event) -> bool {
        self.bits.load(Ordering::Acquire) & (plan::event_bit(event) | UNKNOWN) != 0
    }

    fn plan(&self) -> Arc<Plan> {
        self.plan.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Host {
    /// Whether anybody listens to a phase, as far as that is known.
    pub(crate) fn listens(&self, phase: Phase) -> bool {
        self.hooking.bits.load(Ordering::Acquire) & (plan::phase_bit(phase) | UNKNOWN) != 0
    }

    /// Whether anybody hears of an event, as far as that is known.
    pub(crate) fn hears(&self, event: Event) -> bool {
        self.hooking.hears(event)
    }

    /// Lets hooks run, or none of them: the switch for all at once. Not kept.
    pub fn switch_hooks(&self, is_on: bool) {
        self.hooking.is_off.store(!is_on, Ordering::Release);
        let bits = match self.current() {
            _ if !is_on => 0,
            Some(_) => self.hooking.plan().bits(),
            None => UNKNOWN,
        };
        self.hooking.bits.store(bits, Ordering::Release);
    }

    /// Lists who takes part in a phase, in order.
    pub async fn listeners(&self, phase: Phase) -> Result<Vec<Arc<Listener>>, HostError> {
        self.catalog().await?;
        Ok(self.hooking.plan().of(phase).cloned().collect())
    }

    /// Returns what the operator says of hooks.
    pub fn hook_policy(&self) -> HookPolicy {
        self.authority().hook_policy().clone()
    }

    /// Runs all who take part in a phase, and makes one outcome of what they
    /// say.
    pub async fn run_phase(&self, phase: Phase, call: PhaseCall) -> Result<PhaseReport, HookError> {
        if !self.listens(phase) {
            return Ok(PhaseReport::nothing(phase, &call));
        }
        // Large, and seldom anything but nothing: kept out of whoever asks.
        Box::pin(self.run_listeners(phase, call)).await
    }

    async fn run_listeners(&self, phase: Phase, call: PhaseCall) -> Result<PhaseReport, HookError> {
        self.catalog().await?;
        let plan = self.hooking.plan();
        let is_strict = self.authority().hook_policy().strict_mode;
        let policy = if is_strict { FailurePolicy::Fail } else { phase.failure_policy() };
        let begun = Instant::now();
        let mut report = PhaseReport::nothing(phase, &call);
        let mut said: Vec<(Arc<Listener>, HookOutput)> = Vec::new();
        let mut refused = Vec::new();
        let left = || call.context.time_budget.map(|all| all.saturating_sub(begun.elapsed()));
        // Who changes nothing need not wait for those before him.
        let mut side_by_side = if phase.is_read_only() {
            let mut all: Vec<One<'_, Ran>> = Vec::new();
            for listener in plan.of(phase) {
                all.push(Box::pin(self.run_hook(listener, &call, left())));
            }
            together(all).await
        } else {
            Vec::new()
        }
        .into_iter();
        for listener in plan.of(phase) {
            let ran = match side_by_side.next() {
                Some(ran) => ran,
                None => self.run_hook(listener, &call, left()).await,
            };
            let Ran { report: ran, output } = ran;
            let problem = ran.problem();
            report.runs.push(ran);
            match (output, problem) {
                (Some(output), _) => said.push((listener.clone(), output)),
                (None, None) => {}
                // What a validator says is said, however strict anybody is.
                (None, Some(problem)) if policy == FailurePolicy::Fail => refused.push(problem),
                (None, Some(problem)) => report.warn(&problem),
            }
            // Validators all have their say; of the others the first ends it.
            if !refused.is_empty() && !phase.is_read_only() {
                return Err(HookError::Failed { phase, problem: refused.remove(0) });
            }
        }
        if !refused.is_empty() {
            return Err(HookError::Rejected { phase, problems: refused });
        }
        self.merge(&call, said, &mut report).await?;
        report.wall = begun.elapsed();
        Ok(report)
    }

    /// Makes one outcome of what all said.
    async fn merge(
        &self,
        call: &PhaseCall,
        said: Vec<(Arc<Listener>, HookOutput)>,
        report: &mut PhaseReport,
    ) -> Result<(), HookError> {
        let mut objects: Vec<(String, Map<String, Value>)> = Vec::new();
        let mut edits = Vec::new();
        let mut proposals: Vec<Proposal> = Vec::new();
        let budget = call.context.token_budget.unwrap_or(u32::MAX);
        for (listener, output) in said {
            let name = listener.extension.name.to_string();
            let hidden = call.classes.hidden(&listener.scopes);
            let (changes, more) = match output {
                HookOutput::Nothing => continue,
                HookOutput::Snippets { mut snippets, tags } => {
                    if merge::fit(&mut snippets, listener.tokens) {
                        report.over_tokens(&name, listener.tokens);
                        self.count(|observer| observer.hook_overran(&name, "token"));
                    }
                    self.count(|observer| {
                        let added = snippets.iter().map(|text| crate::tokens::count(text)).sum();
                        observer.hook_added(&name, report.phase, added);
                    });
                    report.snippets.extend(snippets);
                    merge::tags(&mut report.tags, tags);
                    continue;
                }
                HookOutput::Delta { changes, transactions } => (changes, transactions),
                HookOutput::Revision { edits: more, metadata, transactions } => {
                    for edit in more {
                        if hidden.iter().any(|path| path.to_string() == "text") {
                            report.scope_denied(&name, "text");
                        } else {
                            edits.push((name.clone(), edit));
                        }
                    }
                    (metadata, transactions)
                }
                HookOutput::Transactions(transactions) => (String::new(), transactions),
            };
            match object(&changes) {
                Ok(mut object) => {
                    object.retain(|key, _| {
                        let path: Result<ctx_merge::Path, _> = pointer(key).parse();
                        let is_hidden = path
                            .is_ok_and(|path| hidden.iter().any(|hidden| hidden.overlaps(&path)));
                        if is_hidden {
                            report.scope_denied(&name, key);
                        }
                        !is_hidden
                    });
                    objects.push((name.clone(), object));
                }
                Err(why) => report.bad_output(&name, &why),
            }
            self.propose(&listener, more, &hidden, report, &mut proposals);
        }
        if merge::fit(&mut report.snippets, budget) {
            report.over_tokens("all of them together", budget);
        }
        let (changes, lost) = merge::changes(objects);
        for (origin, key) in lost {
            report.lost(&origin, &key);
        }
        report.changes = changes;
        if report.phase == Phase::PostModelDraft {
            let text = call.subject["text"].as_str().unwrap_or_default();
            let (mut text, left_out) = merge::edited(text, edits);
            for (origin, why) in left_out {
                report.edit_left_out(&origin, why);
            }
            if crate::tokens::exceed(&text, budget) {
                text.truncate(crate::tokens::cut(&text, budget));
                report.over_tokens("the draft", budget);
            }
            report.text = Some(text);
        }
        if !proposals.is_empty() {
            self.apply(call, proposals, report).await?;
        }
        Ok(())
    }

    /// Takes down what a handler wants of the state, as far as it may.
    fn propose(
        &self,
        listener: &Listener,
        transactions: Vec<HookTransaction>,
        hidden: &[&ctx_merge::Path],
        report: &mut PhaseReport,
        proposals: &mut Vec<Proposal>,
    ) {
        let name = listener.extension.name.as_str();
        for transaction in transactions {
            let (id, policy) = (transaction.id.clone(), transaction.policy);
            let refused = if !listener.extension.hook_manifest.state_transactions {
                Err(("EXT_STATE_TX_UNSUPPORTED", UNSUPPORTED.to_owned()))
            } else if let Some(path) = scopes::written(&transaction, hidden) {
                Err(("EXT_SCOPE_DENIED", format!("it writes to `{path}`, which it may not see")))
            } else {
                commit::proposal(listener, transaction).map_err(|why| ("EXT_STATE_TX_INVALID", why))
            };
            match refused {
                Ok(proposal) => proposals.push(proposal),
                Err((code, why)) => {
                    self.count(|observer| observer.transaction(name, policy, "rejected"));
                    report.transaction_refused(name, &id, code, &why);
                }
            }
        }
    }
}

const UNSUPPORTED: &str = "its manifest does not say `state_transaction_support = true`";

/// Writes a key as a path that means this very key.
fn pointer(key: &str) -> String {
    format!("/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// Reads a JSON object; nothing is an empty one.
fn object(json: &str) -> Result<Map<String, Value>, String> {
    if json.is_empty() {
        return Ok(Map::new());
    }
    serde_json::from_str(json)
        .map_err(|error| format!("what it changes is no JSON object: {error}"))
}

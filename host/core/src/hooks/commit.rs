//! Transactions of hooks: merged with those of all others, held against the
//! validators, and committed once. A document's own become changes of it.

use ctx_merge::{
    Action, Batch, ConflictPolicy, Operation, Proposal, Question, Ruling, Settled, Transaction,
    ruling,
};
use ctx_model::{
    Event, ExtensionName, HookOperation, HookTransaction, Limits, Phase, ResolveCandidate,
    ResolveRequest,
};
use ctx_store::{LoggedTransaction, StateCommit};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::outcome::{HookError, PhaseReport};
use super::{Listener, PhaseCall};
use crate::authority::now;
use crate::bill::traced;
use crate::error::HostError;
use crate::host::Host;
use crate::sync::blocking;

/// Whose state it is if nobody says.
pub(super) const TENANT: &str = "default";

/// How often a merge begins anew because somebody else was faster.
const TRIES: usize = 4;

/// Bytes of a document of state.
const LARGEST: usize = 4 << 20;

/// Characters of a name that a caller gives.
const NAME: usize = 256;

/// What became of the transactions of a phase.
#[derive(Debug, Clone, PartialEq)]
pub struct StateReport {
    pub tenant: String,
    pub document: String,
    /// The version that was stored; absent if nothing was.
    pub version: Option<u64>,
    /// What is new in it, by path.
    pub changes: Vec<(String, Value)>,
    pub metadata: Map<String, Value>,
    pub verdicts: Vec<ctx_merge::Verdict>,
}

/// Reads a transaction as a guest gave it.
pub(super) fn proposal(listener: &Listener, given: HookTransaction) -> Result<Proposal, String> {
    let parsed = |json: Option<String>| {
        json.map(|json| serde_json::from_str(&json)).transpose().map_err(|error| error.to_string())
    };
    let operation = |operation: HookOperation| {
        Ok(Operation {
            action: match operation.action {
                "increment" => Action::Increment,
                "append" => Action::Append,
                _ => Action::Set,
            },
            value: parsed(operation.value)
                .map_err(|why| format!("the value of `{}` is no JSON: {why}", operation.path))?,
            path: operation.path,
        })
    };
    Ok(Proposal {
        origin: listener.extension.name.to_string(),
        rank: listener.rank,
        priority: listener.priority,
        transaction: Transaction {
            id: given.id,
            operations: given
                .operations
                .into_iter()
                .map(operation)
                .collect::<Result<_, String>>()?,
            policy: match given.policy {
                "last-wins" => ConflictPolicy::LastWins,
                "weighted" => ConflictPolicy::Weighted,
                "resolver" => ConflictPolicy::Resolver,
                _ => ConflictPolicy::FirstWins,
            },
            weight: given.weight,
            resolver: given.resolver,
            metadata: parsed(given.metadata).map_err(|why| format!("its metadata: {why}"))?,
        },
    })
}

impl Host {
    /// Returns a document of state: its version, and an object.
    pub async fn state_document(
        &self,
        tenant: Option<&str>,
        name: &str,
    ) -> Result<(u64, Value), HostError> {
        let (store, tenant) = (self.store()?.clone(), tenant.unwrap_or(TENANT).to_owned());
        let name = name.to_owned();
        let found = blocking(move || store.state_document(&tenant, &name)).await?;
        let value = found.value.and_then(|text| serde_json::from_str(&text).ok());
        Ok((found.version, value.unwrap_or_else(|| json!({}))))
    }

    /// Merges what was proposed and commits it: to what is normalized, which
    /// is still on its way, or to a document of state.
    pub(super) async fn apply(
        &self,
        call: &PhaseCall,
        proposals: Vec<Proposal>,
        report: &mut PhaseReport,
    ) -> Result<(), HookError> {
        if report.phase == Phase::Normalize {
            return self.apply_here(call, proposals, report).await;
        }
        let tenant = call.context.tenant.clone().unwrap_or_else(|| TENANT.to_owned());
        let named = call.document.clone().or_else(|| call.context.session.clone());
        let document = named.ok_or_else(|| {
            HookError::Invalid(
                "transactions need a document of state: name a `document` or a session".to_owned(),
            )
        })?;
        if [&tenant, &document].iter().any(|name| !(1..=NAME).contains(&name.chars().count())) {
            return Err(HookError::Invalid(format!(
                "the name of a tenant or a document has 1 to {NAME} characters"
            )));
        }
        let is_strict = self.authority().hook_policy().strict_mode;
        for _ in 0..TRIES {
            let (version, before) = self.state_document(Some(&tenant), &document).await?;
            let ids: Vec<_> = proposals
                .iter()
                .map(|one| (one.origin.clone(), one.transaction.id.clone()))
                .collect();
            let (store, of) = (self.store()?.clone(), tenant.clone());
            let seen = blocking(move || store.seen_transactions(&of, &ids)).await;
            let seen = seen.map_err(HostError::from)?;
            let known = |origin: &str, id: &str| seen.contains(&(origin.to_owned(), id.to_owned()));
            let batch = Batch::new(&before, proposals.clone(), known);
            let rulings = self.rule(call, &batch.questions()).await;
            let settled = match batch.settle(rulings, is_strict) {
                Ok(settled) => settled,
                Err(conflict) => return Err(self.conflicted(&proposals, conflict.to_string())),
            };
            let committed =
                self.commit(call, (&tenant, &document), version, &before, &settled).await?;
            if committed || call.dry_run {
                self.told(&settled, report);
                report.state = Some(StateReport {
                    tenant,
                    document,
                    version: committed.then_some(version + 1),
                    changes: shown(&settled),
                    metadata: settled.metadata,
                    verdicts: settled.verdicts,
                });
                return Ok(());
            }
        }
        let why = format!("others changed `{document}` {TRIES} times meanwhile; try again");
        Err(self.conflicted(&proposals, why))
    }

    /// Holds a change against the validators and stores it. Returns whether it
    /// was stored.
    async fn commit(
        &self,
        call: &PhaseCall,
        (tenant, document): (&str, &str),
        version: u64,
        before: &Value,
        settled: &Settled,
    ) -> Result<bool, HookError> {
        let value = settled.document.to_string();
        if value.len() > LARGEST {
            return Err(HookError::Conflict(format!(
                "`{document}` would have {} bytes, and {LARGEST} is the most",
                value.len()
            )));
        }
        self.validate("state", &settled.document, call).await?;
        if call.dry_run {
            return Ok(false);
        }
        let logged = settled.verdicts.iter().filter_map(|verdict| {
            let is_new = verdict.outcome != ctx_merge::Outcome::Duplicate;
            is_new.then(|| LoggedTransaction {
                extension: verdict.origin.clone(),
                id: verdict.transaction.clone(),
                outcome: verdict.outcome.as_str(),
            })
        });
        let commit = StateCommit {
            tenant: tenant.to_owned(),
            document: document.to_owned(),
            version,
            before_hash: Sha256::digest(before.to_string()).into(),
            after_hash: Sha256::digest(&value).into(),
            value,
            at: now(),
            transactions: logged.collect(),
        };
        if commit.transactions.is_empty() {
            // All of it was here before.
            return Ok(true);
        }
        let store = self.store()?.clone();
        let stored = blocking(move || store.commit_state(&commit)).await;
        let stored = stored.map_err(HostError::from)?;
        if stored {
            let fact = format!("{tenant}:{document}");
            self.fire(Event::KnowledgeUpdate, || json!({ "fact_id": fact }));
        }
        Ok(stored)
    }

    /// Has the validators look at what is about to be written.
    pub(crate) async fn validate(
        &self,
        kind: &str,
        subject: &Value,
        call: &PhaseCall,
    ) -> Result<(), HookError> {
        if !self.listens(Phase::PreSaveValidate) {
            return Ok(());
        }
        let call = PhaseCall { kind: kind.to_owned(), subject: subject.clone(), ..call.clone() };
        Box::pin(self.run_phase(Phase::PreSaveValidate, call)).await.map(drop)
    }

    /// Makes changes of what is normalized out of transactions on it.
    async fn apply_here(
        &self,
        call: &PhaseCall,
        proposals: Vec<Proposal>,
        report: &mut PhaseReport,
    ) -> Result<(), HookError> {
        let mut before = call.subject.clone();
        for (key, value) in &report.changes {
            before[key] = value.clone();
        }
        let is_strict = self.authority().hook_policy().strict_mode;
        let settled = {
            let batch = Batch::new(&before, proposals.clone(), |_, _| false);
            let rulings = self.rule(call, &batch.questions()).await;
            batch.settle(rulings, is_strict)
        };
        let settled =
            settled.map_err(|conflict| self.conflicted(&proposals, conflict.to_string()))?;
        for (path, _) in &settled.changes {
            let key = &path.keys()[0];
            if let Some(value) = settled.document.get(key) {
                report.changes.insert(key.clone(), value.clone());
            }
        }
        self.told(&settled, report);
        Ok(())
    }

    fn conflicted(&self, proposals: &[Proposal], why: String) -> HookError {
        for one in proposals {
            let policy = one.transaction.policy.as_str();
            self.count(|observer| observer.transaction(&one.origin, policy, "conflicted"));
        }
        HookError::Conflict(why)
    }

    fn told(&self, settled: &Settled, report: &mut PhaseReport) {
        for verdict in &settled.verdicts {
            let (policy, outcome) = (verdict.policy.as_str(), verdict.outcome.as_str());
            self.count(|observer| observer.transaction(&verdict.origin, policy, outcome));
            if let ctx_merge::Outcome::Rejected(why) = &verdict.outcome {
                let (origin, id) = (&verdict.origin, &verdict.transaction);
                report.transaction_refused(origin, id, "EXT_STATE_TX_INVALID", &why.to_string());
            }
        }
        for one in &settled.fallbacks {
            self.count(|observer| {
                observer.transaction(&one.asked_by, "resolver", "resolver_fallback");
            });
            let why =
                format!("`{}` did not decide about `{}`: {}", one.resolver, one.path, one.why);
            report.resolver_fell_back(&one.asked_by, why);
        }
    }

    /// Asks the resolvers of extensions, in order.
    async fn rule(&self, call: &PhaseCall, questions: &[Question]) -> Vec<Result<Ruling, String>> {
        let mut rulings = Vec::with_capacity(questions.len());
        for question in questions {
            rulings.push(Box::pin(self.ask(call, question)).await);
        }
        rulings
    }

    async fn ask(&self, call: &PhaseCall, question: &Question) -> Result<Ruling, String> {
        let catalog = self.catalog().await.map_err(|error| error.to_string())?;
        let found = catalog.extension(&question.asked_by).filter(|one| one.hooks.resolves);
        let extension =
            found.ok_or_else(|| format!("`{}` has no export `resolver`", question.asked_by))?;
        let caller = traced(call.caller.clone());
        let running = self.begin(extension, "hook", "resolver", &caller);
        let lent = match running.leave() {
            Ok(()) => self.lend(extension, caller).await,
            Err(refusal) => Err(refusal),
        };
        let receipt = match lent {
            Err(refusal) => ctx_model::Receipt::refused(refusal),
            Ok((prepared, lent)) => {
                let time = Phase::PrePersistTurn.ceiling();
                let limits = Limits { time, ..extension.limits.clone() };
                self.sandbox.resolve(&prepared, lent, limits, request(question)).await
            }
        };
        running.end(&receipt);
        let answer = receipt.outcome.map_err(|error| error.to_string())?;
        ruling(question, &answer)
    }
}

fn request(question: &Question) -> ResolveRequest {
    let candidate = |one: &ctx_merge::Candidate| {
        let operation = |operation: &Operation| HookOperation {
            path: operation.path.clone(),
            action: match operation.action {
                Action::Set => "set",
                Action::Increment => "increment",
                Action::Append => "append",
            },
            value: operation.value.as_ref().map(ToString::to_string),
        };
        ResolveCandidate {
            transaction: one.transaction.clone(),
            origin: ExtensionName::new(one.origin.as_str()).expect("the host gave it this name"),
            weight: one.weight,
            operations: one.operations.iter().map(operation).collect(),
        }
    };
    ResolveRequest {
        resolver: question.resolver.clone(),
        path: question.path.to_string(),
        current: question.current.as_ref().map(ToString::to_string),
        candidates: question.candidates.iter().map(candidate).collect(),
    }
}

fn shown(settled: &Settled) -> Vec<(String, Value)> {
    settled.changes.iter().map(|(path, value)| (path.to_string(), value.clone())).collect()
}

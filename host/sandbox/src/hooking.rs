//! Hooks: where the exports of each phase are, one run of one handler, and
//! what goes back and forth between the bindings and the model.

use std::collections::BTreeSet;

use ctx_model::{
    Edit, HookOperation, HookOutput, HookRun, HookSubject, HookTransaction, Limits, Phase, Receipt,
    ResolveCandidate, Role, Span,
};
use wasmtime::component::InstancePre;

use crate::bindings::ctx::extension::hooking;
use crate::bindings::exports::ctx::extension as exports;
use crate::budget::Waiting;
use crate::ending::Ended;
use crate::engine::Sandbox;
use crate::prepare::{PrepareError, Prepared, indices};
use crate::roles::{
    answer, normalize, not_played, post_model_draft, post_moderation, pre_chat_turn,
    pre_persist_turn, pre_save_validate, receipt, retrieval_enrichment, within_size,
};
use crate::session::Session;
use crate::state::{Lent, State};

/// Where the export of each phase is.
#[derive(Default)]
pub(crate) struct Phases {
    pub(crate) normalize: Option<exports::normalize::GuestIndices>,
    pub(crate) retrieval_enrichment: Option<exports::retrieval_enrichment::GuestIndices>,
    pub(crate) pre_save_validate: Option<exports::pre_save_validate::GuestIndices>,
    pub(crate) pre_chat_turn: Option<exports::pre_chat_turn::GuestIndices>,
    pub(crate) post_model_draft: Option<exports::post_model_draft::GuestIndices>,
    pub(crate) post_moderation: Option<exports::post_moderation::GuestIndices>,
    pub(crate) pre_persist_turn: Option<exports::pre_persist_turn::GuestIndices>,
}

/// The interfaces of phases.
pub(crate) const PLAYED: [&str; 7] = [
    "normalize",
    "retrieval-enrichment",
    "pre-save-validate",
    "pre-chat-turn",
    "post-model-draft",
    "post-moderation",
    "pre-persist-turn",
];

impl Phases {
    pub(crate) fn find(
        played: &BTreeSet<String>,
        pre: &InstancePre<State>,
    ) -> Result<Self, PrepareError> {
        Ok(Self {
            normalize: indices(played, "normalize", || exports::normalize::GuestIndices::new(pre))?,
            retrieval_enrichment: indices(played, "retrieval-enrichment", || {
                exports::retrieval_enrichment::GuestIndices::new(pre)
            })?,
            pre_save_validate: indices(played, "pre-save-validate", || {
                exports::pre_save_validate::GuestIndices::new(pre)
            })?,
            pre_chat_turn: indices(played, "pre-chat-turn", || {
                exports::pre_chat_turn::GuestIndices::new(pre)
            })?,
            post_model_draft: indices(played, "post-model-draft", || {
                exports::post_model_draft::GuestIndices::new(pre)
            })?,
            post_moderation: indices(played, "post-moderation", || {
                exports::post_moderation::GuestIndices::new(pre)
            })?,
            pre_persist_turn: indices(played, "pre-persist-turn", || {
                exports::pre_persist_turn::GuestIndices::new(pre)
            })?,
        })
    }

    /// Lists the phases that it takes part in.
    pub(crate) fn played(&self) -> Vec<Phase> {
        let plays = |phase: &Phase| match phase {
            Phase::Normalize => self.normalize.is_some(),
            Phase::RetrievalEnrichment => self.retrieval_enrichment.is_some(),
            Phase::PreSaveValidate => self.pre_save_validate.is_some(),
            Phase::PreChatTurn => self.pre_chat_turn.is_some(),
            Phase::PostModelDraft => self.post_model_draft.is_some(),
            Phase::PostModeration => self.post_moderation.is_some(),
            Phase::PrePersistTurn => self.pre_persist_turn.is_some(),
        };
        Phase::ALL.into_iter().filter(plays).collect()
    }
}

impl Sandbox {
    /// Runs one handler of a phase, in a fresh instance.
    pub async fn run_hook(
        &self,
        prepared: &Prepared,
        lent: Lent,
        limits: Limits,
        phase: Phase,
        run: HookRun,
        subject: HookSubject,
    ) -> Receipt<HookOutput> {
        let (deadline, most) = (limits.time, limits.output);
        let loan = lent.loan.clone();
        let mut session = match Session::open(self, prepared, lent, limits, Waiting::Bounded).await
        {
            Ok(session) => session,
            Err(refusal) => return Receipt::refused(refusal),
        };
        let prepared = prepared.clone();
        let work = async move {
            let ended = session
                .run(&prepared, deadline, async |store, instance| {
                    let hooks = &prepared.roles.phases;
                    let said = match phase {
                        Phase::Normalize => {
                            let indices = at(hooks.normalize.as_ref())?;
                            normalize::run(indices, store, instance, run, subject).await?
                        }
                        Phase::RetrievalEnrichment => {
                            let indices = at(hooks.retrieval_enrichment.as_ref())?;
                            retrieval_enrichment::run(indices, store, instance, run, subject)
                                .await?
                        }
                        Phase::PreSaveValidate => {
                            let indices = at(hooks.pre_save_validate.as_ref())?;
                            pre_save_validate::run(indices, store, instance, run, subject).await?
                        }
                        Phase::PreChatTurn => {
                            let indices = at(hooks.pre_chat_turn.as_ref())?;
                            pre_chat_turn::run(indices, store, instance, run, subject).await?
                        }
                        Phase::PostModelDraft => {
                            let indices = at(hooks.post_model_draft.as_ref())?;
                            post_model_draft::run(indices, store, instance, run, subject).await?
                        }
                        Phase::PostModeration => {
                            let indices = at(hooks.post_moderation.as_ref())?;
                            post_moderation::run(indices, store, instance, run, subject).await?
                        }
                        Phase::PrePersistTurn => {
                            let indices = at(hooks.pre_persist_turn.as_ref())?;
                            pre_persist_turn::run(indices, store, instance, run, subject).await?
                        }
                    };
                    let output = answer!(said);
                    let size = size(&output);
                    Ok(within_size(output, size, most))
                })
                .await;
            receipt(session, ended)
        };
        self.pace.drive(&loan.extension, work).await
    }
}

fn at<T>(indices: Option<&T>) -> wasmtime::Result<&T> {
    indices.ok_or_else(|| not_played(Role::Hook))
}

fn size(output: &HookOutput) -> u64 {
    let optional = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let all = |transactions: &[HookTransaction]| -> usize {
        let one = |transaction: &HookTransaction| {
            let operation = |one: &HookOperation| one.path.len() + optional(&one.value) + 16;
            let operations: usize = transaction.operations.iter().map(operation).sum();
            operations + transaction.id.len() + optional(&transaction.metadata) + 32
        };
        transactions.iter().map(one).sum()
    };
    let texts = |texts: &[String]| -> usize { texts.iter().map(|text| text.len() + 8).sum() };
    let bytes = match output {
        HookOutput::Nothing => 0,
        HookOutput::Delta { changes, transactions } => changes.len() + all(transactions),
        HookOutput::Snippets { snippets, tags } => texts(snippets) + texts(tags),
        HookOutput::Revision { edits, metadata, transactions } => {
            let edits: usize = edits.iter().map(|edit| edit.text.len() + 16).sum();
            edits + metadata.len() + all(transactions)
        }
        HookOutput::Transactions(transactions) => all(transactions),
    };
    bytes as u64
}

pub(crate) fn hook_run(run: HookRun) -> hooking::HookRun {
    hooking::HookRun {
        handler: run.handler,
        tenant: run.tenant,
        session: run.session,
        role: run.role,
        request: run.request,
        time_budget_ms: u32::try_from(run.time_budget.as_millis()).unwrap_or(u32::MAX),
        token_budget: run.token_budget,
        dry_run: run.dry_run,
    }
}

pub(crate) fn delta(delta: hooking::Delta) -> HookOutput {
    let transactions = delta.transactions.into_iter().map(transaction).collect();
    HookOutput::Delta { changes: delta.changes, transactions }
}

pub(crate) fn snippets(snippets: hooking::Snippets) -> HookOutput {
    HookOutput::Snippets { snippets: snippets.snippets, tags: snippets.tags }
}

pub(crate) fn revision(revision: exports::post_model_draft::Revision) -> HookOutput {
    let edit = |edit: exports::post_model_draft::Edit| Edit {
        span: Span { start: edit.span.start, end: edit.span.end },
        text: edit.text,
    };
    HookOutput::Revision {
        edits: revision.edits.into_iter().map(edit).collect(),
        metadata: revision.metadata,
        transactions: revision.transactions.into_iter().map(transaction).collect(),
    }
}

pub(crate) fn transactions(all: Vec<hooking::Transaction>) -> HookOutput {
    HookOutput::Transactions(all.into_iter().map(transaction).collect())
}

fn transaction(given: hooking::Transaction) -> HookTransaction {
    let operation = |operation: hooking::Operation| HookOperation {
        path: operation.path,
        action: match operation.action {
            hooking::Action::Set => "set",
            hooking::Action::Increment => "increment",
            hooking::Action::Append => "append",
        },
        value: operation.value,
    };
    HookTransaction {
        id: given.id,
        operations: given.operations.into_iter().map(operation).collect(),
        policy: match given.policy {
            hooking::ConflictPolicy::FirstWins => "first-wins",
            hooking::ConflictPolicy::LastWins => "last-wins",
            hooking::ConflictPolicy::Weighted => "weighted",
            hooking::ConflictPolicy::Resolver => "resolver",
        },
        weight: given.weight,
        resolver: given.resolver,
        metadata: given.metadata,
    }
}

pub(crate) fn candidate(given: ResolveCandidate) -> exports::resolver::Candidate {
    let operation = |operation: HookOperation| hooking::Operation {
        path: operation.path,
        action: match operation.action {
            "increment" => hooking::Action::Increment,
            "append" => hooking::Action::Append,
            _ => hooking::Action::Set,
        },
        value: operation.value,
    };
    exports::resolver::Candidate {
        id: given.transaction,
        origin: given.origin.to_string(),
        weight: given.weight,
        operations: given.operations.into_iter().map(operation).collect(),
    }
}

//! A turn of a conversation: the phases of a chat, in order, around whoever
//! drafts the answer. What a moderator says comes from the caller.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use ctx_model::{Phase, Secrets as _};
use serde_json::{Map, Value, json};
use thiserror::Error;

use super::{HookError, PhaseCall, PhaseReport};
use crate::config::ModelConfig;
use crate::host::Host;
use crate::lending::SecretFiles;

/// Somebody who drafts answers.
#[async_trait]
pub trait ChatModel: Send + Sync {
    /// Answers a conversation: objects with `role` and `content`.
    async fn draft(&self, messages: &[Value]) -> Result<String, String>;
}

/// A turn, as a caller asks for it.
#[derive(Debug, Clone, Default)]
pub struct TurnCall {
    /// Objects with `role` and `content`, the oldest first.
    pub messages: Vec<Value>,
    /// What a moderator says of the draft, if the caller has asked one.
    pub moderation: Option<Value>,
    /// What the caller knows of the turn.
    pub metadata: Map<String, Value>,
    /// On whose behalf, and with which budgets: those of all hooks together.
    pub call: PhaseCall,
}

/// What came of a turn.
#[derive(Debug, Clone, PartialEq)]
pub struct TurnReport {
    pub text: String,
    pub metadata: Map<String, Value>,
    /// Each phase, in order.
    pub phases: Vec<PhaseReport>,
    /// What the model took.
    pub model: Duration,
    pub wall: Duration,
}

/// Why there is no turn.
#[derive(Debug, Error)]
pub enum TurnError {
    #[error(transparent)]
    Hook(#[from] HookError),
    #[error("the model gave no draft: {0}")]
    Model(String),
}

impl Host {
    /// Returns who drafts answers, as the operator's config says.
    pub fn model_config(&self) -> ModelConfig {
        self.authority().word(ctx_model::Layer::User).model.clone()
    }

    /// Returns a secret for the program itself, which no guest sees.
    pub fn program_secret(&self, name: &str) -> Result<String, String> {
        SecretFiles(self.places.state.join("secrets"))
            .get(name)
            .map_err(|_| format!("there is no secret `{name}`; run `ctx secret set {name}`"))
    }

    /// Runs a turn: what hooks add, the draft, what hooks make of it, and what
    /// it changes.
    pub async fn turn(
        &self,
        turn: TurnCall,
        model: &dyn ChatModel,
    ) -> Result<TurnReport, TurnError> {
        let TurnCall { messages, moderation, metadata, call } = turn;
        let begun = Instant::now();
        let mut phases = Vec::new();
        let mut spent = Duration::ZERO;
        let shown = json!({ "messages": messages, "metadata": metadata });
        let before = self.phase_of_turn(&call, Phase::PreChatTurn, shown, &mut spent).await?;
        let told = told(&messages, &before.snippets);
        phases.push(before);
        let asked = Instant::now();
        let draft = model.draft(&told).await.map_err(TurnError::Model)?;
        let model_took = asked.elapsed();
        let mut metadata = metadata;
        let shown = json!({ "messages": messages, "text": draft, "metadata": metadata });
        let drafted = self.phase_of_turn(&call, Phase::PostModelDraft, shown, &mut spent).await?;
        let text = drafted.text.clone().unwrap_or(draft);
        add(&mut metadata, &drafted.changes);
        phases.push(drafted);
        let mut shown = json!({ "messages": messages, "text": text, "metadata": metadata });
        if let Some(moderation) = moderation {
            shown["moderation"] = moderation;
        }
        let moderated =
            self.phase_of_turn(&call, Phase::PostModeration, shown.clone(), &mut spent).await?;
        add(&mut metadata, &moderated.changes);
        phases.push(moderated);
        shown["metadata"] = Value::Object(metadata.clone());
        phases.push(self.phase_of_turn(&call, Phase::PrePersistTurn, shown, &mut spent).await?);
        let wall = begun.elapsed();
        if let Some(observer) = &self.observer {
            for report in &phases {
                observer.phase_ran(report.phase, report.wall, wall);
            }
        }
        Ok(TurnReport { text, metadata, phases, model: model_took, wall })
    }

    async fn phase_of_turn(
        &self,
        call: &PhaseCall,
        phase: Phase,
        subject: Value,
        spent: &mut Duration,
    ) -> Result<PhaseReport, HookError> {
        let mut call = PhaseCall { kind: "turn".to_owned(), subject, ..call.clone() };
        // All hooks of a turn share its time.
        let left = call.context.time_budget.map(|all| all.saturating_sub(*spent));
        call.context.time_budget = left;
        let report = self.run_phase(phase, call).await?;
        *spent += report.wall;
        Ok(report)
    }
}

/// Puts what hooks add before what was said.
fn told(messages: &[Value], snippets: &[String]) -> Vec<Value> {
    let mut told = Vec::with_capacity(messages.len() + 1);
    if !snippets.is_empty() {
        told.push(json!({ "role": "system", "content": snippets.join("\n\n") }));
    }
    told.extend(messages.iter().cloned());
    told
}

/// Adds keys that are not there yet.
fn add(metadata: &mut Map<String, Value>, more: &Map<String, Value>) {
    for (key, value) in more {
        metadata.entry(key).or_insert_with(|| value.clone());
    }
}

/// Says what was said last, perhaps after a while. What is no text it leaves
/// out, so it may say nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Echo {
    pub delay: Duration,
}

#[async_trait]
impl ChatModel for Echo {
    async fn draft(&self, messages: &[Value]) -> Result<String, String> {
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        Ok(messages.last().map(|message| text(&message["content"])).unwrap_or_default())
    }
}

/// Returns the text of a message, which may come in parts.
fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        _ => String::new(),
    }
}

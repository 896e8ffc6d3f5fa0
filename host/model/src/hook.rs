//! Hooks: the phases in which an extension takes part in somebody else's
//! work, and the events that it only hears of.

use std::time::Duration;

use crate::{ExtensionName, Json, Span};

/// A moment in which extensions change, add to, or refuse what is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// A document, before it is cut and stored.
    Normalize,
    /// The answer to a query, before it is given.
    RetrievalEnrichment,
    /// A document or a state, the last moment before it is written.
    PreSaveValidate,
    /// A turn of a conversation, before the model sees it.
    PreChatTurn,
    /// What the model wrote, before anybody reads it.
    PostModelDraft,
    /// The same, after it was moderated.
    PostModeration,
    /// A turn, before it is kept.
    PrePersistTurn,
}

/// What is done about a handler that fails or takes too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailurePolicy {
    /// Its output is left out, and everything goes on.
    Ignore,
    /// What was under way fails.
    Fail,
}

impl Phase {
    /// All phases, in the order in which they come.
    pub const ALL: [Self; 7] = [
        Self::Normalize,
        Self::RetrievalEnrichment,
        Self::PreSaveValidate,
        Self::PreChatTurn,
        Self::PostModelDraft,
        Self::PostModeration,
        Self::PrePersistTurn,
    ];

    /// Returns its name, in manifests, JSON and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Normalize => "normalize",
            Self::RetrievalEnrichment => "retrieval_enrichment",
            Self::PreSaveValidate => "pre_save_validate",
            Self::PreChatTurn => "pre_chat_turn",
            Self::PostModelDraft => "post_model_draft",
            Self::PostModeration => "post_moderation",
            Self::PrePersistTurn => "pre_persist_turn",
        }
    }

    /// Finds a phase by its name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == word)
    }

    /// Returns the most that one handler may take, unless the operator says.
    pub fn ceiling(self) -> Duration {
        // A person waits for a turn, and a sync for each of its documents.
        Duration::from_millis(match self {
            Self::Normalize => 50,
            Self::PreSaveValidate | Self::PreChatTurn => 40,
            Self::RetrievalEnrichment | Self::PrePersistTurn => 30,
            Self::PostModelDraft => 25,
            Self::PostModeration => 20,
        })
    }

    /// Returns what a failure means, unless the operator is strict.
    pub fn failure_policy(self) -> FailurePolicy {
        match self {
            // What nobody could check is not written.
            Self::PreSaveValidate => FailurePolicy::Fail,
            _ => FailurePolicy::Ignore,
        }
    }

    /// Whether its handlers only look, so that they may run side by side.
    pub fn is_read_only(self) -> bool {
        self == Self::PreSaveValidate
    }
}

/// Something that has happened. Who hears of it changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    SessionStart,
    SessionEnd,
    PreRead,
    PostCompress,
    KnowledgeUpdate,
    DocumentUpserted,
    DocumentRemoved,
    SyncFinished,
    ExtensionChanged,
}

impl Event {
    /// All events.
    pub const ALL: [Self; 9] = [
        Self::SessionStart,
        Self::SessionEnd,
        Self::PreRead,
        Self::PostCompress,
        Self::KnowledgeUpdate,
        Self::DocumentUpserted,
        Self::DocumentRemoved,
        Self::SyncFinished,
        Self::ExtensionChanged,
    ];

    /// Returns its name. The first five are LeanCTX's.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SessionStart => "on_session_start",
            Self::SessionEnd => "on_session_end",
            Self::PreRead => "pre_read",
            Self::PostCompress => "post_compress",
            Self::KnowledgeUpdate => "on_knowledge_update",
            Self::DocumentUpserted => "document.upserted",
            Self::DocumentRemoved => "document.removed",
            Self::SyncFinished => "sync.finished",
            Self::ExtensionChanged => "extension.changed",
        }
    }

    /// Finds an event by its name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == word)
    }
}

/// What an extension listens to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hooks {
    pub phases: Vec<Phase>,
    pub events: Vec<Event>,
    /// Whether it decides where transactions meet.
    pub resolves: bool,
}

impl Hooks {
    /// Whether it listens to nothing.
    pub fn is_empty(&self) -> bool {
        self.phases.is_empty() && self.events.is_empty() && !self.resolves
    }

    /// Names everything that it listens to.
    pub fn words(&self) -> Vec<String> {
        let phases = self.phases.iter().map(|phase| phase.as_str());
        let events = self.events.iter().map(|event| event.as_str());
        phases.chain(events).chain(self.resolves.then_some("resolver")).map(str::to_owned).collect()
    }

    /// Reads the names of what it listens to. Others are passed over.
    pub fn of<'a>(words: impl Iterator<Item = &'a str> + Clone) -> Self {
        Self {
            phases: words.clone().filter_map(Phase::parse).collect(),
            events: words.clone().filter_map(Event::parse).collect(),
            resolves: words.into_iter().any(|word| word == "resolver"),
        }
    }
}

/// One run of one handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookRun {
    pub handler: String,
    pub tenant: String,
    pub session: Option<String>,
    /// On whose behalf, in the words of the program that asks.
    pub role: Option<String>,
    pub request: String,
    pub time_budget: Duration,
    pub token_budget: Option<u32>,
    pub dry_run: bool,
}

/// What a handler is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookSubject {
    /// `document`, `state`, `query`, `turn` or what the caller says.
    pub kind: String,
    /// A JSON object; the text itself for a query.
    pub body: Json,
}

/// What a handler says.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum HookOutput {
    /// It looked, and has nothing against it.
    #[default]
    Nothing,
    /// Keys to set, and transactions.
    Delta {
        changes: Json,
        transactions: Vec<HookTransaction>,
    },
    /// Text to add, and words about it.
    Snippets {
        snippets: Vec<String>,
        tags: Vec<String>,
    },
    /// Pieces of the draft to replace, metadata, and transactions.
    Revision {
        edits: Vec<Edit>,
        metadata: Json,
        transactions: Vec<HookTransaction>,
    },
    Transactions(Vec<HookTransaction>),
}

/// A piece of a text to replace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub span: Span,
    pub text: String,
}

/// A state transaction as a guest writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookTransaction {
    pub id: String,
    pub operations: Vec<HookOperation>,
    /// `first-wins`, `last-wins`, `weighted` or `resolver`.
    pub policy: &'static str,
    pub weight: u32,
    pub resolver: Option<String>,
    pub metadata: Option<Json>,
}

/// One operation of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookOperation {
    pub path: String,
    /// `set`, `increment` or `append`.
    pub action: &'static str,
    pub value: Option<Json>,
}

/// What a resolver is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolveRequest {
    pub resolver: String,
    pub path: String,
    /// What is there now.
    pub current: Option<Json>,
    pub candidates: Vec<ResolveCandidate>,
}

/// One of those who want to change a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolveCandidate {
    pub transaction: String,
    pub origin: ExtensionName,
    pub weight: u32,
    pub operations: Vec<HookOperation>,
}

//! Hooks: one trait for each phase in which an extension takes part, and what
//! its handlers are given and say. `export!` takes any number of them.

use serde_json::{Map, Value};

use crate::bindings::lent::ctx::extension::{hooking, types};
use crate::bindings::{post_model_draft, resolver};
use crate::error::lower;
use crate::{Error, Result};

pub use hooking::{Action, ConflictPolicy, HookRun, Operation, Snippets, Transaction};
pub use post_model_draft::exports::ctx::extension::post_model_draft::{Edit, Revision};
pub use resolver::exports::ctx::extension::resolver::Candidate;
pub use types::Span;

/// Keys to set in what was shown, and transactions on it.
#[derive(Debug, Clone, Default)]
pub struct Delta {
    /// What the keys should be.
    pub changes: Map<String, Value>,
    /// What should become of the state.
    pub transactions: Vec<Transaction>,
}

/// Brings documents into shape before they are cut and stored.
pub trait Normalize {
    /// Looks at an entity and says which of its keys should be what.
    fn run(run: HookRun, kind: String, entity: Value) -> Result<Delta>;
}

/// Adds to the answer to a query.
pub trait RetrievalEnrichment {
    /// Adds text and tags to what was found.
    fn run(run: HookRun, query: String) -> Result<Snippets>;
}

/// Looks at what is about to be written.
pub trait PreSaveValidate {
    /// Fails if this must not be written; the error says why.
    fn run(run: HookRun, kind: String, data: Value) -> Result<()>;
}

/// Adds to what a model is told.
pub trait PreChatTurn {
    /// Adds text to what the model is told of a turn.
    fn run(run: HookRun, turn: Value) -> Result<Snippets>;
}

/// Edits what a model wrote.
pub trait PostModelDraft {
    /// Edits a draft, whose text is its key `text`.
    fn run(run: HookRun, draft: Value) -> Result<Revision>;
}

/// Adds to what is known of a moderated turn.
pub trait PostModeration {
    /// Says which keys of what is known of the turn should be what.
    fn run(run: HookRun, turn: Value) -> Result<Delta>;
}

/// Says what a turn changes.
pub trait PrePersistTurn {
    /// Returns what should become of the state that the turn belongs to.
    fn run(run: HookRun, turn: Value) -> Result<Vec<Transaction>>;
}

/// Decides where transactions meet that name one of its resolvers.
pub trait Resolver {
    /// Returns the ids of those that count, `extension/id` where two have one.
    fn resolve(
        resolver: &str,
        path: &str,
        current: Option<Value>,
        candidates: Vec<Candidate>,
    ) -> Result<Vec<String>>;
}

/// Hears of what has happened.
pub trait Observer {
    /// Hears of one event.
    fn observe(name: &str, payload: Value) -> Result<()>;
}

impl Delta {
    /// Says that nothing should be different.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// Says what a key should be.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.changes.insert(key.to_owned(), value.into());
        self
    }

    /// Adds a transaction.
    #[must_use]
    pub fn with_transaction(mut self, transaction: Transaction) -> Self {
        self.transactions.push(transaction);
        self
    }
}

impl Snippets {
    /// Adds nothing.
    pub fn nothing() -> Self {
        Self { snippets: Vec::new(), tags: Vec::new() }
    }

    /// Adds a text.
    #[must_use]
    pub fn with(mut self, snippet: impl Into<String>) -> Self {
        self.snippets.push(snippet.into());
        self
    }

    /// Adds a word about it.
    #[must_use]
    pub fn with_tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }
}

impl Revision {
    /// Leaves the draft as it is.
    pub fn nothing() -> Self {
        Self { edits: Vec::new(), metadata: "{}".to_owned(), transactions: Vec::new() }
    }

    /// Replaces a piece of the draft: bytes of its text, from where a character
    /// begins to where one ends.
    #[must_use]
    pub fn with_edit(mut self, start: u32, end: u32, text: impl Into<String>) -> Self {
        self.edits.push(Edit { span: Span { start, end }, text: text.into() });
        self
    }
}

impl Transaction {
    /// Begins a transaction with nothing in it, which gives way to what came
    /// before it. The same id is never applied twice.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            operations: Vec::new(),
            policy: ConflictPolicy::FirstWins,
            weight: 0,
            resolver: None,
            metadata: None,
        }
    }

    /// Says what becomes of it where it meets another one.
    #[must_use]
    pub fn policy(mut self, policy: ConflictPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Says how much it weighs.
    #[must_use]
    pub fn weight(mut self, weight: u32) -> Self {
        self.weight = weight;
        self
    }

    /// Leaves it to a resolver where it meets another one.
    #[must_use]
    pub fn resolver(mut self, name: impl Into<String>) -> Self {
        self.resolver = Some(name.into());
        self.policy(ConflictPolicy::Resolver)
    }

    /// Puts a value there.
    #[must_use]
    pub fn set(self, path: &str, value: impl Into<Value>) -> Self {
        self.with(path, Action::Set, &value.into())
    }

    /// Adds a number.
    #[must_use]
    pub fn increment(self, path: &str, by: impl Into<Value>) -> Self {
        self.with(path, Action::Increment, &by.into())
    }

    /// Adds a value at the end of a list.
    #[must_use]
    pub fn append(self, path: &str, value: impl Into<Value>) -> Self {
        self.with(path, Action::Append, &value.into())
    }

    fn with(mut self, path: &str, action: Action, value: &Value) -> Self {
        let (path, value) = (path.to_owned(), Some(value.to_string()));
        self.operations.push(Operation { path, action, value });
        self
    }
}

/// Reads what the host shows.
#[doc(hidden)]
pub fn shown(json: &str) -> Result<Value, types::Error> {
    serde_json::from_str(json)
        .map_err(|error| lower(Error::internal(format!("the host's JSON cannot be read: {error}"))))
}

/// Writes a delta for the host.
#[doc(hidden)]
pub fn lowered(delta: Delta) -> hooking::Delta {
    let changes = Value::Object(delta.changes).to_string();
    hooking::Delta { changes, transactions: delta.transactions }
}

/// Turns a failure into the contract's.
#[doc(hidden)]
pub fn failed(error: Error) -> types::Error {
    lower(error)
}

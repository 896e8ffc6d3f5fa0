//! A scene: extensions that all take part in one phase, what each of them
//! says, and what the host must make of it.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::{Table, Value};

/// Several who take part in a phase, and what must come of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scene {
    /// The phase, by its name.
    pub phase: String,
    pub players: Vec<Player>,
    /// What the operator says.
    #[serde(default)]
    pub config: Table,
    /// What it is about, as an object.
    #[serde(default)]
    pub subject: Table,
    /// What it is about, if that is a query.
    pub query: Option<String>,
    /// Classes of data, by path in the subject.
    #[serde(default)]
    pub classes: BTreeMap<String, Vec<String>>,
    /// The document of state before it.
    #[serde(default)]
    pub before: Table,
    /// How often it is played; the last time is what counts.
    #[serde(default = "once")]
    pub times: u32,
    /// Tokens that all together may add.
    pub token_budget: Option<u32>,
    pub expect: Expect,
}

/// Somebody who takes part.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Player {
    pub name: String,
    #[serde(default)]
    pub manifest: Table,
    /// Handlers in the order of its manifest; then `says` is by handler.
    #[serde(default)]
    pub handlers: Vec<String>,
    /// What it does: `answer`, or `fails` with these words, `spins`, `shows`
    /// the keys of a field, or `decides` as a resolver.
    #[serde(default)]
    pub says: Table,
    /// Whether the operator has disabled it.
    #[serde(default)]
    pub disabled: bool,
}

/// What must come of it. What is not said may be anything, but for warnings.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Each handler in order and how it ran: `a/run: ok`.
    pub ran: Option<Vec<String>>,
    pub changes: Option<Table>,
    pub snippets: Option<Vec<String>>,
    pub tags: Option<Vec<String>>,
    pub text: Option<String>,
    /// The document of state afterwards.
    pub state: Option<Table>,
    /// What the state is told beside it.
    pub metadata: Option<Table>,
    /// What became of each transaction: `a/1 = "applied"`.
    pub transactions: Option<BTreeMap<String, String>>,
    /// Codes of all that was left out.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// How it ends if not well: `rejected`, `failed` or `conflict`, with the
    /// codes of what was said against it.
    #[serde(default)]
    pub error: Vec<String>,
}

impl Player {
    /// Returns what it says, by handler.
    pub(crate) fn by_handler(&self) -> Table {
        if !self.handlers.is_empty() {
            return self.says.clone();
        }
        let mut all = Table::new();
        all.insert("run".to_owned(), Value::Table(self.says.clone()));
        all
    }

    /// Whether one of its handlers is meant to run out of time.
    pub(crate) fn spins(&self) -> bool {
        self.by_handler().values().any(|says| says.get("spins").is_some())
    }
}

fn once() -> u32 {
    1
}

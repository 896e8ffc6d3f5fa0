//! What leaves the process as JSON, told once for `--json`, REST and the
//! `OpenAPI` document: `snake_case`, absent rather than null, units in names.
//! Only borrowed views of what the host answers; they decide nothing.

mod block;
mod called;
mod capabilities;
mod checked;
mod contract;
mod hooks;
mod import;
mod installed;
mod journal;
mod json;
mod logs;
mod offers;
mod parts;
mod played;
mod policy;
mod reply;
mod search;
mod source;
#[cfg(test)]
mod tests;
mod time;
mod transform;
mod usage;
mod vectors;

pub use block::{Base64, Block, Resource};
pub use called::Called;
pub use capabilities::{Capabilities, Contracts, Engine, Names, Server};
pub use checked::{Conformance, ConformanceStatus};
pub use contract::{SCHEMA_AT, capabilities_schema};
pub use hooks::{Hook, HookRun, HookState, Phase, StateTransaction, Turn, Warning};
pub use import::Imported;
pub use installed::{
    Connector, Extension, Fault, Halted, Installed, Limits, NotLoaded, Origin, Powers, State,
    extensions,
};
pub use journal::JournalEntry;
pub use json::Json;
pub use logs::{LastFailure, LogLine, Runs};
pub use offers::{Adjusted, Agent, AgentArgument, Hints, Tool, agents, costs, facade_cost, tools};
pub(crate) use offers::{agents_within, tools_within};
pub use parts::{Part, Stability};
pub use played::{Embedder, Held, Listens, Transform};
pub use policy::{HookPolicy, Override, Performance, PhaseOverride};
pub use reply::{Ask, Message, Output, Prompt, PromptReply, Question, Questions, Reply};
pub use search::{
    Chunk, Document, Enrichment, Explanation, Hit, Hits, Mode, Notice, Ranked, Scores,
};
pub use source::{Skipped, Source, SourceStats, Stats, Synced};
pub use time::Time;
pub use transform::{Chunked, Compressed, Kept, View};
pub use usage::Usage;
pub use vectors::{Embeddings, VectorStatus};

//! The Model Context Protocol over `Host`: tools, agents as prompts, documents
//! and what extensions hold as resources. Both eras are spoken on one endpoint, the one with sessions
//! and the one without; whoever mounts it decides who may reach it.

mod ahead;
mod apps;
mod asking;
mod caller;
mod changes;
mod completing;
mod content;
mod cut;
mod direct;
mod documents;
pub(crate) mod facade;
mod gathered;
mod hearing;
mod held;
mod http;
mod kept;
pub(crate) mod listing;
mod outbox;
mod owner;
mod paced;
mod prompts;
mod refusal;
mod resources;
mod session;
mod sessions;
mod shape;
mod skills;
mod stdio;
mod subscriptions;
mod tasks;
pub(crate) mod tools;
mod view;

pub use http::{HttpOptions, HttpService, http};
pub use stdio::{stdio, streams};

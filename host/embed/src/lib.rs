//! A `ctx` of your own: connectors, tools and agents written in Rust, beside
//! the sandboxed ones. They run outside of any sandbox, are marked `native`
//! wherever they are shown, and are else treated like all others.
//!
//! The traits and their names are those of Context Harness, so code that was
//! written for it is carried over by changing its `use`.

#![warn(missing_docs)]

mod agent;
mod config;
mod connector;
mod context;
mod naming;
mod open;
mod server;
mod sync;
mod tool;

pub use agent::{Agent, AgentArgument, AgentPrompt, AgentRegistry, PromptMessage, TomlAgent};
pub use config::{Config, load_config, run_migrations};
pub use connector::{Connector, ConnectorRegistry, SourceItem};
pub use context::{
    DocumentChunk, DocumentResponse, SearchOptions, SearchResultItem, SourceStatus, ToolContext,
};
pub use ctx_model::{Failure, FailureKind, Hints};
pub use server::{run_server, run_server_with_connectors, run_server_with_extensions};
pub use sync::run_sync_with_extensions;
pub use tool::{Tool, ToolRegistry};

// What implementations of the traits name.
pub use anyhow;
pub use async_trait::async_trait;
pub use chrono;
pub use serde_json;

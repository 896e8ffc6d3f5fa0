//! Write extensions for ctx in Rust, with no `wit` in sight.
//!
//! An extension is a crate of type `cdylib`, compiled to `wasm32-wasip2`. It
//! implements [`Tool`], [`Connector`], [`Agent`], [`Resources`], [`Extractor`],
//! [`Embedder`], [`Compressor`], [`Chunker`] or [`ReadMode`], or several of
//! them, and hands them to [`export!`]:
//!
//! ```
//! use ctx_sdk::{Hints, Reply, Result, Schema, Tool, ToolInfo};
//! use serde::{Deserialize, Serialize};
//!
//! struct WordCount;
//!
//! #[derive(Deserialize)]
//! struct Arguments {
//!     text: String,
//! }
//!
//! #[derive(Serialize)]
//! struct Counts {
//!     words: usize,
//! }
//!
//! impl Tool for WordCount {
//!     const NAME: &'static str = "word_count";
//!     type Arguments = Arguments;
//!
//!     fn describe() -> ToolInfo {
//!         ToolInfo::new("Counts the words of a text")
//!             .input(Schema::object().required("text", Schema::string()))
//!             .output(Schema::object().required("words", Schema::integer()))
//!             .hints(Hints::READ_ONLY)
//!     }
//!
//!     fn call(arguments: Arguments) -> Result<Reply> {
//!         Reply::structured(&Counts { words: arguments.text.split_whitespace().count() })
//!     }
//! }
//!
//! ctx_sdk::export!(tools: [WordCount]);
//! # fn main() {}
//! ```
//!
//! What the host lends is a module each: [`log`], [`tokens`], [`settings`],
//! [`caller`] and [`changed`] are always there; [`env`](mod@env), [`files`], [`http`], [`kv`],
//! [`secrets`] and [`context`] answer [`Error::denied`] until the operator
//! grants what the manifest requests. A component imports only what it calls.

#![warn(missing_docs)]

#[doc(hidden)]
pub mod bindings;

mod error;
mod export;
mod media_type;
mod schema;
mod timestamp;
mod withheld;

pub mod agent;
pub mod asking;
pub mod block;
pub mod chunker;
pub mod completer;
pub mod compressor;
pub mod connector;
pub mod embedder;
pub mod extractor;
pub mod hooks;
pub mod read_mode;
pub mod resource;
pub mod tool;

pub mod caller;
pub mod changed;
pub mod context;
pub mod env;
pub mod files;
pub mod http;
pub mod kv;
pub mod log;
pub mod secrets;
pub mod settings;
pub mod tokens;

pub use agent::{Agent, AgentInfo, Prompt, PromptReply};
pub use asking::{Questions, Resumed};
pub use block::{Block, Message};
pub use chunker::{Budget, Chunk, ChunkRequest, Chunker, ChunkerInfo, Span};
pub use completer::{Choices, CompleteRequest, Completer};
pub use compressor::{CompressRequest, Compressor, CompressorInfo, Kept, Passage};
pub use connector::{Change, Connector, Content, Document, OpenError, Page, Scan, SourceInfo};
pub use embedder::{EmbedRequest, Embedded, Embedder, EmbedderInfo, Purpose};
pub use error::{Error, ErrorKind, Result};
pub use extractor::{ExtractRequest, Extracted, Extractor, ExtractorInfo};
pub use media_type::media_type;
pub use read_mode::{ReadMode, ReadModeInfo, View, ViewRequest};
pub use resource::{
    Contents, Holdings, ReadReply, ReadRequest, ResourceInfo, Resources, TemplateInfo,
};
pub use schema::Schema;
pub use timestamp::timestamp;
pub use tool::{Hints, Reply, TaskSupport, Tool, ToolInfo};
pub use withheld::Withheld;

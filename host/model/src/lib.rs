//! The nouns of `ctx`: plain data and the ports through which the host lends
//! things to extensions.
//!
//! No I/O, no async, no clock. Everything that crosses a crate boundary on the
//! native side is defined here; only the manifest is serializable.

mod address;
mod agent;
mod capability;
mod document;
mod embedding;
mod extension;
mod extraction;
mod failure;
mod hook;
mod limits;
mod manifest;
mod network;
mod played;
mod ports;
mod query;
mod reach;
mod redaction;
mod registry;
mod resource;
mod tool;
mod transform;

pub use address::{short_address, without_user};
pub use agent::{AgentArgument, AgentInfo, Message, Prompt, PromptReply, PromptRequest, Speaker};
pub use capability::{
    ContextGrant, Grant, HostPattern, HttpGrant, InvalidHostPattern, Origin, Policy,
};
pub use document::{
    Change, Chunk, Content, Document, DocumentId, InvalidDocumentId, OpenRequest, Page, Skipped,
    SourceInfo, Span,
};
pub use embedding::{EmbedRequest, Embedded, EmbedderInfo, Purpose};
pub use extension::{Digest, ExtensionName, Form, InvalidName, Layer, Role};
pub use extraction::{ExtractRequest, Extracted, ExtractorInfo};
pub use failure::{
    Broke, CallError, Denial, Failure, FailureKind, Limit, NamedBy, Outcome, Receipt, Refusal,
    Usage, shortened,
};
pub use hook::{
    Edit, Event, FailurePolicy, HookOperation, HookOutput, HookRun, HookSubject, HookTransaction,
    Hooks, Phase, ResolveCandidate, ResolveRequest,
};
pub use limits::{Limits, LimitsRequest, bytes, format_bytes, format_duration, seconds};
pub use manifest::{HookManifest, HookRequest, Inject, Manifest, Requests, SettingsSchema};
pub use network::{embedded_v4, is_metadata};
pub use played::{Answered, Exchanges, FilesHeard, HttpAnswer, HttpRequest, LentFile, PlayedTime};
pub use ports::{
    Caller, CheckedOut, Checkout, CheckoutError, CheckoutRequest, Clock, Context, ContextError,
    Environment, KeyPage, KeyValue, KeyValueError, Log, LogLevel, LogLine, Network, Progress,
    Secrets, SecretsError, Tokens,
};
pub use query::{
    Enrichment, Explanation, Hit, Hits, Mode, Notice, Query, Ranked, Scores, SourceStatus, Stored,
};
pub use reach::{InvalidPattern, Pattern, Reach};
pub use redaction::Redaction;
pub use registry::{Registered, Registries, Registry, RegistryPlaces, RegistryWatch, Trust};
pub use resource::{
    Choices, CompleteRequest, Contents, Filled, Holdings, Outdated, ReadReply, ReadRequest,
    ResourceInfo, TemplateInfo,
};
pub use tool::{
    Answer, AnswerOutcome, Ask, Block, BlockContent, CallRequest, EmbeddedContent, Hints, Output,
    Question, Questions, Reply, ResourceLink, Resumed, TaskSupport, ToolInfo,
};
pub use transform::{
    Budget, ChunkRequest, CompressRequest, InvalidBudget, Kept, Passage, TransformInfo, Transforms,
    View, ViewRequest,
};

/// JSON text. Parsed where something is decided by it, passed on elsewhere.
pub type Json = String;

/// Seconds since 1970-01-01T00:00:00Z.
pub type Timestamp = i64;

//! The verbs of the product: `Host`.
//!
//! Everything that a shell can do goes through `Host`, with plain data in and
//! out. No HTTP, no exit codes and no terminal are known here.

mod announce;
mod authority;
pub mod bearer;
mod bill;
mod call;
mod catalog;
mod chunk;
mod commands;
mod config;
mod conformance;
mod consent;
mod content;
mod decide;
mod decoding;
mod descriptions;
mod discover;
mod embed;
mod entries;
mod error;
mod finding;
mod foreign;
#[doc(hidden)]
pub mod fuzzed;
mod halts;
mod hints;
mod hooks;
mod host;
mod import;
mod inline;
mod install;
mod interpreter;
mod journal;
mod lending;
mod listing;
mod location;
mod manifest;
mod meaning;
mod native;
mod near;
mod pages;
mod places;
mod private;
mod prompt;
pub mod random;
mod readiness;
mod reading;
mod registries;
mod resource;
mod schema;
pub mod secrets;
mod shape;
mod snapshot;
mod source;
mod specifier;
mod sync;
pub mod token;
pub mod tokens;
mod transform;
mod transforms;
mod watch;
mod workspace;

pub use announce::Announced;
pub use bill::Observer;
pub use call::{Hearer, ToolCall};
pub use catalog::{Agent, Catalog, Installed, Problem, Requested, Standing, Tool};
pub use config::{
    Access, Allow, Answers, Broken, Ceiling, Config, ConfigError, Economy, EmbedderConfig, Engine,
    ExtensionConfig, Facade, HookOverride, HookPolicy, InlineAgent, Issuer, ModelConfig,
    Performance, PhaseOverride, Rate, ScriptEntry, SearchConfig, ShownValue, SourceConfig, Wanted,
};
pub use conformance::{Conformance, note_conformance};
pub use consent::{Consent, Granted};
pub use ctx_merge::Verdict;
pub use ctx_process::{Confinement, confinement};
pub use ctx_sandbox::{Capacity, Occupancy, Ports};
pub use ctx_store::ConformanceRow;
pub use discover::{BundledExtension, Looked, is_extension, look};
pub use embed::{EmbedOptions, EmbedReport, VectorStatus};
pub use error::{HostError, OpenError};
pub use halts::{Halted, PauseRule};
pub use hints::{Adjusted, Truth, Truths};
pub use hooks::{
    ChatModel, Classes, Echo, HookContext, HookError, HookProblem, Listener, PhaseCall,
    PhaseReport, RunReport, StateReport, TurnCall, TurnError, TurnReport,
};
pub use host::{Host, HostOptions, Revision, Tap};
pub use import::{ImportReport, set_aside};
pub use lending::no_log;
pub use manifest::{ManifestError, parse as parse_manifest, speaks};
pub use native::{
    NativeAgent, NativeConnector, NativeExtension, NativeScan, NativeSource, NativeTool,
    Surroundings, Transforms, builtin,
};
pub use places::{Places, PlacesError};
pub use prompt::PromptCall;
pub use registries::{ConfiguredRegistries, registries};
pub use resource::{CompletionCall, ResourceCall};
pub use shape::Shape;
pub use snapshot::Loading;
pub use source::Source;
pub use specifier::Unspecified;
pub use sync::{Onlooker, Preview, SyncEvent, SyncOptions, SyncReport};
pub use watch::{Edited, Watch};
pub use workspace::{check_config, init};

//! Native extensions: tools, agents and connectors that are part of the program
//! itself. They are trusted as it is and run outside of any sandbox; all else
//! about them is as with others: names, schemas, limits of time, the journal.

mod builtin;
mod desk;
mod installed;
mod run;
mod scan;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use ctx_model::{
    AgentInfo, CallRequest, Caller, Content, Context, ExtensionName, Failure, OpenRequest, Page,
    PromptReply, PromptRequest, Reply, SourceInfo, ToolInfo,
};

pub use builtin::builtin;
pub use desk::Transforms;
pub(crate) use installed::{as_wanted, join};
pub(crate) use scan::Scan;

/// An extension that is part of the program.
#[derive(Clone)]
pub struct NativeExtension {
    pub name: ExtensionName,
    pub version: Option<String>,
    pub description: Option<String>,
    pub tools: Vec<Arc<dyn NativeTool>>,
    pub agents: Vec<Arc<dyn NativeAgent>>,
    pub source: Option<NativeSource>,
    /// Whether it comes with every `ctx`: its tools keep their names, whatever
    /// others are called.
    pub(crate) is_builtin: bool,
}

/// A connector, and the source that there is without any config.
#[derive(Clone)]
pub struct NativeSource {
    /// What the source is called.
    pub label: String,
    pub connector: Arc<dyn NativeConnector>,
}

/// What a native run is given.
#[derive(Clone)]
pub struct Surroundings {
    /// The gathered documents.
    pub context: Arc<dyn Context>,
    /// What makes texts shorter, cuts them and looks at them.
    pub transforms: Transforms,
    /// On whose behalf it runs.
    pub caller: Caller,
}

/// A tool that is part of the program.
///
/// Each call has a thread of its own, so it may block. One that outlasts its
/// time is answered for, and dropped where it next waits.
#[async_trait]
pub trait NativeTool: Send + Sync {
    /// What it offers.
    fn info(&self) -> ToolInfo;
    /// Answers a call whose arguments fit its schema.
    async fn call(&self, request: CallRequest, around: Surroundings) -> Result<Reply, Failure>;
}

/// An agent that is part of the program.
#[async_trait]
pub trait NativeAgent: Send + Sync {
    /// What it offers.
    fn info(&self) -> AgentInfo;
    /// Prepares its prompt.
    async fn prompt(
        &self,
        request: PromptRequest,
        around: Surroundings,
    ) -> Result<PromptReply, Failure>;
}

/// A connector that is part of the program.
#[async_trait]
pub trait NativeConnector: Send + Sync {
    /// What it says of itself.
    fn info(&self) -> SourceInfo;
    /// Begins a walk.
    async fn open(
        &self,
        request: OpenRequest,
        around: Surroundings,
    ) -> Result<Box<dyn NativeScan>, Failure>;
}

/// A walk through a native connector's source.
#[async_trait]
pub trait NativeScan: Send {
    /// Gives the next page, of at most so many changes, or nothing at the end.
    async fn next(&mut self, most: u32) -> Result<Option<Page>, Failure>;
    /// Reads what a page has put off.
    async fn read(&mut self, id: &str) -> Result<Content, Failure>;
}

impl NativeExtension {
    /// Names an extension that does nothing yet.
    pub fn new(name: ExtensionName) -> Self {
        Self {
            name,
            version: None,
            description: None,
            tools: Vec::new(),
            agents: Vec::new(),
            source: None,
            is_builtin: false,
        }
    }
}

impl fmt::Debug for NativeExtension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NativeExtension").field("name", &self.name).finish_non_exhaustive()
    }
}

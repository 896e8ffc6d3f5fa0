//! One extension on trial: described twice, then installed on two fixture
//! hosts that are alike, with made-up settings and what a fixture can lend.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ctx_core::{
    CompletionCall, HookError, Host, HostError, Installed, PhaseCall, PhaseReport, Places, Problem,
    PromptCall, ResourceCall, Standing, SyncOptions, SyncReport, ToolCall,
};
use ctx_model::{
    AgentInfo, Caller, Choices, Chunk, ChunkRequest, CompleteRequest, CompressRequest, Denial,
    EmbedRequest, Embedded, EmbedderInfo, ExtensionName, ExtractRequest, Extracted, ExtractorInfo,
    Holdings, Kept, Phase, PromptReply, ReadReply, Receipt, Reply, Role, SourceInfo, ToolInfo,
    Transforms, View, ViewRequest, format_duration,
};
use serde_json::Value;
use toml::{Table, Value as Toml};

use crate::fixture::{Fixture, FixtureError, SAMPLE, Subject};
use crate::generate::{example, violation};
use crate::outcome;

/// The source that a trial walks, and one whose settings are wrong.
pub(crate) const SOURCE: &str = "trial";
pub(crate) const WRONG_SOURCE: &str = "wrong";

/// How long a call may take: a fixture lends nothing that is worth waiting for,
/// and no call has fuel for longer.
const LONGEST: Duration = Duration::from_secs(10);

/// Why there is no trial.
pub(crate) enum NoTrial {
    /// The suite or the machine is to blame.
    Fixture(FixtureError),
    /// The extension does not load: the words of `ctx ext list`.
    NotLoaded(Vec<Problem>),
}

impl From<FixtureError> for NoTrial {
    fn from(error: FixtureError) -> Self {
        Self::Fixture(error)
    }
}

/// An extension, and the hosts that it is tried on.
pub(crate) struct Trial {
    /// As it described itself with nothing granted.
    pub(crate) first: Arc<Installed>,
    pub(crate) standing: Standing,
    /// As it described itself again.
    pub(crate) again: Arc<Installed>,
    /// As it is installed on the second host: its code is of that host's engine.
    there: Arc<Installed>,
    /// Alike in everything. Whatever is asked of one is asked of the other, so
    /// that what the extension keeps is alike, too.
    hosts: [Host; 2],
    /// The property that is wrong in the settings of the wrong source.
    pub(crate) wrong_setting: Option<String>,
    denials: Mutex<BTreeSet<Denial>>,
    #[expect(dead_code, reason = "the folders go when the hosts are gone")]
    fixtures: [Fixture; 2],
}

/// What the same question came to on two hosts that are alike.
pub(crate) type Pair<T> = [Receipt<T>; 2];

/// What an extension says of itself, for comparison.
#[derive(PartialEq)]
pub(crate) struct Description<'a> {
    pub(crate) roles: &'a [Role],
    pub(crate) tools: Vec<&'a ToolInfo>,
    pub(crate) agents: Vec<&'a AgentInfo>,
    pub(crate) holdings: &'a Holdings,
    pub(crate) source: Option<&'a SourceInfo>,
    pub(crate) extractor: Option<&'a ExtractorInfo>,
    pub(crate) embedder: Option<&'a EmbedderInfo>,
    pub(crate) transforms: &'a Transforms,
}

/// Reads what an extension said of itself.
pub(crate) fn described(extension: &Installed) -> Description<'_> {
    Description {
        roles: &extension.roles,
        tools: extension.tools.iter().map(|tool| &tool.info).collect(),
        agents: extension.agents.iter().map(|agent| &agent.info).collect(),
        holdings: &extension.holdings,
        source: extension.source.as_ref(),
        extractor: extension.extractor.as_ref(),
        embedder: extension.embedder.as_ref(),
        transforms: &extension.transforms,
    }
}

impl Trial {
    /// Sets up a trial.
    pub(crate) async fn open(subject: Subject<'_>, code: Option<&Places>) -> Result<Self, NoTrial> {
        let mut fixtures = [Fixture::new(code)?, Fixture::new(code)?];
        for fixture in &fixtures {
            fixture.drop_in(subject)?;
        }
        let bare = fixtures[0].open(&Table::new())?;
        let first = only(&bare).await?;
        let standing = bare.standing(&first).map_err(FixtureError::from)?;
        drop(bare);
        let (config, wrong_setting) = config(&first);
        let hosts = [fixtures[0].open(&config)?, fixtures[1].open(&config)?];
        let again = only(&hosts[0]).await?;
        let there = only(&hosts[1]).await?;
        let denials = Mutex::default();
        Ok(Self { first, standing, again, there, hosts, wrong_setting, denials, fixtures })
    }

    /// Returns the extension's name.
    pub(crate) fn name(&self) -> &ExtensionName {
        &self.first.name
    }

    /// Calls a tool of it, on each of the two hosts.
    pub(crate) async fn call(&self, tool: &ToolInfo, arguments: &Value) -> Pair<Reply> {
        let call = ToolCall {
            tool: format!("{}/{}", self.name(), tool.name),
            arguments: arguments.clone(),
            resumed: None,
            caller: Caller::default(),
        };
        let [here, there] = &self.hosts;
        let (here, there) = tokio::join!(here.call(call.clone()), there.call(call));
        self.noting([here, there])
    }

    /// Has an agent of it prepare its prompt, on each of the two hosts.
    pub(crate) async fn prompt(&self, agent: &AgentInfo, arguments: &Value) -> Pair<PromptReply> {
        let call = PromptCall {
            agent: format!("{}/{}", self.name(), agent.name),
            arguments: arguments.clone(),
            resumed: None,
            caller: Caller::default(),
        };
        let [here, there] = &self.hosts;
        let (here, there) = tokio::join!(here.prompt(call.clone()), there.prompt(call));
        self.noting([here, there])
    }

    /// Has it turn a file into text, on each of the two hosts.
    pub(crate) async fn extract(&self, request: ExtractRequest) -> Pair<Extracted> {
        let [here, there] = &self.hosts;
        let caller = Caller::default;
        let (here, there) = tokio::join!(
            here.extract(&self.again, request.clone(), caller()),
            there.extract(&self.there, request, caller())
        );
        self.noting([here, there])
    }

    /// Reads what it holds at an address, on each of the two hosts.
    pub(crate) async fn read(&self, uri: &str) -> Pair<ReadReply> {
        let (uri, caller) = (uri.to_owned(), Caller::default());
        let call = ResourceCall { uri, resumed: None, caller };
        let [here, there] = &self.hosts;
        let (here, there) =
            tokio::join!(here.read_resource(call.clone(), None), there.read_resource(call, None));
        self.noting([here, there])
    }

    /// Asks it for values to choose from, on each of the two hosts.
    pub(crate) async fn complete(&self, request: &CompleteRequest) -> Pair<Choices> {
        let call = CompletionCall { request: request.clone(), caller: Caller::default() };
        let [here, there] = &self.hosts;
        let (here, there) = tokio::join!(here.complete(call.clone()), there.complete(call));
        self.noting([here, there])
    }

    /// Has it take part in a phase, on each of the two hosts. Nothing of it is
    /// kept.
    pub(crate) async fn phase(
        &self,
        phase: Phase,
        subject: Value,
    ) -> [Result<PhaseReport, HookError>; 2] {
        let call = PhaseCall {
            kind: "example".to_owned(),
            subject,
            document: Some("example".to_owned()),
            dry_run: true,
            ..PhaseCall::default()
        };
        let [here, there] = &self.hosts;
        let (here, there) =
            tokio::join!(here.run_phase(phase, call.clone()), there.run_phase(phase, call));
        [here, there]
    }

    /// Has it turn texts into vectors, on each of the two hosts.
    pub(crate) async fn embed(&self, request: EmbedRequest) -> Pair<Embedded> {
        let [here, there] = &self.hosts;
        let caller = Caller::default;
        let (here, there) = tokio::join!(
            here.embed(&self.again, request.clone(), caller()),
            there.embed(&self.there, request, caller())
        );
        self.noting([here, there])
    }

    /// Has it make passages shorter, on each of the two hosts.
    pub(crate) async fn compress(&self, request: CompressRequest) -> Pair<Vec<Kept>> {
        let [here, there] = &self.hosts;
        let caller = Caller::default;
        let (here, there) = tokio::join!(
            here.compress_by(&self.again, request.clone(), caller()),
            there.compress_by(&self.there, request, caller())
        );
        self.noting([here, there])
    }

    /// Has it cut a text, on each of the two hosts.
    pub(crate) async fn chunk(&self, request: ChunkRequest) -> Pair<Vec<Chunk>> {
        let [here, there] = &self.hosts;
        let caller = Caller::default;
        let ((_, here), (_, there)) = tokio::join!(
            here.chunk_by(&self.again, request.clone(), caller()),
            there.chunk_by(&self.there, request, caller())
        );
        self.noting([here, there])
    }

    /// Has it look at a text, on each of the two hosts.
    pub(crate) async fn view(&self, request: ViewRequest) -> Pair<View> {
        let [here, there] = &self.hosts;
        let caller = Caller::default;
        let (here, there) = tokio::join!(
            here.view_by(&self.again, request.clone(), caller()),
            there.view_by(&self.there, request, caller())
        );
        self.noting([here, there])
    }

    /// Walks a source of it, on each of the two hosts.
    pub(crate) async fn walk(
        &self,
        source: &str,
        full: bool,
    ) -> Result<Pair<SyncReport>, HostError> {
        let options = SyncOptions { full, ..SyncOptions::default() };
        let [here, there] = &self.hosts;
        let (mut ignored, mut also) = (|_| {}, |_| {});
        let (here, there) = tokio::join!(
            here.sync(source, &options, &mut ignored),
            there.sync(source, &options, &mut also)
        );
        Ok(self.noting([here?, there?]))
    }

    /// Returns what its runs were denied so far.
    pub(crate) fn denials(&self) -> Vec<Denial> {
        let denials = self.denials.lock().unwrap_or_else(PoisonError::into_inner);
        denials.iter().cloned().collect()
    }

    /// Notes what the runs were denied.
    fn noting<T>(&self, receipts: Pair<T>) -> Pair<T> {
        let mut noted = self.denials.lock().unwrap_or_else(PoisonError::into_inner);
        for error in receipts.iter().filter_map(|receipt| receipt.outcome.as_ref().err()) {
            noted.extend(outcome::denials(error).iter().cloned());
        }
        drop(noted);
        receipts
    }
}

/// Returns the one extension that is installed.
pub(crate) async fn only(host: &Host) -> Result<Arc<Installed>, NoTrial> {
    let catalog = host.catalog().await.map_err(FixtureError::from)?;
    let installed = catalog.installed.values().next().cloned();
    installed.ok_or_else(|| NoTrial::NotLoaded(catalog.problems.clone()))
}

/// Writes the operator's part: what a fixture has of its own it lends, and
/// nothing else. Returns what is wrong with the wrong source, if anything can
/// be.
fn config(extension: &Installed) -> (Table, Option<String>) {
    let mut own = Table::new();
    let mut allow = Table::new();
    if let Some(requests) = &extension.requests {
        // Keys and documents of a fixture are nobody's.
        allow.insert("kv".to_owned(), Toml::Boolean(requests.kv));
        allow.insert("context".to_owned(), requests.context.clone().into());
        let folders = requests.files.iter().filter_map(|text| named_folder(text));
        let folders: Vec<String> = folders.map(|name| format!("{name}={SAMPLE}")).collect();
        allow.insert("files".to_owned(), folders.into());
    }
    own.insert("allow".to_owned(), allow.into());
    if extension.limits.time > LONGEST {
        let time = format_duration(LONGEST);
        own.insert("limits".to_owned(), one("time", time.into()).into());
    }
    if let Some(settings) =
        extension.settings_schema.as_deref().and_then(parsed).map(|s| example(&s))
    {
        own.extend(table(&settings).map(|settings| ("settings".to_owned(), settings.into())));
    }
    let mut config = Table::new();
    let name = extension.name.to_string();
    config.insert("extension".to_owned(), one(&name, own.into()).into());
    let mut wrong_setting = None;
    if let Some(info) = &extension.source {
        let schema = parsed(&info.settings_schema).unwrap_or(Value::Bool(true));
        let mut sources = Table::new();
        let mut source = table(&example(&schema)).unwrap_or_default();
        lend_folders(extension, &mut source);
        source.insert("extension".to_owned(), name.clone().into());
        sources.insert(SOURCE.to_owned(), source.into());
        if let Some(found) = violation(&schema)
            && let Some(mut source) = table(&found.value)
        {
            source.insert("extension".to_owned(), name.into());
            sources.insert(WRONG_SOURCE.to_owned(), source.into());
            wrong_setting = Some(found.field);
        }
        config.insert("sources".to_owned(), sources.into());
    }
    (config, wrong_setting)
}

/// Points the settings that name a folder to the fixture's own.
fn lend_folders(extension: &Installed, settings: &mut Table) {
    let requests = extension.requests.as_ref();
    for text in requests.into_iter().flat_map(|requests| &requests.files) {
        let setting = text.strip_prefix("read:{").and_then(|rest| rest.strip_suffix('}'));
        if let Some(setting) = setting {
            settings.insert(setting.to_owned(), SAMPLE.into());
        }
    }
}

/// Returns the name of a folder that a grant would name.
fn named_folder(request: &str) -> Option<&str> {
    let name = request.strip_prefix("read:").unwrap_or(request);
    (!name.starts_with('.') && !name.contains('{')).then_some(name)
}

fn one(name: &str, value: Toml) -> Table {
    let mut table = Table::new();
    table.insert(name.to_owned(), value);
    table
}

fn table(value: &Value) -> Option<Table> {
    Table::try_from(value).ok()
}

fn parsed(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

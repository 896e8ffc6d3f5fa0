//! What a client is given: one `Session` for as long as it stays, or one for
//! each request of a client without sessions. Each verb is one line here and
//! has a file of its own.

#![expect(deprecated, reason = "older clients are told log lines, and watch resources")]

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ::http::request::Parts;
use ctx_core::{Facade, Host};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CancelTaskParams, CompleteRequestParams,
    CompleteResult, CustomRequest, CustomResult, ErrorCode, GetPromptRequestParams,
    GetPromptResponse, GetSkillRequestParams, GetSkillResult, GetTaskParams, GetTaskResult,
    Implementation, InitializeRequestParams, InitializeResult, ListPromptsResult,
    ListResourceTemplatesResult, ListResourcesResult, ListSkillsResult, ListToolsResult,
    LoggingLevel, PaginatedRequestParams, ReadResourceDirectoryRequestParams,
    ReadResourceDirectoryResult, ReadResourceRequestParams, ReadResourceResponse,
    ServerCapabilities, ServerConfig, SetLevelRequestParams, SubscribeRequestParams,
    SubscriptionFilter, Tool, UnsubscribeRequestParams, UpdateTaskParams,
};
use rmcp::service::{NotificationContext, RequestContext, SubscriptionContext};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::asking::Seal;
use super::caller::{self, Client};
use super::changes::Watched;
use super::documents::Documents;
use super::kept::Kept;
use super::listing::Listed;
use super::owner::Owner;
use super::subscriptions::Subscriptions;
use super::tasks::Tasks;
use super::{
    apps, changes, completing, documents, facade, prompts, refusal, resources, skills, tools,
};

/// A model reads this before anything else.
const INSTRUCTIONS: &str = "ctx runs the tools of sandboxed extensions over the documents that \
    this workspace has gathered. Call a tool to search or to act; its schema says what it needs, \
    and an error says what to do next. Documents are resources at ctx://document/{id}.";

/// What all sessions share.
pub(crate) struct Server {
    pub(crate) host: Arc<Host>,
    pub(crate) listed: Listed,
    pub(crate) seal: Seal,
    pub(crate) tasks: Tasks,
    /// When it is cancelled, streams that would never end do.
    pub(crate) shutdown: CancellationToken,
    /// The agent whose tools are shown, unless a client's address says.
    pub(crate) agent: Option<String>,
    /// What was too long to be answered at once.
    pub(crate) kept: Kept,
    /// How far the documents have changed.
    pub(crate) documents: Documents,
    info: ServerConfig,
}

/// One client.
pub(crate) struct Session {
    server: Arc<Server>,
    /// What it may have seen since its first word.
    watched: Mutex<Option<Watched>>,
    /// The quietest log line that it wants to hear.
    level: Mutex<LoggingLevel>,
    subscriptions: Subscriptions,
    /// Ends the task that tells it of changes.
    told: OnceLock<DropGuard>,
}

impl Server {
    pub(crate) fn new(
        host: Arc<Host>,
        agent: Option<String>,
        shutdown: CancellationToken,
    ) -> Arc<Self> {
        let mut capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_tool_list_changed()
            .enable_prompts()
            .enable_prompts_list_changed()
            .enable_resources()
            .enable_resources_list_changed()
            .enable_resources_subscribe()
            .enable_completions()
            .enable_logging()
            .enable_tasks()
            .enable_skills_with_directory_read()
            .build();
        apps::declare(&mut capabilities.extensions);
        let server = Implementation::new("ctx", env!("CARGO_PKG_VERSION"))
            .with_title("ctx")
            .with_description("Tools, agents and documents of a workspace");
        let info = ServerConfig::new(capabilities).with_server_info(server);
        let server = Arc::new(Self {
            listed: Listed::default(),
            seal: Seal::new(),
            tasks: Tasks::default(),
            documents: Documents::now(&host),
            host,
            shutdown,
            agent,
            kept: Kept::default(),
            info,
        });
        tokio::spawn(documents::look(Arc::downgrade(&server)));
        server
    }

    /// Returns what a model reads before anything else.
    fn instructions(&self) -> String {
        let economy = self.host.economy();
        let mut text = INSTRUCTIONS.to_owned();
        if economy.facade != Facade::Never {
            text = format!("{text} {}", facade::INSTRUCTIONS);
        }
        if let Some(own) = &economy.instructions {
            text = format!("{text}\n\n{own}");
        }
        text
    }

    pub(crate) fn session(self: &Arc<Self>) -> Session {
        Session {
            server: self.clone(),
            watched: Mutex::default(),
            level: Mutex::new(LoggingLevel::Info),
            subscriptions: Subscriptions::default(),
            told: OnceLock::new(),
        }
    }
}

impl Session {
    /// Reads who asks.
    fn client<'a>(&self, context: &'a RequestContext<RoleServer>) -> Client<'a> {
        let level = *self.level.lock().unwrap_or_else(PoisonError::into_inner);
        Client::of(context, &self.server, level)
    }
}

/// Drops what is under way once the client has cancelled it or is gone; that
/// stops the guest. Nobody reads the answer.
async fn unless_cancelled<T>(
    over: CancellationToken,
    work: impl Future<Output = Result<T, ErrorData>>,
) -> Result<T, ErrorData> {
    tokio::select! {
        done = work => done,
        () = over.cancelled() => {
            Err(ErrorData::new(ErrorCode::INTERNAL_ERROR, "the request was cancelled", None))
        }
    }
}

/// Reads whose the tasks are that a request may see.
fn owner(context: &RequestContext<RoleServer>) -> Owner {
    Owner::behind(context.extensions.get::<Parts>())
}

impl ServerHandler for Session {
    fn get_info(&self) -> ServerConfig {
        self.server.info.clone().with_instructions(self.server.instructions())
    }

    async fn initialize(
        &self,
        request: InitializeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        // It may list as soon as it is answered, and be told only later. What
        // nobody has looked for yet is looked for now, or the first look would
        // seem to be a change.
        drop(self.server.host.catalog().await);
        let name = Some(&request.client_info);
        let tools = caller::tools(&self.server, name, context.extensions.get::<Parts>());
        let watched = Watched::new(&self.server, tools);
        *self.watched.lock().unwrap_or_else(PoisonError::into_inner) = Some(watched);
        context.peer.set_peer_info(request.clone());
        self.negotiate_initialize(&request)
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        tools::list(&self.server, request, &self.client(&context), &context).await
    }

    // On the path of every call: its headers are held against the schema.
    fn get_tool(&self, name: &str) -> Option<Tool> {
        let catalog = self.server.host.current()?;
        self.server.listed.of(&catalog).tool(name).cloned()
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let over = context.ct.clone();
        unless_cancelled(over, tools::call(&self.server, request, &self.client(&context))).await
    }

    async fn list_prompts(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        prompts::list(&self.server, request, &self.client(&context).caller).await
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let over = context.ct.clone();
        unless_cancelled(over, prompts::get(&self.server, request, &self.client(&context))).await
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        resources::list(&self.server, request, &self.client(&context)).await
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        resources::templates(&self.server, &self.client(&context)).await
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let over = context.ct.clone();
        unless_cancelled(over, resources::read(&self.server, request, &self.client(&context))).await
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let over = context.ct.clone();
        let client = self.client(&context);
        unless_cancelled(over, completing::complete(&self.server, request, &client)).await
    }

    async fn set_level(
        &self,
        request: SetLevelRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        *self.level.lock().unwrap_or_else(PoisonError::into_inner) = request.level;
        Ok(())
    }

    async fn subscribe(
        &self,
        request: SubscribeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        if !self.client(&context).may_watch(&self.server, &request.uri) {
            return Err(resources::unknown(&request.uri));
        }
        self.subscriptions.add(&self.server, request.uri).await
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.subscriptions.remove(&request.uri);
        Ok(())
    }

    async fn get_task(
        &self,
        request: GetTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetTaskResult, ErrorData> {
        self.server.tasks.get(&owner(&context), &request)
    }

    async fn update_task(
        &self,
        request: UpdateTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.server.tasks.update(&owner(&context), request)
    }

    async fn cancel_task(
        &self,
        request: CancelTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.server.tasks.cancel(&owner(&context), &request)
    }

    async fn list_skills(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListSkillsResult, ErrorData> {
        skills::list(&self.server, request, &self.client(&context)).await
    }

    async fn get_skill(
        &self,
        request: GetSkillRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetSkillResult, ErrorData> {
        skills::get(&self.server, &request.uri, &self.client(&context)).await
    }

    async fn read_resource_directory(
        &self,
        request: ReadResourceDirectoryRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceDirectoryResult, ErrorData> {
        // A folder belongs to nobody in particular.
        if !self.client(&context).caller.reach.is_everything() {
            return Err(resources::unknown(&request.uri));
        }
        skills::directory(&self.server, request).await
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        let mut accepted = requested.clone();
        let catalog = self.server.host.current();
        if let Some(watched) = &mut accepted.resource_subscriptions {
            watched.retain(|uri| {
                catalog.as_ref().is_some_and(|catalog| catalog.holds(uri))
                    || resources::document_at(uri).is_some()
            });
        }
        Some(accepted)
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let client = self.client(context.request_context());
        changes::listen(&self.server, &context, &client).await;
        Ok(())
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        Err(refusal::of_unread(&request.method))
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        let watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(watched) = watched {
            self.told
                .get_or_init(|| changes::tell(watched, self.subscriptions.clone(), context.peer));
        }
    }
}

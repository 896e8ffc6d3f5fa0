//! Tools: listed from the catalog, called through the host.

use std::sync::{Arc, Mutex, PoisonError};

use ctx_core::{Catalog, Tool, ToolCall, Truths};
use ctx_model::{CallError, Caller, Hints, Output, Reply};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ListToolsResult,
    PaginatedRequestParams, Tool as Offered, ToolAnnotations,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde_json::{Map, Value};

use super::asking::{self, Ended, Step, Subject};
use super::caller::{Client, comes_back};
use super::facade::{self, Meant};
use super::session::Server;
use super::tasks::{self, Begun, When};
use super::{content, cut, listing, refusal, shape, view};

/// Converts a tool for a list.
pub(crate) fn offer(tool: &Tool) -> Offered {
    let info = &tool.info;
    let mut schema = content::object(&info.input_schema).unwrap_or_default();
    if !schema.contains_key("type") {
        schema.insert("type".to_owned(), "object".into());
    }
    let mut offered = Offered::new(tool.wire_name.clone(), info.description.clone(), schema);
    offered.title.clone_from(&info.title);
    offered.output_schema = info.output_schema.as_deref().and_then(content::object).map(Arc::new);
    offered.annotations = Some(annotations(info.hints));
    offered.meta = content::meta(info.meta.as_deref());
    offered
}

/// Writes hints. All four are said: what is absent a client takes for the
/// worst.
fn annotations(hints: Hints) -> ToolAnnotations {
    let Hints { read_only, destructive, idempotent, open_world } = hints;
    ToolAnnotations::from_raw(
        None,
        Some(read_only),
        Some(destructive),
        Some(idempotent),
        Some(open_world),
    )
}

/// Has a tool say of itself what its grants bear out.
pub(crate) fn correct(tool: &mut Offered, catalog: &Catalog, truths: &Truths) {
    let own = catalog.tool(&tool.name);
    if let Some(truth) = own.and_then(|(extension, own)| truths.of(extension, &own.info.name)) {
        tool.annotations = Some(annotations(truth.hints));
    }
}

/// Lists tools in order of their names, a page at a time.
pub(crate) async fn list(
    server: &Server,
    request: Option<PaginatedRequestParams>,
    client: &Client<'_>,
    context: &RequestContext<RoleServer>,
) -> Result<ListToolsResult, ErrorData> {
    let catalog = server.host.catalog().await.map_err(|error| refusal::of_host(&error))?;
    let lists = server.listed.of(&catalog);
    let all = view::shown(&server.host.economy(), &lists, &client.tools);
    let (mut tools, next) = listing::page("tools", &all, |tool| &tool.name, request)?;
    let truths = server.host.truths(&catalog);
    for tool in &mut tools {
        correct(tool, &catalog, &truths);
    }
    if !comes_back(context) {
        for tool in &mut tools {
            tool.output_schema = tool.output_schema.take().filter(|schema| is_object(schema));
        }
    }
    let mut result = ListToolsResult::with_all_items(tools);
    result.next_cursor = next;
    Ok(result)
}

/// Clients of the older protocol take a list for broken in which a tool's
/// structured answers are anything but objects.
fn is_object(schema: &Map<String, Value>) -> bool {
    schema.get("type").is_some_and(|kind| kind == "object")
}

/// Calls a tool, and asks the client what the tool asks.
pub(crate) async fn call(
    server: &Arc<Server>,
    request: CallToolRequestParams,
    client: &Client<'_>,
) -> Result<CallToolResponse, ErrorData> {
    // If there is none, the host says so.
    let catalog = server.host.catalog().await.ok();
    let request = match &catalog {
        Some(catalog) => match facade::meant(server, catalog, request, client) {
            Meant::Call(request) => request,
            Meant::Answered(result) => return Ok(result.into()),
        },
        None => request,
    };
    let caller = &Caller { reach: client.tools.clone(), ..client.caller.clone() };
    let tool = request.name.into_owned();
    let arguments = request.arguments.map_or(Value::Null, Value::Object);
    let found = catalog.as_ref().and_then(|catalog| catalog.tool(&tool));
    let extension = found.map(|(extension, _)| (&extension.name, extension.digest));
    let method = "tools/call";
    let subject = Subject { method, name: &tool, arguments: &arguments, caller, extension };
    let answers = request.input_responses.unwrap_or_default();
    let resumed = server.seal.resumed(subject, request.request_state.as_deref(), answers)?;
    let when = found.map(|(_, tool)| tasks::when(&tool.info, &client.capabilities)).transpose()?;
    let mut first = None;
    if let Some(when @ (When::AtOnce | When::Late)) = when {
        let (arguments, resumed) = (arguments.clone(), resumed.clone());
        let call = ToolCall { tool: tool.clone(), arguments, resumed, caller: caller.clone() };
        let begun = match when {
            When::Late => Some(tasks::begun(server, call.clone()).await),
            When::Never | When::AtOnce => None,
        };
        let running = match begun {
            Some(Begun::Answered(outcome)) => {
                first = Some(outcome);
                None
            }
            Some(Begun::Still(running)) => Some(running),
            None => None,
        };
        if first.is_none() {
            let capabilities = client.capabilities.clone();
            let owner = client.owner.clone();
            return server.tasks.begin(server, owner, call, running, capabilities).map(Into::into);
        }
    }
    let first = Mutex::new(first);
    let ended = asking::through(server, client, subject, resumed, |resumed, hearer| {
        let first = first.lock().unwrap_or_else(PoisonError::into_inner).take();
        let call = ToolCall {
            tool: tool.clone(),
            arguments: arguments.clone(),
            resumed,
            caller: caller.clone(),
        };
        async move {
            let outcome = match first {
                Some(outcome) => outcome,
                None => server.host.call_heard(call, hearer).await.outcome,
            };
            Ok::<_, CallError>(match outcome? {
                Reply::Done(output) => Step::Done(output),
                Reply::Ask(questions) => Step::Ask(questions),
            })
        }
    });
    Ok(match ended.await? {
        Ended::Done(mut output) => {
            let shape = shape::of_answer(&client.shape, &server.host);
            let is_promised = found.is_some_and(|(_, tool)| tool.info.output_schema.is_some());
            match server.host.shape_output(&mut output, &shape, caller).await {
                Ok(()) => {
                    cut::within(server, done(output, client.takes_any_json()), is_promised).into()
                }
                Err(error) => refusal::of_tool(&error)?.into(),
            }
        }
        Ended::Failed(error) => refusal::of_tool(&error)?.into(),
        Ended::Asks(questions) => questions.into(),
        Ended::Stuck(problem) => refusal::told(&problem).into(),
    })
}

/// Writes an answer.
pub(crate) fn done(output: Output, takes_any_json: bool) -> CallToolResult {
    let mut blocks: Vec<ContentBlock> = output.blocks.into_iter().map(content::block).collect();
    let structured: Option<Value> =
        output.structured.as_deref().and_then(|json| serde_json::from_str(json).ok());
    // Many clients show their model nothing but the blocks.
    if let (true, Some(json)) = (blocks.is_empty(), output.structured) {
        blocks.push(ContentBlock::text(json));
    }
    let mut result = CallToolResult::success(blocks);
    result.structured_content = structured.filter(|json| takes_any_json || json.is_object());
    result.meta = content::meta(output.meta.as_deref());
    result
}

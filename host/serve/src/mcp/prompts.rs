//! Agents, offered as prompts.

use ctx_core::{Agent, Catalog, PromptCall};
use ctx_model::{CallError, Caller, Message, Prompt, PromptReply, Speaker};
use rmcp::ErrorData;
use rmcp::model::{
    GetPromptRequestParams, GetPromptResponse, GetPromptResult, JsonObject, ListPromptsResult,
    MetaObject, PaginatedRequestParams, Prompt as Offered, PromptArgument, PromptMessage, Role,
};
use serde_json::Value;

use super::asking::{self, Ended, Step, Subject};
use super::caller::Client;
use super::session::Server;
use super::{content, listing, refusal};

/// The key in `_meta` of the tools that a prompt is about.
const TOOLS: &str = "ctx/tools";

/// The key in `_meta` of what is odd about them.
const NOTES: &str = "ctx/notes";

/// Converts an agent for a list.
pub(crate) fn offer(agent: &Agent) -> Offered {
    let info = &agent.info;
    let arguments = info.arguments.iter().map(|argument| {
        let mut offered = PromptArgument::new(argument.name.clone())
            .with_description(argument.description.clone())
            .with_required(argument.required);
        offered.title.clone_from(&argument.title);
        offered
    });
    let mut offered = Offered::new(
        agent.wire_name.clone(),
        Some(info.description.clone()),
        Some(arguments.collect()),
    );
    offered.title.clone_from(&info.title);
    offered.meta = content::meta(info.meta.as_deref());
    offered
}

/// Lists agents in order of their names, a page at a time.
pub(crate) async fn list(
    server: &Server,
    request: Option<PaginatedRequestParams>,
    caller: &Caller,
) -> Result<ListPromptsResult, ErrorData> {
    let catalog = server.host.catalog().await.map_err(|error| refusal::of_host(&error))?;
    let lists = server.listed.of(&catalog);
    let is_within = |prompt: &&Offered| {
        caller.reach.is_everything()
            || catalog.agent(&prompt.name).is_some_and(|(owner, agent)| {
                caller.reach.holds(owner.name.as_str(), &agent.info.name, &agent.wire_name)
            })
    };
    let all: Vec<Offered> = lists.prompts.iter().filter(is_within).cloned().collect();
    let (prompts, next) = listing::page("prompts", &all, |prompt| &prompt.name, request)?;
    let mut result = ListPromptsResult::with_all_items(prompts);
    result.next_cursor = next;
    Ok(result)
}

/// Has an agent prepare its prompt, and asks the client what the agent asks.
pub(crate) async fn get(
    server: &Server,
    request: GetPromptRequestParams,
    client: &Client<'_>,
) -> Result<GetPromptResponse, ErrorData> {
    let caller = &client.caller;
    let agent = request.name;
    let arguments = request.arguments.map_or(Value::Null, Value::Object);
    // If there is none, the host says so.
    let catalog = server.host.catalog().await.ok();
    let extension = catalog.as_ref().and_then(|catalog| catalog.agent(&agent));
    let extension = extension.map(|(extension, _)| (&extension.name, extension.digest));
    let method = "prompts/get";
    let subject = Subject { method, name: &agent, arguments: &arguments, caller, extension };
    let answers = request.input_responses.unwrap_or_default();
    let resumed = server.seal.resumed(subject, request.request_state.as_deref(), answers)?;
    let ended = asking::through(server, client, subject, resumed, |resumed, hearer| {
        let call = PromptCall {
            agent: agent.clone(),
            arguments: arguments.clone(),
            resumed,
            caller: caller.clone(),
        };
        async move {
            Ok::<_, CallError>(match server.host.prompt_heard(call, hearer).await.outcome? {
                PromptReply::Done(prompt) => Step::Done(prompt),
                PromptReply::Ask(questions) => Step::Ask(questions),
            })
        }
    });
    match ended.await? {
        Ended::Done(prompt) => Ok(done(prompt, catalog.as_deref()).into()),
        Ended::Failed(error) => Err(refusal::of_prompt(&error)),
        Ended::Asks(questions) => Ok(questions.into()),
        Ended::Stuck(problem) => Err(refusal::of_problem(&problem)),
    }
}

/// Writes a prompt. MCP has no system role, and clients put messages into the
/// conversation but show a description at most in a menu: so what the system
/// would say is said first, by the user.
fn done(prompt: Prompt, catalog: Option<&Catalog>) -> GetPromptResult {
    let mut messages = Vec::with_capacity(prompt.messages.len() + 1);
    if !prompt.system.is_empty() {
        messages.push(PromptMessage::new_text(Role::User, prompt.system));
    }
    for Message { role, blocks } in prompt.messages {
        let role = match role {
            Speaker::System | Speaker::User => Role::User,
            Speaker::Assistant => Role::Assistant,
        };
        messages.extend(
            blocks.into_iter().map(|block| PromptMessage::new(role.clone(), content::block(block))),
        );
    }
    let mut result = GetPromptResult::new(messages);
    if let Some(tools) = prompt.tools.filter(|tools| !tools.is_empty()) {
        let mut meta = JsonObject::new();
        let missing = catalog.map_or_else(Vec::new, |catalog| catalog.missing(&tools));
        if !missing.is_empty() {
            let note = |tool: &str| format!("the prompt names the tool `{tool}`, which nobody has");
            let notes: Vec<String> = missing.into_iter().map(note).collect();
            meta.insert(NOTES.to_owned(), notes.into());
        }
        meta.insert(TOOLS.to_owned(), tools.into());
        result.meta = Some(MetaObject(meta));
    }
    result
}

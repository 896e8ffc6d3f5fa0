//! Three tools in place of all: find one, read what it wants, call it. A model
//! pays for what it uses, and the list stays the same while tools come and go.

use std::sync::Arc;

use ctx_core::Catalog;
use rmcp::model::{
    CallToolRequestParams, CallToolResult, ContentBlock, JsonObject, Tool, ToolAnnotations,
};
use serde_json::{Value, json};

use super::caller::Client;
use super::listing::Lists;
use super::session::Server;
use super::view::{self, Manner, brief};
use crate::problem::{Class, Problem, Refused};

const SEARCH: &str = "search_tools";
const DESCRIBE: &str = "describe_tool";
const CALL: &str = "call_tool";

/// Tools that a search finds, unless it asks for more.
const FOUND: u64 = 8;

/// Tools that a search finds at most.
const MOST: u64 = 50;

/// Characters of a description that a search shows.
const BRIEF: usize = 200;

/// Bytes of a question that are looked at.
const QUESTION: usize = 4096;

/// What is said to a model that is shown these three.
pub(super) const INSTRUCTIONS: &str = "There are more tools than are listed: find them with \
    `search_tools`, read what one wants with `describe_tool`, and run it with `call_tool`.";

/// What a call means.
pub(super) enum Meant {
    /// A tool of an extension.
    Call(CallToolRequestParams),
    /// One of the three, which is answered already.
    Answered(CallToolResult),
}

/// Lists the three, in order of their names.
pub(crate) fn tools() -> Vec<Tool> {
    let call = tool(
        CALL,
        "Call a tool",
        "Runs a tool that `search_tools` found. `arguments` must fit its input schema, which \
         `describe_tool` gives.",
        json!({"type": "object", "required": ["name"], "additionalProperties": false, "properties": {
            "name": {"type": "string", "description": "The tool's name"},
            "arguments": {"type": "object", "description": "What it wants, by its input schema"},
        }}),
        // It is as harmless as what it runs, which is for those to say.
        ToolAnnotations::from_raw(None, Some(false), Some(true), Some(false), Some(true)),
    );
    let search = tool(
        SEARCH,
        "Find tools",
        "Finds tools by what they are for, the best first, each with its name and what it does.",
        json!({"type": "object", "required": ["query"], "additionalProperties": false, "properties": {
            "query": {"type": "string", "description": "What you want to do, in a few words"},
            "limit": {"type": "integer", "minimum": 1, "maximum": MOST, "default": FOUND},
        }}),
        harmless(),
    );
    vec![call, describe_tool(), search]
}

/// Returns the one that tells all of a tool.
pub(super) fn describe_tool() -> Tool {
    tool(
        DESCRIBE,
        "Describe a tool",
        "Gives all that a tool says of itself: its description, its input schema, its hints.",
        json!({"type": "object", "required": ["name"], "additionalProperties": false, "properties": {
            "name": {"type": "string", "description": "The tool's name"},
        }}),
        harmless(),
    )
}

fn harmless() -> ToolAnnotations {
    ToolAnnotations::from_raw(None, Some(true), Some(false), Some(true), Some(false))
}

fn tool(
    name: &'static str,
    title: &str,
    description: &'static str,
    schema: Value,
    hints: ToolAnnotations,
) -> Tool {
    let schema = match schema {
        Value::Object(schema) => schema,
        _ => JsonObject::new(),
    };
    let mut tool = Tool::new(name, description, schema).with_title(title);
    tool.annotations = Some(hints);
    tool
}

/// Returns the tool that a call is for, and its arguments, however it is
/// called. Nothing if none of the three is asked.
pub(crate) fn target(request: &CallToolRequestParams) -> Option<&str> {
    if request.name != CALL {
        return None;
    }
    request.arguments.as_ref()?.get("name")?.as_str()
}

/// Finds out what a call means to this client.
pub(super) fn meant(
    server: &Server,
    catalog: &Arc<Catalog>,
    request: CallToolRequestParams,
    client: &Client<'_>,
) -> Meant {
    if ![SEARCH, DESCRIBE, CALL].contains(&request.name.as_ref()) {
        return Meant::Call(request);
    }
    let lists = server.listed.of(catalog);
    let is_ours = match view::manner(&server.host.economy(), &lists, &client.tools) {
        Manner::Facade => true,
        Manner::Short(_) => request.name == DESCRIBE && lists.tool(DESCRIBE).is_none(),
        Manner::Full => false,
    };
    if !is_ours {
        return Meant::Call(request);
    }
    match request.name.as_ref() {
        SEARCH => Meant::Answered(search(server, catalog, &lists, &request, client)),
        DESCRIBE => Meant::Answered(describe(server, catalog, &lists, &request, client)),
        _ => match inner(request) {
            Ok(request) => Meant::Call(request),
            Err(problem) => Meant::Answered(super::refusal::told(&problem)),
        },
    }
}

/// Takes the call out of a call.
fn inner(mut request: CallToolRequestParams) -> Result<CallToolRequestParams, Problem> {
    let mut outer = request.arguments.take().unwrap_or_default();
    let Some(Value::String(name)) = outer.remove("name") else {
        return Err(misused(CALL, "`name` must be the name of a tool"));
    };
    request.arguments = match outer.remove("arguments") {
        None | Some(Value::Null) => None,
        Some(Value::Object(arguments)) => Some(arguments),
        // Models write objects as text now and then.
        Some(Value::String(text)) if serde_json::from_str::<JsonObject>(&text).is_ok() => {
            serde_json::from_str(&text).ok()
        }
        Some(_) => return Err(misused(CALL, "`arguments` must be an object")),
    };
    request.name = name.into();
    Ok(request)
}

fn search(
    server: &Server,
    catalog: &Arc<Catalog>,
    lists: &Lists,
    request: &CallToolRequestParams,
    client: &Client<'_>,
) -> CallToolResult {
    let arguments = request.arguments.as_ref();
    let argument = |key: &str| arguments.and_then(|arguments| arguments.get(key));
    let Some(question) = argument("query").and_then(Value::as_str) else {
        return super::refusal::told(&misused(SEARCH, "`query` must say what you want to do"));
    };
    let question = &question[..question.floor_char_boundary(QUESTION)];
    let most = argument("limit").and_then(Value::as_u64).unwrap_or(FOUND).clamp(1, MOST);
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let found = match server.host.find_tools(catalog, question, &client.tools, most) {
        Ok(found) => found,
        Err(error) => return super::refusal::told(&(&error).into()),
    };
    let tools: Vec<Value> = found
        .iter()
        .filter_map(|name| lists.tool(name))
        .map(|tool| {
            let description = tool.description.as_deref().unwrap_or_default();
            json!({"name": tool.name, "description": brief(description, BRIEF)})
        })
        .collect();
    let total = lists.within(&client.tools).count();
    let mut answer = json!({"tools": tools, "of": total});
    if tools.is_empty() {
        answer["note"] = "no tool has these words; search again with others, or with fewer".into();
    }
    answered(&answer)
}

fn describe(
    server: &Server,
    catalog: &Arc<Catalog>,
    lists: &Lists,
    request: &CallToolRequestParams,
    client: &Client<'_>,
) -> CallToolResult {
    let name = request.arguments.as_ref().and_then(|all| all.get("name")).and_then(Value::as_str);
    let Some(name) = name else {
        return super::refusal::told(&misused(DESCRIBE, "`name` must be the name of a tool"));
    };
    match lists.within(&client.tools).find(|tool| tool.name == name) {
        Some(tool) => {
            let mut tool = tool.clone();
            super::tools::correct(&mut tool, catalog, &server.host.truths(catalog));
            answered(&serde_json::to_value(&tool).unwrap_or_default())
        }
        None => super::refusal::told(
            &Problem::new(
                Class::Refused(Refused::Unknown),
                "ctx::unknown::tool",
                format!("there is no tool `{name}`"),
            )
            .with_help("find its name with `search_tools`, or in the list"),
        ),
    }
}

fn misused(tool: &str, why: &str) -> Problem {
    Problem::new(Class::Refused(Refused::Invalid), "ctx::schema::arguments", why)
        .with_help(format!("call `{tool}` again with arguments that fit its `inputSchema`"))
}

fn answered(value: &Value) -> CallToolResult {
    let mut result = CallToolResult::success(vec![ContentBlock::text(value.to_string())]);
    result.structured_content = Some(value.clone());
    result
}

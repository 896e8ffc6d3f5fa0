//! What went wrong, for a model or for the program around it. A tool that did
//! not answer is a result that a model reads; only what could not be routed is
//! an error of the protocol.

use ctx_core::HostError;
use ctx_model::{CallError, FailureKind, Refusal};
use rmcp::ErrorData;
use rmcp::model::{CallToolResult, ContentBlock, ErrorCode, MetaObject};
use serde_json::{Value, json};

use super::resources;
use crate::problem::{Class, Problem, Refused};

/// The key of a problem in `_meta`.
const PROBLEM: &str = "ctx/problem";

/// Writes why a tool gave no answer, or the protocol's error if there is no
/// such tool.
pub(crate) fn of_tool(error: &CallError) -> Result<CallToolResult, ErrorData> {
    if let CallError::Refused(
        refusal @ (Refusal::Unknown { what: "tool", .. } | Refusal::OutOfReach { .. }),
    ) = error
    {
        return Err(unknown(refusal));
    }
    let mut problem = Problem::from(error);
    if let CallError::Refused(Refusal::InvalidArguments { name, .. }) = error {
        problem.help =
            vec![format!("call `{name}` again with arguments that fit its `inputSchema`")];
    }
    Ok(told(&problem))
}

/// Methods of both eras, whose requests are something else to rmcp if their
/// parameters have another shape than they should. Methods of one era alone
/// are unknown in the other, whatever comes with them.
const METHODS: [&str; 7] = [
    "completion/complete",
    "prompts/get",
    "resources/read",
    "tasks/cancel",
    "tasks/get",
    "tasks/update",
    "tools/call",
];

/// Says why a request is none that is known here: its method, or else its
/// parameters.
pub(crate) fn of_unread(method: &str) -> ErrorData {
    if METHODS.contains(&method) {
        let text = format!("the parameters of `{method}` have another shape than they should");
        return ErrorData::invalid_params(text, None);
    }
    ErrorData::new(ErrorCode::METHOD_NOT_FOUND, method.to_owned(), None)
}

/// Writes a problem as the result of a tool.
pub(crate) fn told(problem: &Problem) -> CallToolResult {
    let mut text = problem.message.clone();
    for help in &problem.help {
        text.push('\n');
        text.push_str(help);
    }
    if let Some(wait) = problem.retry_after_ms {
        text = format!("{text}\ntry again in {wait} ms");
    }
    let mut result = CallToolResult::error(vec![ContentBlock::text(text)]);
    if let Value::Object(meta) = json!({ PROBLEM: problem }) {
        result.meta = Some(MetaObject(meta));
    }
    result
}

/// Writes why an agent gave no prompt. There is no result that says so.
pub(crate) fn of_prompt(error: &CallError) -> ErrorData {
    match error {
        CallError::Refused(
            refusal @ (Refusal::Unknown { what: "agent", .. } | Refusal::OutOfReach { .. }),
        ) => unknown(refusal),
        error => of_problem(&error.into()),
    }
}

/// Writes why a resource could not be read.
pub(crate) fn of_resource(error: &CallError, uri: &str) -> ErrorData {
    match error {
        CallError::Refused(
            Refusal::Unknown { what: "resource", .. } | Refusal::OutOfReach { .. },
        ) => resources::unknown(uri),
        CallError::Failed { failure, .. } if failure.kind == FailureKind::NotFound => {
            resources::unknown(uri)
        }
        error => of_problem(&error.into()),
    }
}

/// Writes why a verb of the host failed.
pub(crate) fn of_host(error: &HostError) -> ErrorData {
    of_problem(&error.into())
}

/// Writes a problem as an error of the protocol.
pub(crate) fn of_problem(problem: &Problem) -> ErrorData {
    let code = match problem.class {
        Class::Refused(Refused::Unknown | Refused::Invalid) | Class::Misused => {
            ErrorCode::INVALID_PARAMS
        }
        _ => ErrorCode::INTERNAL_ERROR,
    };
    let mut message = problem.message.clone();
    for help in &problem.help {
        message.push_str("; ");
        message.push_str(help);
    }
    ErrorData::new(code, message, serde_json::to_value(problem).ok())
}

/// A client knows names from its list; a command line would be no help to it.
fn unknown(refusal: &Refusal) -> ErrorData {
    // What a client is not shown is as if it were not there.
    let hidden = match refusal {
        Refusal::OutOfReach { what, name, .. } => {
            Some(Refusal::Unknown { what, name: name.clone(), near: Vec::new() })
        }
        _ => None,
    };
    let refusal = hidden.as_ref().unwrap_or(refusal);
    let mut problem = Problem::from(refusal);
    if let Refusal::Unknown { what, near, .. } = refusal
        && near.is_empty()
    {
        problem.help = vec![format!("list the {what}s to see what there is")];
        if *what == "agent" {
            problem.help = vec!["list the prompts to see what there is".to_owned()];
        }
    }
    of_problem(&problem)
}

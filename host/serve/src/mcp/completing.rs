//! Values to choose from, for arguments of prompts and places of templates.

use ctx_core::CompletionCall;
use ctx_model::{CompleteRequest, Filled};
use rmcp::ErrorData;
use rmcp::model::{CompleteRequestParams, CompleteResult, CompletionInfo, Reference};

use super::caller::Client;
use super::refusal;
use super::session::Server;

/// Offers values. Templates of documents have none.
pub(crate) async fn complete(
    server: &Server,
    request: CompleteRequestParams,
    client: &Client<'_>,
) -> Result<CompleteResult, ErrorData> {
    let subject = match request.r#ref {
        Reference::Prompt(prompt) => Filled::Agent(prompt.name),
        Reference::Resource(template) if template.uri == super::resources::TEMPLATE => {
            return Ok(CompleteResult::default());
        }
        Reference::Resource(template) => Filled::Template(template.uri),
        other => {
            let text = format!("nothing is completed for `{}`", other.reference_type());
            return Err(ErrorData::invalid_params(text, None));
        }
    };
    let known = request.context.and_then(|context| context.arguments).unwrap_or_default();
    let request = CompleteRequest {
        subject,
        name: request.argument.name,
        value: request.argument.value,
        known: known.into_iter().collect(),
    };
    let call = CompletionCall { request, caller: client.caller.clone() };
    let mut choices = match server.host.complete(call).await.outcome {
        Ok(choices) => choices,
        Err(error) => return Err(refusal::of_prompt(&error)),
    };
    let more = choices.more || choices.values.len() > CompletionInfo::MAX_VALUES;
    choices.values.truncate(CompletionInfo::MAX_VALUES);
    let mut offered = CompletionInfo::default();
    offered.values = choices.values;
    offered.total = choices.total;
    offered.has_more = Some(more);
    Ok(CompleteResult::new(offered))
}

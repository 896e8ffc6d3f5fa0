//! An agent's prompt: validate, run, check its scope of tools.

use std::sync::Arc;

use ctx_model::{
    AgentInfo, CallError, Caller, Failure, FailureKind, Prompt, PromptReply, PromptRequest,
    Receipt, Refusal, Resumed,
};
use ctx_sandbox::Lent;
use serde_json::Value;

use crate::bill::traced;
use crate::call::{Hearer, out_of_reach};
use crate::catalog::Installed;
use crate::host::Host;

/// One request for a prompt, as a shell asks for it.
#[derive(Debug, Clone, PartialEq)]
pub struct PromptCall {
    /// The name that the agent goes by, or `extension/agent`.
    pub agent: String,
    /// A JSON object.
    pub arguments: Value,
    pub resumed: Option<Resumed>,
    pub caller: Caller,
}

impl Host {
    /// Has an agent prepare its prompt.
    pub async fn prompt(&self, call: PromptCall) -> Receipt<PromptReply> {
        self.prompt_heard(call, None).await
    }

    /// The same, and lets somebody hear its log and how far it is.
    pub async fn prompt_heard(&self, call: PromptCall, hearer: Hearer) -> Receipt<PromptReply> {
        let catalog = match self.catalog().await {
            Ok(catalog) => catalog,
            Err(error) => return Receipt::refused(Refusal::NotReady { why: error.to_string() }),
        };
        let Some((extension, agent)) = catalog.agent(&call.agent) else {
            return Receipt::refused(catalog.no_agent(&call.agent));
        };
        let id = (extension.name.as_str(), agent.info.name.as_str());
        if !call.caller.reach.holds(id.0, id.1, &agent.wire_name) {
            return Receipt::refused(out_of_reach("agent", id, &agent.wire_name));
        }
        let caller = traced(call.caller);
        let mut running = self.begin(extension, "agent", &agent.info.name, &caller);
        let arguments =
            running.leave().and_then(|()| check(&agent.info, &agent.wire_name, call.arguments));
        let receipt = match arguments {
            Err(refusal) => Receipt::refused(refusal),
            Ok(_) if let Some(inline) = &extension.inline => self.prompt_inline(inline),
            Ok(arguments) => {
                let name = agent.guest_name.clone();
                let request = PromptRequest { name, arguments, resumed: call.resumed };
                let asked = Box::pin(self.ask_agent(extension, request, caller, hearer)).await;
                let outcome = asked.outcome.and_then(|reply| {
                    in_scope(&agent.info, reply).map_err(|message| {
                        running.fell_short();
                        CallError::Failed {
                            extension: extension.name.clone(),
                            failure: Failure {
                                kind: FailureKind::Internal,
                                message,
                                retry_after: None,
                                details: None,
                            },
                        }
                    })
                });
                Receipt { outcome, ..asked }
            }
        };
        running.end(&receipt);
        receipt
    }

    async fn ask_agent(
        &self,
        extension: &Arc<Installed>,
        request: PromptRequest,
        caller: Caller,
        hearer: Hearer,
    ) -> Receipt<PromptReply> {
        if let Some(native) = extension.code.as_native() {
            return self.prompt_native(extension, native, request, caller).await;
        }
        match self.lend(extension, caller).await {
            Err(refusal) => Receipt::refused(refusal),
            Ok((prepared, lent)) => {
                let (limits, lent) = (extension.limits.clone(), Lent { hearer, ..lent });
                self.sandbox.prepare_prompt(&prepared, lent, limits, request).await
            }
        }
    }
}

/// An agent declares its arguments by name; each is text, or any JSON.
fn check(agent: &AgentInfo, name: &str, arguments: Value) -> Result<String, Refusal> {
    let invalid = |problems| Err(Refusal::InvalidArguments { name: name.to_owned(), problems });
    let arguments = match arguments {
        Value::Null => serde_json::Map::new(),
        Value::Object(arguments) => arguments,
        _ => return invalid(vec!["they must be a JSON object".to_owned()]),
    };
    let missing: Vec<String> = agent
        .arguments
        .iter()
        .filter(|argument| argument.required && !arguments.contains_key(&argument.name))
        .map(|argument| format!("`{}` is required", argument.name))
        .collect();
    if missing.is_empty() { Ok(Value::Object(arguments).to_string()) } else { invalid(missing) }
}

/// A prompt may narrow the tools that its agent declares, and never widen
/// them. One that names none has all that are declared.
fn in_scope(agent: &AgentInfo, reply: PromptReply) -> Result<PromptReply, String> {
    let PromptReply::Done(prompt) = reply else { return Ok(reply) };
    let Some(tools) = &prompt.tools else {
        let tools = Some(agent.tools.clone());
        return Ok(PromptReply::Done(Prompt { tools, ..prompt }));
    };
    // An agent that declares no tools leaves its scope to the prompt.
    if agent.tools.is_empty() {
        return Ok(PromptReply::Done(prompt));
    }
    match tools.iter().find(|tool| !agent.tools.contains(tool)) {
        Some(tool) => Err(format!(
            "the prompt of `{}` names the tool `{tool}`, which the agent does not declare",
            agent.name
        )),
        None => Ok(PromptReply::Done(prompt)),
    }
}

//! A call of a tool: validate, run, validate, bill.

use std::sync::Arc;

use ctx_model::{
    CallError, CallRequest, Caller, Failure, FailureKind, Log, Outcome, Output, Receipt, Refusal,
    Reply, Resumed,
};
use ctx_sandbox::Lent;
use serde_json::Value;

use crate::bill::traced;
use crate::catalog::{Installed, Tool};
use crate::host::Host;
use crate::schema;

/// One call, as a shell asks for it.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolCall {
    /// The name that the tool goes by, or `extension/tool`.
    pub tool: String,
    /// A JSON object.
    pub arguments: Value,
    pub resumed: Option<Resumed>,
    pub caller: Caller,
}

/// Who hears what an extension says while it runs, if anybody does.
pub type Hearer = Option<Arc<dyn Log>>;

impl Host {
    /// Calls a tool.
    pub async fn call(&self, call: ToolCall) -> Receipt<Reply> {
        self.call_heard(call, None).await
    }

    /// Calls a tool, and lets somebody hear its log and how far it is.
    pub async fn call_heard(&self, call: ToolCall, hearer: Hearer) -> Receipt<Reply> {
        let catalog = match self.catalog().await {
            Ok(catalog) => catalog,
            Err(error) => return Receipt::refused(Refusal::NotReady { why: error.to_string() }),
        };
        let Some((extension, tool)) = catalog.tool(&call.tool) else {
            return Receipt::refused(catalog.no_tool(&call.tool));
        };
        let id = (extension.name.as_str(), tool.info.name.as_str());
        if !call.caller.reach.holds(id.0, id.1, &tool.wire_name) {
            return Receipt::refused(out_of_reach("tool", id, &tool.wire_name));
        }
        let caller = traced(call.caller);
        let mut running = self.begin(extension, "tool", &tool.info.name, &caller);
        let ready = running.leave().and_then(|()| self.ready(tool, call.arguments));
        let receipt = match ready {
            Ok(arguments) => {
                let request =
                    CallRequest { name: tool.guest_name.clone(), arguments, resumed: call.resumed };
                // Large: kept out of the future of whoever calls.
                let Receipt { outcome, usage } =
                    Box::pin(self.run(extension, request, caller, hearer)).await;
                let outcome = outcome.and_then(|reply| {
                    checked(extension, tool, reply).inspect_err(|_| running.fell_short())
                });
                Receipt { outcome, usage }
            }
            Err(refusal) => Receipt::refused(refusal),
        };
        running.end(&receipt);
        receipt
    }

    /// Fills in defaults and checks arguments against the tool's schema.
    #[expect(clippy::unused_self, reason = "a step of the verb above")]
    fn ready(&self, tool: &Tool, arguments: Value) -> Result<String, Refusal> {
        let schema = tool.input().map_err(|why| unusable(&tool.wire_name, why))?;
        let mut arguments = arguments;
        if arguments.is_null() {
            arguments = Value::Object(serde_json::Map::new());
        }
        let invalid =
            |problems| Refusal::InvalidArguments { name: tool.wire_name.clone(), problems };
        if !arguments.is_object() {
            return Err(invalid(vec!["they must be a JSON object".to_owned()]));
        }
        schema.fill(&mut arguments);
        schema.check(&arguments).map_err(invalid)?;
        Ok(arguments.to_string())
    }

    async fn run(
        &self,
        extension: &Arc<Installed>,
        request: CallRequest,
        caller: Caller,
        hearer: Hearer,
    ) -> Receipt<Reply> {
        if let Some(native) = extension.code.as_native() {
            return self.call_native(extension, native, request, caller).await;
        }
        if let Some(commands) = extension.code.as_commands() {
            return self.call_command(extension, commands, request, caller).await;
        }
        let (prepared, lent) = match self.lend(extension, caller).await {
            Ok(lent) => lent,
            Err(refusal) => return Receipt::refused(refusal),
        };
        let (limits, lent) = (extension.limits.clone(), Lent { hearer, ..lent });
        self.sandbox.call_tool(&prepared, lent, limits, request).await
    }
}

/// Holds an answer against what the tool promised.
fn checked(extension: &Installed, tool: &Tool, reply: Reply) -> Outcome<Reply> {
    let Reply::Done(Output { structured, .. }) = &reply else { return Ok(reply) };
    let broken = |message: String| {
        Err(CallError::Failed {
            extension: extension.name.clone(),
            failure: Failure {
                kind: FailureKind::Internal,
                message,
                retry_after: None,
                details: None,
            },
        })
    };
    let name = &tool.wire_name;
    let most = extension.limits.json_depth;
    if structured.as_ref().is_some_and(|json| schema::depth(json) > most) {
        return broken(format!("the structured answer of `{name}` nests deeper than {most}"));
    }
    let schema = match tool.output() {
        Ok(None) => return Ok(reply),
        Ok(Some(schema)) => schema,
        Err(why) => return broken(format!("the schema of `{name}`'s answers is wrong: {why}")),
    };
    let Some(structured) = structured else {
        return broken(format!("`{name}` promises structured answers and gave none"));
    };
    match serde_json::from_str::<Value>(structured) {
        Err(error) => broken(format!("the structured answer of `{name}` is no JSON: {error}")),
        Ok(value) => match schema.check(&value) {
            Ok(()) => Ok(reply),
            Err(problems) => broken(format!(
                "the answer of `{name}` does not fit its own schema: {}",
                problems.join("; ")
            )),
        },
    }
}

/// Says that it is there, and not for this caller.
pub(crate) fn out_of_reach(what: &'static str, id: (&str, &str), name: &str) -> Refusal {
    Refusal::OutOfReach { what, name: name.to_owned(), id: format!("{}/{}", id.0, id.1) }
}

fn unusable(tool: &str, why: String) -> Refusal {
    Refusal::InvalidArguments { name: tool.to_owned(), problems: vec![why] }
}

//! One call of a command: in the sandbox if it is a program of WASI, and else
//! by the operator's leave.

use std::sync::Arc;

use ctx_model::{
    Block, BlockContent, CallRequest, Caller, Event, Failure, FailureKind, Output, Receipt,
    Refusal, Reply,
};
use ctx_sandbox::CommandRun;

use super::{Commands, Unfit, native};
use crate::catalog::Installed;
use crate::host::Host;

impl Host {
    /// Calls a tool that is a command.
    pub(crate) async fn call_command(
        &self,
        extension: &Arc<Installed>,
        commands: &Commands,
        request: CallRequest,
        caller: Caller,
    ) -> Receipt<Reply> {
        let Some(tool) = commands.plugin.tools.iter().find(|tool| tool.name == request.name) else {
            return Receipt::refused(commands_changed(extension));
        };
        // Every tool has a time of its own, within that of the extension.
        let mut limits = extension.limits.clone();
        limits.time = limits.time.min(tool.timeout);
        let environment = vec![("LEAN_CTX_TOOL".to_owned(), tool.name.clone())];
        let input = request.arguments.into_bytes();
        let call = native::Call { line: &tool.command, environment, input, limits };
        let receipt = self.run_line(extension, commands, call, caller).await;
        Receipt { outcome: receipt.outcome.map(reply), usage: receipt.usage }
    }

    /// Tells a command of an event. What it says to that is nobody's.
    pub(crate) async fn tell_command(
        &self,
        extension: &Arc<Installed>,
        commands: &Commands,
        event: Event,
        payload: &str,
        caller: Caller,
    ) -> Receipt<()> {
        let Some(hook) = commands.plugin.hooks.get(event.as_str()) else {
            return Receipt::refused(commands_changed(extension));
        };
        let mut limits = extension.limits.clone();
        limits.time = limits.time.min(hook.timeout);
        let environment = vec![("LEAN_CTX_HOOK".to_owned(), event.as_str().to_owned())];
        let input = payload.as_bytes().to_vec();
        let call = native::Call { line: &hook.command, environment, input, limits };
        let receipt = self.run_line(extension, commands, call, caller).await;
        Receipt { outcome: receipt.outcome.map(drop), usage: receipt.usage }
    }

    async fn run_line(
        &self,
        extension: &Arc<Installed>,
        commands: &Commands,
        call: native::Call<'_>,
        caller: Caller,
    ) -> Receipt<Vec<u8>> {
        if !call.line.is_module() {
            return self.run_native(extension, commands, call).await;
        }
        let native::Call { line, environment, input, limits } = call;
        let lent = match self.lent(extension, caller) {
            Ok(lent) => lent,
            Err(refusal) => return Receipt::refused(refusal),
        };
        let prepared = match self.prepare_command(extension, &line.program).await {
            Ok(prepared) => prepared,
            Err(refusal) => return Receipt::refused(refusal),
        };
        let mut arguments = vec![line.program.clone()];
        arguments.extend(line.arguments.iter().cloned());
        let run = CommandRun { arguments, environment, input };
        self.sandbox.run_command(&prepared, lent, limits, run).await
    }

    /// Compiles a program, off the executor.
    async fn prepare_command(
        &self,
        extension: &Arc<Installed>,
        program: &str,
    ) -> Result<ctx_sandbox::Prepared, Refusal> {
        let (one, sandbox, file) = (extension.clone(), self.sandbox.clone(), program.to_owned());
        let work = move || match one.code.as_commands() {
            Some(commands) => commands.module(&file, &sandbox).cloned(),
            None => Err(Unfit { why: "it has no commands".to_owned(), help: String::new() }),
        };
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|error| Refusal::NotReady { why: error.to_string() })?.map_err(|unfit| {
            Refusal::Unusable {
                extension: extension.name.clone(),
                why: unfit.why,
                help: Some(unfit.help),
            }
        })
    }
}

/// Makes an answer of what a program wrote: text, byte by byte.
fn reply(written: Vec<u8>) -> Reply {
    let content = match String::from_utf8(written) {
        Ok(text) => BlockContent::Text(text),
        // Nothing is lost of an answer that is no text.
        Err(error) => BlockContent::Embedded {
            uri: "answer:stdout".to_owned(),
            media_type: Some("application/octet-stream".to_owned()),
            content: ctx_model::EmbeddedContent::Bytes(error.into_bytes()),
        },
    };
    let blocks = vec![Block { content, annotations: None }];
    Reply::Done(Output { blocks, structured: None, meta: None })
}

fn commands_changed(extension: &Installed) -> Refusal {
    Refusal::Unusable {
        extension: extension.name.clone(),
        why: "its `plugin.toml` does not name this tool any more".to_owned(),
        help: Some("list the tools again".to_owned()),
    }
}

/// What a program says of its failure.
pub(super) fn failure(message: String) -> Failure {
    Failure { kind: FailureKind::Internal, message, retry_after: None, details: None }
}

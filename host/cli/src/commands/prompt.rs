//! `ctx prompt`.

use ctx_core::{Host, PromptCall};
use ctx_model::{BlockContent, Caller, PromptReply};
use ctx_serve::wire;

use super::{Done, arguments, done, offer};
use crate::args::{Call, Global};
use crate::report::Report;

pub(crate) async fn run(host: &Host, call: &Call, global: &Global, report: &Report) -> Done {
    let arguments = arguments(call.args.as_deref(), &call.params, |_| false)?;
    loop {
        let receipt = host
            .prompt(PromptCall {
                agent: call.name.clone(),
                arguments: arguments.clone(),
                resumed: None,
                caller: Caller::default(),
            })
            .await;
        match &receipt.outcome {
            Ok(reply) if report.json => {
                let called = wire::Called::<wire::PromptReply<'_>>::new(reply, &receipt.usage);
                report.data(&called);
                return done();
            }
            Ok(reply) => {
                show(report, reply);
                return done();
            }
            Err(error) => {
                if !offer(host, error, global, report).await? {
                    return Err(error.into());
                }
            }
        }
    }
}

fn show(report: &Report, reply: &PromptReply) {
    let PromptReply::Done(prompt) = reply else {
        report.say("It asks something that this command line cannot answer yet:");
        report.data(&wire::PromptReply::from(reply));
        return;
    };
    report.line("# System");
    report.line(&prompt.system);
    for message in &prompt.messages {
        report.line(format!("\n# {}", message.role.as_str()));
        for block in &message.blocks {
            match &block.content {
                BlockContent::Text(text) => report.line(text),
                _ => report.line("(something that is not text; see --json)"),
            }
        }
    }
    let tools = prompt.tools.as_deref().unwrap_or_default();
    if !tools.is_empty() {
        report.line(format!("\n# Tools\n{}", tools.join(", ")));
    }
}

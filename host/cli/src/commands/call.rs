//! `ctx call`.

use ctx_core::{Host, ToolCall};
use ctx_model::{BlockContent, Caller, Output, Reply};
use ctx_serve::problem::Problem;
use ctx_serve::wire;
use serde_json::Value;

use super::{Done, arguments, done, offer};
use crate::args::{Call, Global};
use crate::report::Report;

pub(crate) async fn run(host: &Host, call: &Call, global: &Global, report: &Report) -> Done {
    let catalog = host.catalog().await.map_err(|error| Problem::from(&error))?;
    let schema = catalog.tool(&call.name).map(|(_, tool)| tool.info.input_schema.clone());
    let schema: Value =
        schema.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let is_text = |key: &str| schema["properties"][key]["type"] == "string";
    let arguments = arguments(call.args.as_deref(), &call.params, is_text)?;
    loop {
        let mut receipt = host
            .call(ToolCall {
                tool: call.name.clone(),
                arguments: arguments.clone(),
                resumed: None,
                caller: Caller::default(),
            })
            .await;
        if let Ok(Reply::Done(output)) = &mut receipt.outcome {
            let shape = call.compressing.shape();
            let shaped = host.shape_output(output, &shape, &Caller::default()).await;
            shaped.map_err(|error| Problem::from(&error))?;
        }
        match &receipt.outcome {
            Ok(reply) => {
                if report.json {
                    let called = wire::Called::<wire::Reply<'_>>::new(reply, &receipt.usage);
                    report.data(&called);
                } else {
                    show(report, reply);
                }
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

fn show(report: &Report, reply: &Reply) {
    let output = match reply {
        Reply::Done(output) => output,
        Reply::Ask(_) => {
            report.say("It asks something that this command line cannot answer yet:");
            report.data(&wire::Reply::from(reply));
            return;
        }
    };
    if is_only_text(output) {
        for block in &output.blocks {
            if let BlockContent::Text(text) = &block.content {
                report.line(text);
            }
        }
    } else {
        report.data(&wire::Reply::from(reply));
    }
}

fn is_only_text(output: &Output) -> bool {
    !output.blocks.is_empty()
        && output.blocks.iter().all(|block| match &block.content {
            BlockContent::Text(_) => true,
            BlockContent::Embedded { .. }
            | BlockContent::Image { .. }
            | BlockContent::Audio { .. }
            | BlockContent::Link(_) => false,
        })
}

//! `ctx tool`: what can be called, and one call with all that it takes.

use ctx_core::{Host, ToolCall};
use ctx_model::{BlockContent, Caller, Output, Reply, Role};
use ctx_serve::problem::Problem;
use ctx_serve::wire;
use serde_json::Value;

use super::entry::{Tried, loaded, stem, tried};
use super::{Done, arguments, begin, done, offer};
use crate::args::{EntryOptions, Global, ToolCommand};
use crate::report::Report;
use crate::terminal::on_one_line;

pub(crate) async fn run(command: &ToolCommand, global: &Global, report: &Report) -> Done {
    match command {
        ToolCommand::List { tokens } => {
            let host = super::open(global, report, false)?;
            list(&host, *tokens, report).await
        }
        ToolCommand::Test { name, params, entry } => {
            test(name, params, entry, global, report).await
        }
        ToolCommand::Init(init) => begin::run(Role::Tool, init, global, report),
    }
}

async fn list(host: &Host, counts: bool, report: &Report) -> Done {
    let catalog = host.catalog().await.map_err(|error| Problem::from(&error))?;
    super::warn_of_broken(&catalog, report);
    let costs = if counts { wire::costs(&catalog) } else { Vec::new() };
    if report.json {
        let mut tools = wire::tools(host, &catalog);
        for (tool, cost) in tools.iter_mut().zip(&costs) {
            tool.tokens = Some(*cost);
        }
        report.data(&tools);
        return done();
    }
    let head = if counts { "  TOKENS" } else { "" };
    report.line(format!("{:<24} {:<8}{head} DESCRIPTION", "TOOL", "TYPE"));
    let cost = |at: usize| costs.get(at).map_or_else(String::new, |cost| format!("{cost:>8}"));
    let mut tools: Vec<_> = catalog.tools().enumerate().collect();
    tools.sort_by_key(|(_, (extension, _))| !extension.is_builtin());
    for (at, (extension, tool)) in tools {
        let description = on_one_line(&tool.info.description);
        let (form, cost) = (super::form(extension), cost(at));
        report.line(format!("{:<24} {form:<8}{cost} {description}", tool.wire_name));
    }
    if counts {
        let total: u64 = costs.iter().copied().map(u64::from).sum();
        let (facade, name) = (wire::facade_cost(), ctx_core::tokens::name());
        report.line(format!("\n{total} tokens for all of them, by {name}"));
        report.line(format!(
            "{facade} with `facade = true` under [mcp]: found and called through three"
        ));
    }
    done()
}

async fn test(
    named: &str,
    params: &[String],
    options: &EntryOptions,
    global: &Global,
    report: &Report,
) -> Done {
    let tried = tried(Role::Tool, named, &stem(named), options, global, report)?;
    try_one(&tried, named, None, params, global, report).await?;
    done()
}

/// Calls a tool once and shows all of it.
pub(crate) async fn try_one(
    tried: &Tried,
    named: &str,
    args: Option<&str>,
    params: &[String],
    global: &Global,
    report: &Report,
) -> Result<(), Problem> {
    let Tried { host, name, path } = tried;
    if !report.json {
        let path = path.as_ref().map_or_else(String::new, |_| format!(" ({named})"));
        report.line(format!("Testing tool: {}{path}", on_one_line(name)));
    }
    loaded(tried).await?;
    let catalog = host.catalog().await.map_err(|error| Problem::from(&error))?;
    let schema = catalog.tool(name).map(|(_, tool)| tool.info.input_schema.clone());
    if schema.is_some() && !report.json {
        report.line("  ✓ Script loaded");
    }
    let schema: Value =
        schema.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let is_text = |key: &str| schema["properties"][key]["type"] == "string";
    let arguments = arguments(args, params, is_text)?;
    let receipt = loop {
        let call = ToolCall {
            tool: name.clone(),
            arguments: arguments.clone(),
            resumed: None,
            caller: Caller::default(),
        };
        let receipt = host.call(call).await;
        match &receipt.outcome {
            Err(error) if offer(host, error, global, report).await? => {}
            _ => break receipt,
        }
    };
    host.close().map_err(|error| Problem::from(&error))?;
    let reply = receipt.outcome.as_ref().map_err(Problem::from)?;
    if report.json {
        report.data(&wire::Called::<wire::Reply<'_>>::new(reply, &receipt.usage));
        return Ok(());
    }
    report.line("  ✓ Execution completed\n\nResult:");
    for line in result(reply).lines() {
        report.line(format!("  {line}"));
    }
    Ok(())
}

/// Returns what a tool answered: as JSON if it is any, laid out.
fn result(reply: &Reply) -> String {
    let laid_out = |value: &Value| format!("{value:#}");
    if let Reply::Done(Output { structured, blocks, .. }) = reply {
        let parsed = |text: &str| serde_json::from_str::<Value>(text).ok();
        if let Some(value) = structured.as_deref().and_then(parsed) {
            return laid_out(&value);
        }
        if let [block] = blocks.as_slice()
            && let BlockContent::Text(text) = &block.content
        {
            return parsed(text).map_or_else(|| text.clone(), |value| laid_out(&value));
        }
    }
    laid_out(&serde_json::to_value(wire::Reply::from(reply)).unwrap_or_default())
}

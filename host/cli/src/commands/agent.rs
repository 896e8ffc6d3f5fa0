//! `ctx agent`: which personas there are, and the whole prompt of one.

use std::time::Instant;

use ctx_core::{Host, PromptCall};
use ctx_model::{BlockContent, Caller, Prompt, PromptReply, Role};
use ctx_serve::problem::Problem;
use ctx_serve::wire;

use super::entry::{Tried, loaded, stem, tried};
use super::{Done, arguments, begin, cut, done, offer};
use crate::args::{AgentCommand, EntryOptions, Global};
use crate::report::Report;
use crate::terminal::on_one_line;

pub(crate) async fn run(command: &AgentCommand, global: &Global, report: &Report) -> Done {
    match command {
        AgentCommand::List => {
            let host = super::open(global, report, false)?;
            list(&host, report).await
        }
        AgentCommand::Test { name, args, entry } => test(name, args, entry, global, report).await,
        AgentCommand::Init(init) => begin::run(Role::Agent, init, global, report),
    }
}

async fn list(host: &Host, report: &Report) -> Done {
    let catalog = host.catalog().await.map_err(|error| Problem::from(&error))?;
    super::warn_of_broken(&catalog, report);
    if report.json {
        report.data(&wire::agents(&catalog));
        return done();
    }
    report.line(format!("{:<24} {:<8} {:<44} TOOLS", "AGENT", "TYPE", "DESCRIPTION"));
    let mut any = false;
    for (extension, agent) in catalog.agents() {
        any = true;
        let line = format!(
            "{:<24} {:<8} {:<44} {}",
            agent.wire_name,
            super::form(extension),
            cut(&on_one_line(&agent.info.description), 44),
            on_one_line(&agent.info.tools.join(", "))
        );
        report.line(line.trim_end());
    }
    if !any {
        report.line("No agents configured.");
    }
    done()
}

async fn test(
    named: &str,
    args: &[String],
    options: &EntryOptions,
    global: &Global,
    report: &Report,
) -> Done {
    let tried = tried(Role::Agent, named, &stem(named), options, global, report)?;
    loaded(&tried).await?;
    let Tried { host, name, path } = &tried;
    let arguments = arguments(None, args, |_| false)?;
    let began = Instant::now();
    let receipt = loop {
        let call = PromptCall {
            agent: name.clone(),
            arguments: arguments.clone(),
            resumed: None,
            caller: Caller::default(),
        };
        let receipt = host.prompt(call).await;
        match &receipt.outcome {
            Err(error) if offer(host, error, global, report).await? => {}
            _ => break receipt,
        }
    };
    let took = began.elapsed();
    host.close().map_err(|error| Problem::from(&error))?;
    let reply = receipt.outcome.as_ref().map_err(Problem::from)?;
    if report.json {
        report.data(&wire::Called::<wire::PromptReply<'_>>::new(reply, &receipt.usage));
        return done();
    }
    let catalog = host.catalog().await.map_err(|error| Problem::from(&error))?;
    report.line(format!("Agent: {}", on_one_line(name)));
    let mut declared: &[String] = &[];
    if let Some((extension, agent)) = catalog.agent(name) {
        declared = &agent.info.tools;
        let place = if path.is_some() { named } else { &extension.place };
        report.line(format!("Source: {} ({})", super::form(extension), on_one_line(place)));
        report.line(format!("Tools: {}", listed(declared)));
    }
    match reply {
        PromptReply::Done(prompt) => show(report, prompt, declared),
        PromptReply::Ask(_) => {
            report.say("It asks something that this command line cannot answer yet:");
            report.data(&wire::PromptReply::from(reply));
        }
    }
    report.line(format!("\nResolved in {}ms", took.as_millis()));
    done()
}

fn listed(tools: &[String]) -> String {
    if tools.is_empty() { "(none defined)".to_owned() } else { on_one_line(&tools.join(", ")) }
}

fn show(report: &Report, prompt: &Prompt, declared: &[String]) {
    report.line(format!("\nSystem prompt ({} chars):", prompt.system.chars().count()));
    for line in prompt.system.lines() {
        report.line(format!("  {line}"));
    }
    if let Some(tools) = prompt.tools.as_deref().filter(|tools| *tools != declared) {
        report.line(format!("\nTools override: {}", listed(tools)));
    }
    if prompt.messages.is_empty() {
        return;
    }
    report.line(format!("\nMessages ({}):", prompt.messages.len()));
    for message in &prompt.messages {
        for block in &message.blocks {
            let text = match &block.content {
                BlockContent::Text(text) => text,
                _ => "(something that is not text; see --json)",
            };
            report.line(format!("  [{}] {text}", message.role.as_str()));
        }
    }
}

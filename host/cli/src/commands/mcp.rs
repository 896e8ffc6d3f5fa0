//! `ctx mcp`: MCP over standard input and output, until the client closes it.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use ctx_core::{Host, HostOptions};
use ctx_model::Event;
use ctx_serve::problem::Problem;
use tokio_util::sync::CancellationToken;

use super::serve::{attend, close};
use super::{Done, open_with};
use crate::args::Global;
use crate::report::Report;
use crate::stopping::Stopping;
use crate::{diagnostic, exit_code, logging};

pub(crate) async fn run(
    global: &Global,
    workspace: Option<&Path>,
    agent: Option<&str>,
    report: &Report,
) -> Done {
    logging::start(global, false);
    if let Some(folder) = workspace {
        // Clients start servers wherever they were started themselves.
        std::env::set_current_dir(folder).map_err(|error| {
            let what = format!("the workspace `{}` cannot be entered", folder.display());
            diagnostic::machine(&what, &error)
                .with_help("name the folder that `ctx init` was run in")
        })?;
    }
    let host = open_with(global, report, |options| HostOptions {
        log: Arc::new(logging::Logged),
        ..options
    })?;
    let watch = attend(&host, report).await?;
    super::registry::follow(global);
    if let Some(agent) = agent {
        check(&host, agent).await?;
    }
    let agent = agent.map(str::to_owned);
    let stopping = Stopping::listen(|| {});
    let session = || serde_json::json!({ "transport": "stdio" });
    host.fire(Event::SessionStart, session);
    let (telling, closing) = (host.clone(), CancellationToken::new());
    let closed = closing.clone().cancelled_owned();
    let telling = tokio::spawn(async move { telling.attend_events(closed).await });
    tokio::select! {
        served = ctx_serve::mcp::stdio(host.clone(), agent, stopping.well.clone()) => served?,
        () = stopping.now.cancelled() => return Ok(ExitCode::from(exit_code::INTERRUPTED)),
    }
    host.fire(Event::SessionEnd, session);
    closing.cancel();
    telling.await.map_err(|error| diagnostic::machine("events cannot be told", &error.into()))?;
    drop(watch);
    close(&host)
}

/// Fails if nothing says which tools an agent is shown.
async fn check(host: &Host, agent: &str) -> Result<(), Problem> {
    let catalog = host.catalog().await.map_err(|error| Problem::from(&error))?;
    if catalog.agent(agent).is_some() || host.economy().agents.contains_key(agent) {
        return Ok(());
    }
    Err(Problem::from(&catalog.no_agent(agent)))
}

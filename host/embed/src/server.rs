//! The server of a program of one's own.

use std::io::Write as _;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use ctx_core::{Places, token};
use ctx_serve::problem::Problem;
use ctx_serve::{Metrics, Server, ServerOptions};
use tokio_util::sync::CancellationToken;

use crate::agent::AgentRegistry;
use crate::config::Config;
use crate::connector::ConnectorRegistry;
use crate::tool::ToolRegistry;
use crate::{naming, open};

/// Serves what is installed, until the process is told to stop.
pub async fn run_server(config: &Config) -> Result<()> {
    run_server_with_extensions(config, Arc::default(), Arc::default()).await
}

/// Serves tools and agents beside what is installed, until the process is told
/// to stop.
pub async fn run_server_with_extensions(
    config: &Config,
    tools: Arc<ToolRegistry>,
    agents: Arc<AgentRegistry>,
) -> Result<()> {
    run_server_with_connectors(config, &ConnectorRegistry::new(), tools, agents).await
}

/// Serves tools, agents and connectors beside what is installed, until the
/// process is told to stop.
pub async fn run_server_with_connectors(
    config: &Config,
    connectors: &ConnectorRegistry,
    tools: Arc<ToolRegistry>,
    agents: Arc<AgentRegistry>,
) -> Result<()> {
    let metrics = Arc::new(Metrics::new());
    let native = naming::extensions(connectors, &tools, &agents);
    let host = open::host(config, native, Some(metrics.clone()))?;
    let places = Places::from_environment().context("the user's folders cannot be found")?;
    let token = token::read_or_make(&places).context("the token cannot be read")?;
    host.catalog().await.context("what is installed cannot be looked at")?;
    let watch = host.watch().context("the extensions cannot be watched")?;
    let options = ServerOptions { bind: config.bind.clone(), names: Vec::new(), token };
    let server =
        Server::bind(host.clone(), metrics, options).await.map_err(|problem| told(&problem))?;
    let address = server.address();
    let greeting = format!("ctx listens on http://{address}\n  MCP      http://{address}/mcp\n");
    // Nobody may be there to read it.
    drop(std::io::stdout().write_all(greeting.as_bytes()));
    let stop = CancellationToken::new();
    let told_to = stop.clone();
    tokio::spawn(async move {
        end().await;
        told_to.cancel();
    });
    server.run(stop).await;
    drop(watch);
    host.close().context("what was in memory cannot be written down")
}

/// Writes a problem for a log or a terminal.
fn told(problem: &Problem) -> anyhow::Error {
    let help = problem.help.iter().map(|help| format!("; {help}"));
    anyhow!("{}{}", problem.message, help.collect::<String>())
}

/// Waits for Ctrl-C, or for the word of a service manager.
async fn end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

//! A `ctx` of one's own: it reads a shelf of books, and says which of them
//! are about something. `library CONFIG` syncs the shelf and serves both.

mod books;
mod shelf;

use std::path::PathBuf;
use std::sync::Arc;

use ctx_host::anyhow::{Context as _, Result};
use ctx_host::{
    AgentRegistry, ConnectorRegistry, ToolRegistry, load_config, run_migrations,
    run_server_with_connectors, run_sync_with_extensions,
};

#[tokio::main]
async fn main() -> Result<()> {
    let path = std::env::args().nth(1).map(PathBuf::from).context("which config?")?;
    let config = load_config(&path)?;
    run_migrations(&config).await?;
    let mut connectors = ConnectorRegistry::new();
    connectors.register(Box::new(shelf::Shelf));
    let mut tools = ToolRegistry::new();
    tools.register(Box::new(books::Books));
    run_sync_with_extensions(&config, "custom:shelf", true, false, None, None, None, &connectors)
        .await?;
    let agents = Arc::new(AgentRegistry::new());
    run_server_with_connectors(&config, &connectors, Arc::new(tools), agents).await
}

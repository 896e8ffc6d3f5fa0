//! MCP over standard input and output, for clients that start their servers.

use std::sync::Arc;

use ctx_core::Host;
use rmcp::service::{ServerInitializeError, serve_server_with_ct};
use rmcp::transport::async_rw::AsyncRwTransport;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

use super::paced::Paced;
use super::session::Server;
use crate::problem::{Class, Problem};

/// Serves the client that started this process, until it closes our standard
/// input. Calls in flight have a few seconds to end.
/// With an agent, it is shown the tools of that agent alone.
pub async fn stdio(
    host: Arc<Host>,
    agent: Option<String>,
    shutdown: CancellationToken,
) -> Result<(), Problem> {
    let (input, output) = rmcp::transport::stdio_pipes();
    let server = Server::new(host, agent, shutdown.clone());
    Box::pin(serve(&server, input, output, shutdown)).await
}

/// Serves one client over any two streams.
pub async fn streams<R, W>(
    host: Arc<Host>,
    input: R,
    output: W,
    shutdown: CancellationToken,
) -> Result<(), Problem>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    serve(&Server::new(host, None, shutdown.clone()), input, output, shutdown).await
}

async fn serve<R, W>(
    server: &Arc<Server>,
    input: R,
    output: W,
    shutdown: CancellationToken,
) -> Result<(), Problem>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let failed = |why: String| {
        Problem::new(
            Class::Failed(None),
            "ctx::mcp::stdio",
            format!("the client's session failed: {why}"),
        )
        .with_help("a client speaks JSON-RPC here; to try it by hand, use an MCP inspector")
    };
    let transport = Paced::new(AsyncRwTransport::new_server(input, output));
    let running = match serve_server_with_ct(server.session(), transport, shutdown).await {
        Ok(running) => running,
        // It went away before it said anything, or we are told to stop.
        Err(ServerInitializeError::ConnectionClosed(_) | ServerInitializeError::Cancelled) => {
            return Ok(());
        }
        Err(error) => return Err(failed(error.to_string())),
    };
    running.waiting().await.map(drop).map_err(|error| failed(error.to_string()))
}

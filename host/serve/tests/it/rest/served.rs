//! A server that runs, and questions to it.

use std::net::SocketAddr;
use std::sync::Arc;

use ctx_core::Host;
use ctx_serve::{Metrics, Server, ServerOptions};
use ctx_store::{JournalEntry, JournalFilter};
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::wire::{Answer, Wire, request, within};
use crate::mcp::workspace::Workspace;

/// What shows the operator.
pub(crate) const TOKEN: &str = "a-token-of-many-characters";

/// Says its body is JSON.
pub(crate) const JSON: (&str, &str) = ("content-type", "application/json");

/// A tool that runs until its time is up, which is soon.
pub(crate) const SPINS: &str = r#"
tool = { name = "spins", description = "Never answers in time" }
function tool.execute() while true do end end
"#;

/// A tool that never ends, and has an hour.
pub(crate) const LOOPS: &str = r#"
tool = { name = "loops", description = "Never answers" }
function tool.execute() while true do end end
"#;

/// What the operator says of them: no extension raises its own limits.
const LIMITS: &str = r#"
[extension.spins]
limits = { time = "500ms", fuel = 1_000_000_000_000 }
[extension.loops]
limits = { time = "1h", fuel = 1_000_000_000_000 }
"#;

/// A server in front of a workspace.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    /// How clients call it, as in the header.
    pub(crate) name: String,
    pub(crate) host: Arc<Host>,
    pub(crate) workspace: Workspace,
    pub(crate) stop: CancellationToken,
    running: JoinHandle<()>,
}

impl Served {
    pub(crate) async fn new(workspace: Workspace) -> Self {
        let metrics = Arc::new(Metrics::new());
        let host = workspace.open_with(Some(metrics.clone()));
        let options = ServerOptions {
            bind: "127.0.0.1:0".to_owned(),
            names: Vec::new(),
            token: TOKEN.to_owned(),
        };
        let server = Server::bind(host.clone(), metrics, options).await.unwrap();
        let address = server.address();
        let stop = CancellationToken::new();
        let running = tokio::spawn(server.run(stop.clone()));
        Self { address, name: address.to_string(), host, workspace, stop, running }
    }

    /// Serves extensions.
    pub(crate) async fn with(extensions: &[(&str, &str)]) -> Self {
        let workspace = Workspace::new();
        for (name, script) in extensions {
            workspace.drop_in(name, script);
        }
        if extensions.iter().any(|(_, script)| [SPINS, LOOPS].contains(script)) {
            workspace.config(LIMITS).open().trust().unwrap();
        }
        Self::new(workspace).await
    }

    pub(crate) async fn wire(&self) -> Wire {
        Wire::open(self.address).await
    }

    /// Asks on a connection of its own.
    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]>,
    ) -> Answer {
        let mut wire = self.wire().await;
        wire.send(self.asking(method, path, headers, body)).await;
        wire.answer_to(method).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], "").await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, &[JSON], body.to_string()).await
    }

    /// Writes a request to this server.
    pub(crate) fn asking(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]>,
    ) -> Vec<u8> {
        let all = [&[("host", self.name.as_str())], headers].concat();
        request(method, path, &all, body)
    }

    /// The runs of an extension that are over, newest first.
    pub(crate) fn journal(&self, extension: &str) -> Vec<JournalEntry> {
        let filter =
            JournalFilter { extension: Some(extension.to_owned()), ..JournalFilter::default() };
        self.host.journal(&filter, 1000).unwrap()
    }

    /// One count of the metrics; nothing if it was never counted.
    pub(crate) async fn count(&self, line: &str) -> Option<f64> {
        let text = self.get("/metrics").await.text();
        let mut lines = text.lines();
        lines.find_map(|own| own.strip_prefix(line)?.strip_prefix(' ')?.parse().ok())
    }

    /// Waits until the metrics count so much.
    pub(crate) async fn counts(&self, line: &str, wanted: f64) {
        within(async {
            while self.count(line).await.unwrap_or(0.0) < wanted {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    /// Waits until the server, which was told to stop, has ended.
    pub(crate) async fn ended(&mut self) {
        within(&mut self.running).await.unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

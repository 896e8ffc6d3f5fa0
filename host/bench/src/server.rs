//! A server as a child process, and what it holds.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::http::{Connection, request};
use crate::workspace::Workspace;

/// How long to wait for a server to say where it listens.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server. It is stopped when this is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From its start to its first answer.
    pub(crate) started: Duration,
}

impl Server {
    /// Starts one and waits for its first answer.
    pub(crate) fn start(workspace: &Workspace, ctx: &Path) -> Result<Self> {
        let arguments = ["serve", "--bind", "127.0.0.1:0", "--json", "--quiet"];
        let mut command: Command = workspace.command(ctx, &arguments)?;
        let begun = Instant::now();
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn()?;
        let said = child.stdout.take().context("its output is piped")?;
        let mut line = String::new();
        BufReader::new(said).read_line(&mut line)?;
        let told: Value = serde_json::from_str(&line)
            .with_context(|| format!("`ctx serve` did not start: {line}"))?;
        let address = told["address"].as_str().context("it says where it listens")?.parse()?;
        let health = request(address, "GET", "/health", &[], "");
        loop {
            if let Ok(mut connection) = Connection::open(address)
                && connection.expect(&health).is_ok()
            {
                return Ok(Self { child, address, started: begun.elapsed() });
            }
            if begun.elapsed() > PATIENCE {
                bail!("`ctx serve` does not answer");
            }
        }
    }

    /// Returns the memory that it holds, in MiB.
    pub(crate) fn memory(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
        let kilobytes: f64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
        Ok(kilobytes / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

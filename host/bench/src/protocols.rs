//! What MCP adds to a call: over HTTP in both eras, and over standard input and
//! output, each in turn with the same call over REST.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::figure::Figure;
use crate::http::{Connection, request};
use crate::server::Server;
use crate::serving::{pair, rust_call};
use crate::stopwatch::{median, micros};
use crate::workspace::Workspace;

const ROUNDS: usize = 2000;

/// The protocol of clients that begin sessions.
const SESSIONS: &str = "2025-11-25";
/// The protocol without sessions.
const STATELESS: &str = "2026-07-28";

pub(crate) fn measure(ctx: &Path) -> Result<Vec<Figure>> {
    let workspace = Workspace::with_fifty(ctx)?;
    let server = Server::start(&workspace, ctx)?;
    let mut connection = Connection::open(server.address)?;
    let rest = rust_call(server.address);
    let session = begin_session(&mut connection, server.address)?;
    let session = in_session(server.address, &session);
    let stateless = without_session(server.address);
    for call in [&rest, &session, &stateless] {
        connection.expect_said(call, "words")?;
    }
    let (plain, in_session) = pair(&mut connection, &rest, &session)?;
    let (plain_again, stateless) = pair(&mut connection, &rest, &stateless)?;
    let mut pipe = Pipe::start(&workspace, ctx)?;
    let (over_http, over_pipe) = beside(&mut connection, &rest, &mut pipe)?;
    let ratio = |a: Duration, b: Duration| a.as_secs_f64() / b.as_secs_f64();
    Ok(vec![
        Figure::context("mcp.rest.us", "REST call of a Rust tool, p50", micros(plain), "us"),
        Figure::context(
            "mcp.stdio.us",
            "the same tool over standard input and output, p50",
            micros(over_pipe),
            "us",
        ),
        Figure::at_most(
            "mcp.session.ratio",
            "MCP over HTTP in a session / REST, the same Rust tool, p50",
            ratio(in_session, plain),
            "x",
            1.3,
        ),
        Figure::at_most(
            "mcp.stateless.ratio",
            "MCP over HTTP without a session / REST, the same Rust tool, p50",
            ratio(stateless, plain_again),
            "x",
            1.3,
        ),
        Figure::at_most(
            "mcp.stdio.ratio",
            "MCP over standard input and output / REST, the same Rust tool, p50",
            ratio(over_pipe, over_http),
            "x",
            1.0,
        ),
    ])
}

/// Asks over HTTP and over a pipe in turn, and returns the median of each.
fn beside(
    connection: &mut Connection,
    rest: &[u8],
    pipe: &mut Pipe,
) -> Result<(Duration, Duration)> {
    let (mut first, mut second) = (Vec::with_capacity(ROUNDS), Vec::with_capacity(ROUNDS));
    for round in 0..ROUNDS + ROUNDS / 10 {
        let begun = Instant::now();
        connection.expect(rest)?;
        let between = Instant::now();
        pipe.call()?;
        if round >= ROUNDS / 10 {
            first.push(between - begun);
            second.push(between.elapsed());
        }
    }
    Ok((median(first), median(second)))
}

/// `ctx mcp`, as a client starts it. It is stopped when this is dropped.
struct Pipe {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    line: String,
    call: String,
}

impl Pipe {
    fn start(workspace: &Workspace, ctx: &Path) -> Result<Self> {
        let mut command: Command = workspace.command(ctx, &["mcp", "--quiet"])?;
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()?;
        let input = child.stdin.take().context("its input is piped")?;
        let output = BufReader::new(child.stdout.take().context("its output is piped")?);
        let mut pipe = Self { child, input, output, line: String::new(), call: call(&json!({})) };
        pipe.call.push('\n');
        pipe.send(&format!("{}\n", initialize()))?;
        pipe.read()?;
        pipe.send(&format!("{}\n", ready()))?;
        pipe.call()?;
        Ok(pipe)
    }

    fn call(&mut self) -> Result<()> {
        self.input.write_all(self.call.as_bytes())?;
        self.read()?;
        if !self.line.contains("words") || self.line.contains("\"isError\":true") {
            bail!("`ctx mcp` answered {}", self.line);
        }
        Ok(())
    }

    fn send(&mut self, message: &str) -> Result<()> {
        Ok(self.input.write_all(message.as_bytes())?)
    }

    fn read(&mut self) -> Result<()> {
        self.line.clear();
        if self.output.read_line(&mut self.line)? == 0 {
            bail!("`ctx mcp` has ended");
        }
        Ok(())
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn initialize() -> Value {
    let client = json!({"name": "ctx-bench", "version": "0"});
    json!({
        "jsonrpc": "2.0", "id": 0, "method": "initialize",
        "params": {"protocolVersion": SESSIONS, "capabilities": {}, "clientInfo": client},
    })
}

fn ready() -> Value {
    json!({"jsonrpc": "2.0", "method": "notifications/initialized"})
}

/// Begins a session over HTTP and returns its id.
fn begin_session(connection: &mut Connection, address: SocketAddr) -> Result<String> {
    let accept = [("accept", "application/json, text/event-stream")];
    let sent = request(address, "POST", "/mcp", &accept, &initialize().to_string());
    let session = connection.expect(&sent)?.session.context("MCP began no session")?;
    let headers = [accept[0], ("mcp-session-id", session.as_str())];
    connection.expect(&request(address, "POST", "/mcp", &headers, &ready().to_string()))?;
    Ok(session)
}

fn in_session(address: SocketAddr, session: &str) -> Vec<u8> {
    over_http(address, SESSIONS, &[("mcp-session-id", session)], &json!({}))
}

fn without_session(address: SocketAddr) -> Vec<u8> {
    let headers = [("mcp-method", "tools/call"), ("mcp-name", "word_count")];
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": STATELESS,
        "io.modelcontextprotocol/clientInfo": {"name": "ctx-bench", "version": "0"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    over_http(address, STATELESS, &headers, &meta)
}

fn over_http(
    address: SocketAddr,
    version: &str,
    headers: &[(&str, &str)],
    meta: &Value,
) -> Vec<u8> {
    let mut headers = headers.to_vec();
    headers.push(("accept", "application/json, text/event-stream"));
    headers.push(("mcp-protocol-version", version));
    request(address, "POST", "/mcp", &headers, &call(meta))
}

fn call(meta: &Value) -> String {
    let params =
        json!({"name": "word_count", "arguments": {"text": "one two three"}, "_meta": meta});
    json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).to_string()
}

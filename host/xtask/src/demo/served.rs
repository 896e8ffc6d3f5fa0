//! The demo's server: REST as `curl` would use it, MCP over HTTP and over
//! standard input as a client would, and a file dropped in while it runs.

use std::fs;
use std::io::{BufRead as _, BufReader, Lines, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use super::Demo;
use crate::report::{Steps, say};

/// How long anything here may take to answer.
const DEADLINE: Duration = Duration::from_mins(1);

/// How soon a dropped file is to be there. A figure of the issue's; the bench
/// of a slow machine must not fail for it, so it is generous.
const LIVE: Duration = Duration::from_secs(10);

/// The protocol that this client speaks.
const PROTOCOL: &str = "2025-11-25";

/// The tool that is dropped in.
const LATE: &str = r#"tool = {
  name = "late",
  description = "Says that it came late",
  parameters = { { name = "name", type = "string", required = true } },
}

function tool.execute(params)
  return "Late, but here, " .. params.name .. "."
end
"#;

/// Stops a process when it goes out of scope.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Demo<'_> {
    /// Starts the server and uses it.
    pub(super) fn serve(&self, steps: &mut Steps) -> Result<()> {
        let mut begun = None;
        steps.take("ctx serve", || {
            let (child, address) = self.start()?;
            let health = get(address, "/health")?;
            ensure!(health["status"] == "ok", "it is not well: {health}");
            begun = Some((child, address));
            Ok(format!("listens on {address}"))
        })?;
        let (mut server, address) = begun.context("the server was not started")?;
        steps.take("GET /v1/capabilities says what `ctx capabilities` says", || {
            let told = get(address, "/v1/capabilities")?;
            let printed = self.shell.json(&["capabilities"])?;
            ensure!(told == printed, "they differ:\n{told}\n{printed}");
            Ok(format!("{} extensions", told["installed"].as_array().map_or(0, Vec::len)))
        })?;
        steps.take("POST /v1/tools/word_count", || {
            let answer = post(address, "/v1/tools/word_count", &[], &json!({"text": "a b c"}))?.1;
            ensure!(answer["result"]["structured"]["words"] == 3, "not 3 words: {answer}");
            Ok(answer["result"]["structured"].to_string())
        })?;
        steps.take("MCP over HTTP: list, call, prompt", || over_http(address))?;
        steps.take("MCP over standard input: list, call, prompt", || self.over_stdio())?;
        steps.take("drop a file in while it runs, and call it", || {
            let path = self.shell.workspace().join(".ctx/extensions/late.lua");
            fs::write(&path, LATE).with_context(|| format!("`{}`", path.display()))?;
            let dropped = Instant::now();
            loop {
                let (status, answer) =
                    post(address, "/v1/tools/late", &[], &json!({"name": "Ada"}))?;
                if status == 200 {
                    let said = &answer["result"]["content"][0]["text"];
                    ensure!(said == "Late, but here, Ada.", "it said {answer}");
                    return Ok(format!("there after {} ms", dropped.elapsed().as_millis()));
                }
                ensure!(dropped.elapsed() < LIVE, "it is still not there: {answer}");
                thread::sleep(Duration::from_millis(10));
            }
        })?;
        steps.take("break that file: the version before it goes on", || {
            let path = self.shell.workspace().join(".ctx/extensions/late.lua");
            fs::write(&path, "tool = {")?;
            let broken = Instant::now();
            loop {
                let told = get(address, "/v1/extensions/late")?;
                let why = &told["extension"]["error"]["message"];
                if why.is_string() {
                    let (status, answer) =
                        post(address, "/v1/tools/late", &[], &json!({"name": "Ada"}))?;
                    ensure!(status == 200, "it does not go on: {answer}");
                    fs::write(&path, LATE)?;
                    return Ok(format!("it says: {why}"));
                }
                ensure!(broken.elapsed() < LIVE, "nobody says that it is broken: {told}");
                thread::sleep(Duration::from_millis(10));
            }
        })?;
        steps.take("Ctrl-C ends it well", || {
            let id = server.0.id().to_string();
            ensure!(Command::new("kill").args(["-INT", &id]).status()?.success(), "no signal");
            let asked = Instant::now();
            loop {
                if let Some(status) = server.0.try_wait()? {
                    ensure!(status.success(), "it ended with {status}");
                    return Ok(format!("after {} ms", asked.elapsed().as_millis()));
                }
                ensure!(asked.elapsed() < DEADLINE, "it goes on");
                thread::sleep(Duration::from_millis(5));
            }
        })
    }

    /// Says what to paste into a client of MCP.
    pub(super) fn invite(&self) {
        let ctx = self.project.binary().display().to_string();
        say("");
        say("To give an MCP client these tools, run in a workspace of yours:");
        say(&format!("  claude mcp add ctx -- {ctx} mcp"));
        say("or paste this into its config, under `mcpServers` (VS Code: `servers`):");
        let entry = json!({"ctx": {"command": ctx, "args": ["mcp"]}});
        say(&format!("  {entry}"));
    }

    fn start(&self) -> Result<(Running, SocketAddr)> {
        let arguments = ["serve", "--bind", "127.0.0.1:0", "--json", "--quiet"];
        let mut server = Running(self.shell.spawn(&arguments)?);
        let stdout = server.0.stdout.take().context("its output is piped")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let told: Value =
            serde_json::from_str(&line).with_context(|| format!("it does not start: {line}"))?;
        let address = told["address"].as_str().context("it does not say where")?.parse()?;
        Ok((server, address))
    }

    fn over_stdio(&self) -> Result<String> {
        let mut server = Running(self.shell.spawn(&["mcp"])?);
        let to = server.0.stdin.take().context("its input is piped")?;
        let from = server.0.stdout.take().context("its output is piped")?;
        let mut client = Stdio { to: Some(to), from: BufReader::new(from).lines() };
        let told = converse(|message, id| client.send(message, id))?;
        // A client that closes its end is gone, and so is the server.
        client.to = None;
        let closed = Instant::now();
        while server.0.try_wait()?.is_none() {
            ensure!(closed.elapsed() < DEADLINE, "it goes on without a client");
            thread::sleep(Duration::from_millis(5));
        }
        Ok(told)
    }
}

/// The two ends of a server that a client started.
struct Stdio {
    to: Option<ChildStdin>,
    from: Lines<BufReader<ChildStdout>>,
}

impl Stdio {
    /// Sends a message; waits for its answer, if it has an id.
    fn send(&mut self, message: &Value, id: Option<u64>) -> Result<Value> {
        let to = self.to.as_mut().context("the input is closed")?;
        writeln!(to, "{message}")?;
        to.flush()?;
        let Some(id) = id else { return Ok(Value::Null) };
        for line in self.from.by_ref() {
            let answer: Value = serde_json::from_str(&line?)?;
            if answer["id"] == id {
                return Ok(answer);
            }
        }
        bail!("it ended without an answer to {message}")
    }
}

fn over_http(address: SocketAddr) -> Result<String> {
    let mut session: Option<String> = None;
    converse(|message, id| {
        let mut headers = vec![
            ("Accept", "application/json, text/event-stream".to_owned()),
            ("MCP-Protocol-Version", PROTOCOL.to_owned()),
        ];
        headers.extend(session.iter().map(|session| ("Mcp-Session-Id", session.clone())));
        let answer = exchange(address, "POST", "/mcp", &headers, &message.to_string())?;
        ensure!(answer.status < 300, "{}: {}", answer.status, answer.body);
        if answer.session.is_some() {
            session = answer.session;
        }
        let Some(id) = id else { return Ok(Value::Null) };
        // Plain JSON, or a stream of events.
        let found = answer
            .body
            .lines()
            .map(|line| line.strip_prefix("data:").unwrap_or(line).trim())
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .find(|answer| answer["id"] == id);
        found.with_context(|| format!("no answer in {}", answer.body))
    })
}

/// What a client of MCP does, whichever way its messages go.
fn converse(mut send: impl FnMut(&Value, Option<u64>) -> Result<Value>) -> Result<String> {
    let mut id = 0;
    let mut ask = |method: &str, params: Value| -> Result<Value> {
        id += 1;
        let message = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        let answer = send(&message, Some(id))?;
        if id == 1 {
            send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}), None)?;
        }
        ensure!(answer["error"].is_null(), "`{method}`: {answer}");
        Ok(answer["result"].clone())
    };
    ask(
        "initialize",
        json!({
            "protocolVersion": PROTOCOL,
            "capabilities": {},
            "clientInfo": {"name": "ctx-demo", "version": "0"},
        }),
    )?;
    let tools = ask("tools/list", json!({}))?;
    let tools = tools["tools"].as_array().context("no list of tools")?.len();
    let called =
        ask("tools/call", json!({"name": "word_count", "arguments": {"text": "one two"}}))?;
    ensure!(called["structuredContent"]["words"] == 2, "not 2 words: {called}");
    let prompt =
        ask("prompts/get", json!({"name": "researcher", "arguments": {"topic": "checkpoint"}}))?;
    let messages = prompt["messages"].as_array().context("no messages")?.len();
    Ok(format!("{tools} tools, 2 words counted, a prompt of {messages} messages"))
}

/// What came back.
struct Answer {
    status: u16,
    session: Option<String>,
    body: String,
}

fn get(address: SocketAddr, path: &str) -> Result<Value> {
    let answer = exchange(address, "GET", path, &[], "")?;
    ensure!(answer.status == 200, "GET {path}: {} {}", answer.status, answer.body);
    Ok(serde_json::from_str(&answer.body)?)
}

fn post(
    address: SocketAddr,
    path: &str,
    headers: &[(&str, String)],
    body: &Value,
) -> Result<(u16, Value)> {
    let answer = exchange(address, "POST", path, headers, &body.to_string())?;
    Ok((answer.status, serde_json::from_str(&answer.body).unwrap_or(Value::Null)))
}

/// One request on a connection of its own, and all that comes back.
fn exchange(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, String)],
    body: &str,
) -> Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    let mut request =
        format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        request.extend([name, ": ", value, "\r\n"]);
    }
    if !body.is_empty() {
        request.push_str("Content-Type: application/json\r\n");
    }
    request.extend(["Content-Length: ", &body.len().to_string(), "\r\n\r\n", body]);
    stream.write_all(request.as_bytes())?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let (head, mut body) = text.split_once("\r\n\r\n").context("no answer")?;
    let header = |wanted: &str| {
        head.lines().filter_map(|line| line.split_once(':')).find_map(|(name, value)| {
            name.eq_ignore_ascii_case(wanted).then(|| value.trim().to_owned())
        })
    };
    let status = head.split(' ').nth(1).context("no status")?.parse()?;
    let mut whole = String::new();
    if header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        while let Some((length, rest)) = body.split_once("\r\n") {
            let length = usize::from_str_radix(length.trim(), 16)?;
            whole.push_str(rest.get(..length).context("a chunk is cut short")?);
            body = rest.get(length + 2..).unwrap_or_default();
        }
    } else {
        body.clone_into(&mut whole);
    }
    Ok(Answer { status, session: header("mcp-session-id"), body: whole })
}

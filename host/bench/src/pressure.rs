//! Clients that go away, that do not read, that come all at once, and that
//! leave their sessions behind.

use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::{Value, json};

use crate::figure::Figure;
use crate::http::{Connection, request};
use crate::server::Server;
use crate::stopwatch::micros;
use crate::workspace::Workspace;

const TOOLS: &[u8] = include_bytes!("scripts/pressure.lua");

/// Sessions end soon, so that what they leave behind can be seen.
const CONFIG: &str = "[limits]\nidle = \"1s\"\n";

/// Clients that hang up, one after the other.
const HANG_UPS: usize = 30;

/// Clients that ask at once.
const AT_ONCE: usize = 500;

/// Clients that do not read.
const DEAF: usize = 16;

/// Sessions that nobody ends.
const ABANDONED: usize = 10_000;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) fn measure(ctx: &Path) -> Result<Vec<Figure>> {
    let workspace = Workspace::new(&[("pressure.lua", TOOLS)], CONFIG)?;
    let server = Server::start(&workspace, ctx)?;
    let address = server.address;
    Connection::open(address)?.expect(&call(address, "nap", false))?;
    let (direct, streamed) = (hang_ups(address, false)?, hang_ups(address, true)?);
    let at_once = at_once(address)?;
    let deaf = deaf(&server)?;
    let left = abandoned(&server)?;
    let most = |what: &str| format!("a client hangs up: until its guest is gone, {what}, worst");
    Ok(vec![
        Figure::at_most("pressure.hang_up.ms", most("plain"), direct, "ms", 50.0),
        Figure::at_most("pressure.hang_up_stream.ms", most("on a stream"), streamed, "ms", 50.0),
        Figure::at_most(
            "pressure.at_once.s",
            format!("{AT_ONCE} calls at once of a tool that waits for 100 ms, all answered"),
            at_once,
            "s",
            2.0,
        ),
        Figure::at_most(
            "pressure.deaf.memory",
            format!("{DEAF} clients that are told 9 MB each and read nothing: more memory"),
            deaf,
            "MiB",
            64.0,
        ),
        Figure::at_most(
            "pressure.abandoned.memory",
            format!("{ABANDONED} sessions that nobody ends: more memory once they are idle"),
            left,
            "MiB",
            20.0,
        ),
    ])
}

/// Writes a call of a client without a session. One that wants to hear of it
/// is answered on a stream.
fn call(address: SocketAddr, tool: &str, streamed: bool) -> Vec<u8> {
    let mut meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
    });
    if streamed {
        meta["progressToken"] = Value::from(1);
    }
    let params = json!({"name": tool, "arguments": {}, "_meta": meta});
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
    let headers = [
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "tools/call"),
        ("mcp-name", tool),
    ];
    request(address, "POST", "/mcp", &headers, &message.to_string())
}

/// Returns the longest time that a guest lived on after its client, in
/// milliseconds.
fn hang_ups(address: SocketAddr, streamed: bool) -> Result<f64> {
    let mut worst = Duration::ZERO;
    let mut asking = Connection::open(address)?;
    for at in 0..HANG_UPS {
        let tool = if at % 2 == 0 { "endless" } else { "asleep" };
        let mut client = TcpStream::connect(address)?;
        client.write_all(&call(address, tool, streamed))?;
        until(&mut asking, address, |alive| alive > 0)?;
        // It should be well under way.
        thread::sleep(Duration::from_millis(20));
        let begun = Instant::now();
        drop(client);
        until(&mut asking, address, |alive| alive == 0)?;
        worst = worst.max(begun.elapsed());
    }
    Ok(micros(worst) / 1e3)
}

/// Waits until so many instances are alive.
fn until(asking: &mut Connection, address: SocketAddr, is_it: impl Fn(u64) -> bool) -> Result<()> {
    let metrics = request(address, "GET", "/metrics", &[], "");
    let begun = Instant::now();
    loop {
        asking.expect(&metrics)?;
        let text = String::from_utf8_lossy(asking.body());
        let line = text.lines().find(|line| line.starts_with("ctx_instances "));
        let alive = line.and_then(|line| line.split(' ').nth(1)).context("no `ctx_instances`")?;
        if is_it(alive.parse()?) {
            return Ok(());
        }
        if begun.elapsed() > PATIENCE {
            bail!("after {PATIENCE:?} there are {alive} instances");
        }
    }
}

/// Returns the seconds until all of many calls are answered.
fn at_once(address: SocketAddr) -> Result<f64> {
    let nap = call(address, "nap", false);
    let mut clients = Vec::new();
    for _ in 0..AT_ONCE {
        clients.push(Connection::open(address)?);
    }
    let begun = Instant::now();
    let asked = clients.into_iter().map(|mut client| {
        let nap = nap.clone();
        let ask = move || client.expect(&nap).map(drop);
        thread::Builder::new().stack_size(256 << 10).spawn(ask)
    });
    let asked: Vec<_> = asked.collect::<std::io::Result<_>>()?;
    for one in asked {
        one.join().map_err(|_| anyhow!("a client panicked"))??;
    }
    Ok(begun.elapsed().as_secs_f64())
}

/// Returns the memory that clients cost who are told much and read nothing.
fn deaf(server: &Server) -> Result<f64> {
    let address = server.address;
    let mut asking = Connection::open(address)?;
    until(&mut asking, address, |alive| alive == 0)?;
    let before = server.memory()?;
    let mut clients = Vec::new();
    for _ in 0..DEAF {
        let mut client = TcpStream::connect(address)?;
        client.write_all(&call(address, "chatty", true))?;
        clients.push(client);
    }
    until(&mut asking, address, |alive| alive >= DEAF as u64)?;
    let mut most: f64 = 0.0;
    for _ in 0..20 {
        thread::sleep(Duration::from_millis(100));
        most = most.max(server.memory()? - before);
    }
    drop(clients);
    until(&mut asking, address, |alive| alive == 0)?;
    Ok(most)
}

/// Returns the memory that sessions leave behind, once they have been idle for
/// long enough.
fn abandoned(server: &Server) -> Result<f64> {
    let address = server.address;
    let params = json!({
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "bench", "version": "1"},
    });
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params});
    let headers = [("accept", "application/json, text/event-stream")];
    let initialize = request(address, "POST", "/mcp", &headers, &message.to_string());
    let mut client = Connection::open(address)?;
    let mut begin = |count| -> Result<()> {
        for _ in 0..count {
            client.expect(&initialize)?.session.context("no session began")?;
        }
        Ok(())
    };
    // The first ones pay for what is kept for all.
    begin(512)?;
    thread::sleep(Duration::from_secs(2));
    let before = server.memory()?;
    begin(ABANDONED)?;
    thread::sleep(Duration::from_secs(2));
    Ok((server.memory()? - before).max(0.0))
}

//! What others notice of an extension that computes without end on every
//! thread of the server, and how soon it can be stopped.

use std::net::SocketAddr;
use std::path::Path;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};

use crate::figure::Figure;
use crate::http::{Connection, request};
use crate::server::Server;
use crate::workspace::{GREET, Workspace, guest};

const LOOPS: &str = include_str!("scripts/loops.lua");

/// Only the operator lets one loop for as long as that.
const CONFIG: &str = "[extension.loops]\nlimits = { time = \"1h\", fuel = 1_000_000_000_000 }\n";

/// Calls of each kind, of which one in a hundred counts.
const CALLS: usize = 4000;

/// Loops for each thread of the server.
const EACH: usize = 2;

/// What is called while others loop.
struct Asked {
    rust: Vec<u8>,
    lua: Vec<u8>,
}

pub(crate) fn measure(ctx: &Path) -> Result<Vec<Figure>> {
    let word_count = guest(ctx, "word-count")?;
    let extensions: [(&str, &[u8]); 3] = [
        ("word-count.wasm", &word_count),
        ("greet.lua", GREET.as_bytes()),
        ("loops.lua", LOOPS.as_bytes()),
    ];
    let workspace = Workspace::new(&extensions, CONFIG)?;
    run(&workspace, ctx, &["trust"])?;
    let server = Server::start(&workspace, ctx)?;
    let address = server.address;
    let asked = Asked {
        rust: request(address, "POST", "/v1/tools/word_count", &[], r#"{"text":"one two three"}"#),
        lua: request(address, "POST", "/v1/tools/greet", &[], r#"{"name":"Ada","times":3}"#),
    };
    let cores = thread::available_parallelism()?.get();
    // Connections are given to the threads in turn: one stays on each.
    let mut own: Vec<Connection> =
        (0..cores).map(|_| Connection::open(address)).collect::<Result<_>>()?;
    let (quiet_rust, quiet_lua) = pair(&mut own, &asked)?;
    let loops: Vec<JoinHandle<Result<Instant>>> =
        (0..cores * EACH).map(|_| thread::spawn(move || hang(address))).collect();
    running(&mut own[0], address, cores * EACH)?;
    let (busy_rust, busy_lua) = pair(&mut own, &asked)?;
    let switched = Instant::now();
    run(&workspace, ctx, &["ext", "disable", "loops"])?;
    let mut longest = Duration::ZERO;
    for one in loops {
        let ended = one.join().map_err(|_| anyhow!("a client panicked"))??;
        longest = longest.max(ended.saturating_duration_since(switched));
    }
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    let ratio = |a: Duration, b: Duration| a.as_secs_f64() / b.as_secs_f64();
    let worse = ratio(busy_rust, quiet_rust).max(ratio(busy_lua, quiet_lua));
    let slower = busy_rust.max(busy_lua);
    Ok(vec![
        Figure::context("fair.rust.quiet.us", "REST, Rust tool, p99", micros(quiet_rust), "us"),
        Figure::context(
            "fair.rust.busy.us",
            "the same while another loops on every thread",
            micros(busy_rust),
            "us",
        ),
        Figure::context("fair.lua.quiet.us", "REST, Lua tool, p99", micros(quiet_lua), "us"),
        Figure::context(
            "fair.lua.busy.us",
            "the same while another loops on every thread",
            micros(busy_lua),
            "us",
        ),
        Figure::at_most("fair.p99.ratio", "p99 busy / quiet, the worse of both", worse, "x", 4.0),
        Figure::at_most(
            "fair.p99",
            "p99 busy, the slower of both",
            micros(slower) / 1e3,
            "ms",
            5.0,
        ),
        Figure::at_most(
            "fair.stop",
            "from `ctx ext disable` to the end of the last loop, with the start of `ctx`",
            micros(longest) / 1e3,
            "ms",
            100.0,
        ),
    ])
}

/// Asks two things in turn on each connection, and returns the p99 of each.
fn pair(own: &mut [Connection], asked: &Asked) -> Result<(Duration, Duration)> {
    let (mut rust, mut lua) = (Vec::with_capacity(CALLS), Vec::with_capacity(CALLS));
    for call in 0..CALLS + CALLS / 10 {
        let connections = own.len();
        let connection = &mut own[call % connections];
        for (request, samples) in [(&asked.rust, &mut rust), (&asked.lua, &mut lua)] {
            let begun = Instant::now();
            connection.expect(request)?;
            if call >= CALLS / 10 {
                samples.push(begun.elapsed());
            }
        }
    }
    Ok((p99(rust), p99(lua)))
}

fn p99(mut samples: Vec<Duration>) -> Duration {
    samples.sort();
    samples[samples.len() * 99 / 100]
}

/// Calls what never answers, and says when it was stopped.
fn hang(address: SocketAddr) -> Result<Instant> {
    let mut connection = Connection::open(address)?;
    let answer = connection.send(&request(address, "POST", "/v1/tools/loops", &[], "{}"))?;
    ensure!(answer.status == 502, "a loop answered {}", answer.status);
    Ok(Instant::now())
}

/// Waits until so many loops run.
fn running(connection: &mut Connection, address: SocketAddr, loops: usize) -> Result<()> {
    let metrics = request(address, "GET", "/metrics", &[], "");
    let wanted = format!("ctx_calls_running{{extension=\"loops\",role=\"tool\"}} {loops}\n");
    loop {
        connection.expect(&metrics)?;
        if String::from_utf8_lossy(connection.body()).contains(&wanted) {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(1));
    }
}

fn run(workspace: &Workspace, ctx: &Path, arguments: &[&str]) -> Result<()> {
    let output = workspace.command(ctx, arguments)?.output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

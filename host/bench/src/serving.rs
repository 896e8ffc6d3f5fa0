//! What the server adds to a call, and what it holds, with fifty extensions.

use std::net::SocketAddr;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

use crate::figure::Figure;
use crate::http::{Connection, request};
use crate::server::Server;
use crate::stopwatch::median;
use crate::workspace::Workspace;

const ROUNDS: usize = 2000;
const STARTS: usize = 7;
const LOAD: usize = 10_000;
const WARM: usize = 1000;
const CLIENTS: usize = 64;

pub(crate) fn measure(ctx: &Path) -> Result<Vec<Figure>> {
    let workspace = Workspace::with_fifty(ctx)?;
    // Compiles everything, so that later starts are warm.
    drop(Server::start(&workspace, ctx)?);
    let mut starts = Vec::new();
    let mut idle = Vec::new();
    for _ in 0..STARTS {
        let server = Server::start(&workspace, ctx)?;
        starts.push(server.started);
        idle.push(server.memory()?);
    }
    idle.sort_by(f64::total_cmp);
    let server = Server::start(&workspace, ctx)?;
    let mut connection = Connection::open(server.address)?;
    let asked = Asked::of(&mut connection, server.address)?;
    let (health, rust) = pair(&mut connection, &asked.health, &asked.rust)?;
    let (health_again, lua) = pair(&mut connection, &asked.health, &asked.lua)?;
    let (_, capabilities) = pair(&mut connection, &asked.health, &asked.capabilities)?;
    drop(connection);
    drop(server);
    let (failures, grown) = load(&Server::start(&workspace, ctx)?)?;
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    let ratio = |a: Duration, b: Duration| a.as_secs_f64() / b.as_secs_f64();
    Ok(vec![
        Figure::context("serve.health.us", "GET /health, p50", micros(health), "us"),
        Figure::context("serve.rust.us", "REST call of a Rust tool, p50", micros(rust), "us"),
        Figure::context("serve.lua.us", "REST call of a Lua tool, p50", micros(lua), "us"),
        Figure::at_most(
            "serve.rust.ratio",
            "REST call of a Rust tool / /health",
            ratio(rust, health),
            "x",
            2.0,
        ),
        Figure::at_most(
            "serve.lua.ratio",
            "REST call of a Lua tool / /health",
            ratio(lua, health_again),
            "x",
            3.0,
        ),
        Figure::at_most(
            "serve.capabilities.ms",
            "GET /v1/capabilities, 50 extensions, p50",
            micros(capabilities) / 1e3,
            "ms",
            1.0,
        ),
        Figure::at_most(
            "serve.start.ms",
            "ctx serve to its first answer, 50 extensions, warm cache, p50",
            micros(median(starts)) / 1e3,
            "ms",
            300.0,
        ),
        Figure::at_most(
            "serve.idle.memory",
            "memory of an idle server, 50 extensions",
            idle[idle.len() / 2],
            "MiB",
            60.0,
        ),
        Figure::at_most(
            "serve.load.failures",
            "failures in 10,000 calls, 64 at a time",
            failures,
            "",
            0.0,
        ),
        Figure::at_most(
            "serve.load.memory",
            "memory after 10,000 calls above that after 1,000",
            grown,
            "MiB",
            10.0,
        ),
    ])
}

pub(crate) fn rust_call(address: SocketAddr) -> Vec<u8> {
    request(address, "POST", "/v1/tools/word_count", &[], r#"{"text":"one two three"}"#)
}

fn lua_call(address: SocketAddr) -> Vec<u8> {
    request(address, "POST", "/v1/tools/greet_0", &[], r#"{"name":"Ada","times":3}"#)
}

/// What is asked of a running server, written ahead.
struct Asked {
    health: Vec<u8>,
    rust: Vec<u8>,
    lua: Vec<u8>,
    capabilities: Vec<u8>,
}

impl Asked {
    fn of(connection: &mut Connection, address: SocketAddr) -> Result<Self> {
        let asked = Self {
            health: request(address, "GET", "/health", &[], ""),
            rust: rust_call(address),
            lua: lua_call(address),
            capabilities: request(address, "GET", "/v1/capabilities", &[], ""),
        };
        connection.expect_said(&asked.rust, "words")?;
        connection.expect_said(&asked.lua, "Ada")?;
        Ok(asked)
    }
}

/// Asks two things in turn, so that the machine's drift is shared, and returns
/// the median of each.
pub(crate) fn pair(
    connection: &mut Connection,
    a: &[u8],
    b: &[u8],
) -> Result<(Duration, Duration)> {
    let (mut first, mut second) = (Vec::with_capacity(ROUNDS), Vec::with_capacity(ROUNDS));
    for round in 0..ROUNDS + ROUNDS / 10 {
        for (request, samples) in [(a, &mut first), (b, &mut second)] {
            let begun = Instant::now();
            connection.expect(request)?;
            if round >= ROUNDS / 10 {
                samples.push(begun.elapsed());
            }
        }
    }
    Ok((median(first), median(second)))
}

/// Calls both tools from many clients. Returns the failures, and by how many
/// MiB the server grew after the first thousand.
fn load(server: &Server) -> Result<(f64, f64)> {
    let warm_failures = storm(server.address, WARM)?;
    let before = server.memory()?;
    let failures = storm(server.address, LOAD - WARM)?;
    #[expect(clippy::cast_precision_loss, reason = "a small count")]
    let failures = (warm_failures + failures) as f64;
    Ok((failures, server.memory()? - before))
}

fn storm(address: SocketAddr, calls: usize) -> Result<usize> {
    let client = move |at: usize| -> Result<usize> {
        let mut connection = Connection::open(address)?;
        let requests = [rust_call(address), lua_call(address)];
        let mut failures = 0;
        for call in (at..calls).step_by(CLIENTS) {
            let answer = connection.send(&requests[call / CLIENTS % 2])?;
            failures += usize::from(answer.status != 200);
        }
        Ok(failures)
    };
    let clients: Vec<_> = (0..CLIENTS).map(|at| thread::spawn(move || client(at))).collect();
    let mut failures = 0;
    for client in clients {
        failures += client.join().map_err(|_| anyhow!("a client panicked"))??;
    }
    Ok(failures)
}

//! A server with a thousand extensions, and one that is kept busy.

use std::net::SocketAddr;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

use crate::figure::Figure;
use crate::http::{Connection, request};
use crate::server::Server;
use crate::stopwatch::{median, micros};
use crate::workspace::Workspace;

/// Scripts and components that the server has.
const SCRIPTS: usize = 900;
const COMPONENTS: usize = 100;

const STARTS: usize = 5;
const ASKED: usize = 500;

/// Connections that ask as fast as they are answered, and for how long.
const CLIENTS: usize = 16;
const WARM: Duration = Duration::from_millis(500);
const BUSY: Duration = Duration::from_secs(2);
const ROUNDS: usize = 3;

pub(crate) fn measure(ctx: &Path) -> Result<Vec<Figure>> {
    let workspace = Workspace::with(ctx, SCRIPTS, COMPONENTS)?;
    // Compiles and describes everything, so that later starts are warm.
    drop(Server::start(&workspace, ctx)?);
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        starts.push(Server::start(&workspace, ctx)?.started);
    }
    let server = Server::start(&workspace, ctx)?;
    let memory = server.memory()?;
    let address = server.address;
    let capabilities = request(address, "GET", "/v1/capabilities", &[], "");
    let mut connection = Connection::open(address)?;
    let mut times = Vec::new();
    for _ in 0..ASKED {
        let begun = Instant::now();
        connection.expect(&capabilities)?;
        times.push(begun.elapsed());
    }
    drop(connection);
    let lua = request(address, "POST", "/v1/tools/greet_0", &[], "{\"name\":\"Ada\"}");
    let rust = request(address, "POST", "/v1/tools/word_count", &[], "{\"text\":\"a b\"}");
    let health = request(address, "GET", "/health", &[], "");
    let (mut healths, mut luas, mut rusts) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        healths.push(answers(address, &health)?);
        luas.push(answers(address, &lua)?);
        rusts.push(answers(address, &rust)?);
    }
    let middle = |mut rates: Vec<f64>| {
        rates.sort_by(f64::total_cmp);
        rates[rates.len() / 2]
    };
    let (health, lua, rust) = (middle(healths), middle(luas), middle(rusts));
    let start = micros(median(starts)) / 1e3;
    let asked = micros(median(times)) / 1e3;
    Ok(vec![
        Figure::at_most(
            "crowd.start.ms",
            "ctx serve to its first answer, 1,000 extensions, warm cache, p50",
            start,
            "ms",
            1000.0,
        ),
        Figure::at_most(
            "crowd.memory",
            "memory of an idle server, 1,000 extensions",
            memory,
            "MiB",
            200.0,
        ),
        Figure::at_most(
            "crowd.capabilities.ms",
            "GET /v1/capabilities, 1,000 extensions, p50",
            asked,
            "ms",
            1.0,
        ),
        Figure::context("crowd.health.rate", "/health, answers a second", health, "1/s"),
        Figure::context("crowd.lua.rate", "a Lua tool over REST, answers a second", lua, "1/s"),
        Figure::context("crowd.rust.rate", "a Rust tool over REST, answers a second", rust, "1/s"),
        Figure::at_most(
            "crowd.lua.share",
            "/health / a Lua tool, answers a second",
            health / lua,
            "x",
            4.0,
        ),
        Figure::at_most(
            "crowd.rust.share",
            "/health / a Rust tool, answers a second",
            health / rust,
            "x",
            1.0 / 0.35,
        ),
    ])
}

/// Asks from many connections at once; returns the answers of a second.
fn answers(address: SocketAddr, request: &[u8]) -> Result<f64> {
    let client = move |request: Vec<u8>| -> Result<u32> {
        let mut connection = Connection::open(address)?;
        let warm = Instant::now();
        while warm.elapsed() < WARM {
            connection.expect(&request)?;
        }
        let (begun, mut answered) = (Instant::now(), 0);
        while begun.elapsed() < BUSY {
            connection.expect(&request)?;
            answered += 1;
        }
        Ok(answered)
    };
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let request = request.to_vec();
            thread::spawn(move || client(request))
        })
        .collect();
    let mut answered = 0;
    for client in clients {
        answered += client.join().map_err(|_| anyhow!("a client panicked"))??;
    }
    Ok(f64::from(answered) / BUSY.as_secs_f64())
}

//! What a tool costs that searches ten thousand documents, over REST.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};

use crate::figure::Figure;
use crate::http::{Connection, request};
use crate::server::Server;
use crate::stopwatch::{child, median};
use crate::workspace::Workspace;

const ITEMS: &str = include_str!("scripts/items.lua");
const LOOK: &str = include_str!("scripts/look.lua");
const CONFIG: &str = "[sources.items]\nextension = \"items\"\ncount = 10000\n\n\
                      [extension.look]\nallow = { context = [\"*\"] }\n";
const ROUNDS: usize = 1000;

pub(crate) fn measure(ctx: &Path) -> Result<Vec<Figure>> {
    let extensions = [("items.lua", ITEMS.as_bytes()), ("look.lua", LOOK.as_bytes())];
    let workspace = Workspace::new(&extensions, CONFIG)?;
    drop(workspace.host()?);
    child(&workspace.command(ctx, &["sync", "items"])?)?;
    let server = Server::start(&workspace, ctx)?;
    let mut connection = Connection::open(server.address)?;
    let queries = ["alpha", "item 4711", "about gamma", "word AND epsilon", "1234"];
    let calls = queries.map(|query| {
        let body = serde_json::json!({ "query": query }).to_string();
        request(server.address, "POST", "/v1/tools/look", &[], &body)
    });
    let mut samples = Vec::with_capacity(ROUNDS);
    for round in 0..ROUNDS + ROUNDS / 10 {
        let call = &calls[round % calls.len()];
        let begun = Instant::now();
        connection.expect(call)?;
        if round >= ROUNDS / 10 {
            samples.push(begun.elapsed());
        } else {
            let body = String::from_utf8_lossy(connection.body());
            ensure!(body.contains("first"), "it found nothing: {body}");
        }
    }
    Ok(vec![Figure::at_most(
        "lookup.rest.ms",
        "a Lua tool with one search over 10,000 documents, over REST, p50",
        median(samples).as_secs_f64() * 1e3,
        "ms",
        2.0,
    )])
}

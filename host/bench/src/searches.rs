//! What a search costs, over ten thousand documents.

use std::time::Instant;

use anyhow::{Result, anyhow, ensure};
use ctx_core::SyncOptions;
use ctx_model::Query;

use crate::figure::Figure;
use crate::stopwatch::median;
use crate::workspace::Workspace;

const ITEMS: &str = include_str!("scripts/items.lua");
const ROUNDS: usize = 1000;

pub(crate) async fn measure() -> Result<Vec<Figure>> {
    let config = "[sources.items]\nextension = \"items\"\ncount = 10000\n";
    let workspace = Workspace::new(&[("items.lua", ITEMS.as_bytes())], config)?;
    let host = workspace.host()?;
    let receipt = host.sync("items", &SyncOptions::default(), &mut |_| ()).await?;
    receipt.outcome.map_err(|error| anyhow!("{error}"))?;
    let queries = ["alpha", "item 4711", "\"about gamma\"", "word AND epsilon", "1234"];
    let mut samples = Vec::new();
    for round in 0..ROUNDS {
        let text = queries[round % queries.len()].to_owned();
        let query = Query { text, limit: 12, ..Query::default() };
        let started = Instant::now();
        let hits = host.search(&query).await?;
        samples.push(started.elapsed());
        ensure!(!hits.hits.is_empty(), "`{}` finds nothing", query.text);
    }
    let p50 = median(samples).as_secs_f64() * 1e3;
    Ok(vec![Figure::at_most(
        "search.10k.ms",
        "Host::search over 10,000 documents, p50",
        p50,
        "ms",
        2.0,
    )])
}

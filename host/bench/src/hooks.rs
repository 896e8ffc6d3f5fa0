//! What three hooks add to a search, each in an instance of its own.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use ctx_core::SyncOptions;
use ctx_model::Query;

use crate::figure::Figure;
use crate::workspace::Workspace;

const ITEMS: &str = include_str!("scripts/items.lua");
const SCENES: &str = include_str!("../../../guests/lua/scene-retrieval-tags.lua");
const BLOCK: usize = 100;
const ROUNDS: usize = 5;

/// Milliseconds of the request that a search is part of.
const BACKEND: f64 = 300.0;

pub(crate) async fn measure() -> Result<Vec<Figure>> {
    let named = |name: &str| SCENES.replace("scene-retrieval-tags", name).into_bytes();
    let scripts = ["one", "two", "three"].map(|name| (format!("{name}.lua"), named(name)));
    let mut extensions: Vec<(&str, &[u8])> = vec![("items.lua", ITEMS.as_bytes())];
    extensions.extend(scripts.iter().map(|(name, text)| (name.as_str(), text.as_slice())));
    let config = "[sources.items]\nextension = \"items\"\ncount = 1000\n";
    let workspace = Workspace::new(&extensions, config)?;
    let host = workspace.host()?;
    let receipt = host.sync("items", &SyncOptions::default(), &mut |_| ()).await?;
    receipt.outcome.map_err(|error| anyhow!("{error}"))?;
    let catalog = host.catalog().await?;
    for extension in catalog.installed.values() {
        // Scripts are loaded once, as in a server that has run for a while.
        drop(host.loading(extension).await);
    }
    let query = Query { text: "alpha tavern OR item".to_owned(), limit: 12, ..Query::default() };
    let (mut off, mut on) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        for is_on in [false, true, true, false] {
            host.switch_hooks(is_on);
            for _ in 0..BLOCK {
                let begun = Instant::now();
                let hits = host.search(&query).await?;
                let took = begun.elapsed();
                ensure!(hits.enrichment.is_some() == is_on, "hooks run where they should");
                // The first round is for warming up.
                if round > 0 {
                    if is_on { &mut on } else { &mut off }.push(took);
                }
            }
        }
    }
    let added = |part: f64| {
        let at = |samples: &mut Vec<Duration>| {
            samples.sort();
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "samples are few"
            )]
            let rank = (samples.len() as f64 * part).ceil() as usize;
            samples[rank.clamp(1, samples.len()) - 1].as_secs_f64() * 1e3
        };
        at(&mut on.clone()) - at(&mut off.clone())
    };
    let (p50, p95) = (added(0.5), added(0.95));
    let what = |part| format!("added to a search by three hooks in Lua, {part}");
    Ok(vec![
        Figure::at_most("hooks.search.p50.ms", what("p50"), p50, "ms", 0.3),
        Figure::at_most("hooks.search.p95.ms", what("p95"), p95, "ms", 1.0),
        Figure::at_most(
            "hooks.search.percent",
            "the same, of a request of 300 ms",
            100.0 * p95 / BACKEND,
            "%",
            5.0,
        ),
    ])
}

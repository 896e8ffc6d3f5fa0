//! What a sync costs, in a process of its own.

use std::path::Path;

use anyhow::Result;

use crate::figure::Figure;
use crate::stopwatch::{Cost, child};
use crate::workspace::Workspace;

const ITEMS: &str = include_str!("scripts/items.lua");

pub(crate) fn measure(ctx: &Path) -> Result<Vec<Figure>> {
    // Compiling the interpreter is paid once for each machine.
    sync(ctx, 10)?;
    let small = sync(ctx, 10_000)?;
    let large = sync(ctx, 100_000)?;
    let (small_cpu, large_cpu) = (small.cpu.as_secs_f64(), large.cpu.as_secs_f64());
    #[expect(clippy::cast_precision_loss, reason = "megabytes")]
    let more = large.peak_memory.saturating_sub(small.peak_memory) as f64 / (1024.0 * 1024.0);
    Ok(vec![
        Figure::at_most(
            "sync.10k.cpu",
            "10,000 streamed Lua items into an empty store, CPU",
            small_cpu,
            "s",
            2.0,
        ),
        Figure::context("sync.10k.wall", "the same, wall clock", small.wall.as_secs_f64(), "s"),
        Figure::at_most(
            "sync.100k.ratio",
            "100,000 items / 10,000 items, CPU",
            large_cpu / small_cpu,
            "x",
            12.0,
        ),
        Figure::at_most(
            "sync.100k.memory",
            "peak RSS at 100,000 items above that at 10,000",
            more,
            "MiB",
            64.0,
        ),
    ])
}

fn sync(ctx: &Path, count: u32) -> Result<Cost> {
    let config = format!("[sources.items]\nextension = \"items\"\ncount = {count}\n");
    let workspace = Workspace::new(&[("items.lua", ITEMS.as_bytes())], &config)?;
    // Compiled before the clock starts: a fresh workspace has places of its own.
    child(&workspace.command(ctx, &["ext", "list"])?)?;
    child(&workspace.command(ctx, &["sync", "items"])?)
}

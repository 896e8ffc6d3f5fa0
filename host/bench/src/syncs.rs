//! What a sync costs, in a process of its own.

use std::path::Path;

use anyhow::{Result, ensure};

use crate::figure::Figure;
use crate::stopwatch::{Cost, child};
use crate::workspace::Workspace;

const ITEMS: &str = include_str!("scripts/items.lua");
const LISTED: &str = include_str!("scripts/listed.lua");
const LARGE: &str = include_str!("scripts/large.lua");

/// Documents, and the bytes of each large one.
const COUNT: u32 = 10_000;
const BYTES: u32 = 4096;

pub(crate) fn measure(ctx: &Path) -> Result<Vec<Figure>> {
    // Compiling the interpreter is paid once for each machine.
    sync(ctx, 10)?;
    let small = sync(ctx, COUNT)?;
    let large = sync(ctx, 100_000)?;
    let (small_cpu, large_cpu) = (small.cpu.as_secs_f64(), large.cpu.as_secs_f64());
    #[expect(clippy::cast_precision_loss, reason = "megabytes")]
    let more = large.peak_memory.saturating_sub(small.peak_memory) as f64 / (1024.0 * 1024.0);
    let mut figures = listed(ctx)?;
    figures.push(written(ctx)?);
    figures.extend([
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
    ]);
    Ok(figures)
}

/// A script that returns one list, and the same once more with nothing
/// changed.
fn listed(ctx: &Path) -> Result<Vec<Figure>> {
    let config = format!("[sources.items]\nextension = \"items\"\ncount = {COUNT}\n");
    let workspace = Workspace::new(&[("items.lua", LISTED.as_bytes())], &config)?;
    child(&workspace.command(ctx, &["ext", "list"])?)?;
    let first = child(&workspace.command(ctx, &["sync", "items"])?)?.cpu.as_secs_f64();
    let again = child(&workspace.command(ctx, &["sync", "items", "--full"])?)?.cpu.as_secs_f64();
    Ok(vec![
        Figure::at_most(
            "sync.list.10k.cpu",
            "10,000 Lua items in one list into an empty store, CPU",
            first,
            "s",
            1.0,
        ),
        Figure::at_most(
            "sync.list.again.ratio",
            "`--full` again with nothing changed / the first, CPU",
            again / first,
            "x",
            1.0 / 3.0,
        ),
    ])
}

/// What is written for documents of 4 kB.
fn written(ctx: &Path) -> Result<Figure> {
    let config = format!("[sources.items]\nextension = \"items\"\ncount = {COUNT}\n");
    let workspace = Workspace::new(&[("items.lua", LARGE.as_bytes())], &config)?;
    child(&workspace.command(ctx, &["ext", "list"])?)?;
    let cost = child(&workspace.command(ctx, &["sync", "items"])?)?;
    ensure!(cost.written > 0, "the system does not count what is written to this file system");
    #[expect(clippy::cast_precision_loss, reason = "a ratio")]
    let ratio = cost.written as f64 / f64::from(COUNT * BYTES);
    Ok(Figure::at_most(
        "sync.written.ratio",
        "bytes written / bytes of 10,000 documents of 4 kB",
        ratio,
        "x",
        5.0,
    ))
}

fn sync(ctx: &Path, count: u32) -> Result<Cost> {
    let config = format!("[sources.items]\nextension = \"items\"\ncount = {count}\n");
    let workspace = Workspace::new(&[("items.lua", ITEMS.as_bytes())], &config)?;
    // Compiled before the clock starts: a fresh workspace has places of its own.
    child(&workspace.command(ctx, &["ext", "list"])?)?;
    child(&workspace.command(ctx, &["sync", "items"])?)
}

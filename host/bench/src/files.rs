//! What it costs to look at a large tree of files that did not change, against
//! a plain native walk of the same tree.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use ctx_core::{Host, SyncOptions};

use crate::figure::Figure;
use crate::stopwatch::median;
use crate::workspace::{Workspace, guest};

const FOLDERS: usize = 500;
const EACH: usize = 100;
const ROUNDS: usize = 7;

pub(crate) async fn measure(ctx: &Path) -> Result<Vec<Figure>> {
    let files = guest(ctx, "files")?;
    let workspace = Workspace::new(&[("files.wasm", &files)], "")?;
    let tree = workspace.path().join("tree");
    plant(&tree)?;
    let root = tree.display();
    let config = format!("[sources.tree]\nextension = \"files\"\nroot = \"{root}\"\n");
    fs::write(workspace.path().join(".ctx/config.toml"), config)?;
    let host = workspace.host()?;
    let all = (FOLDERS * EACH) as u64;
    ensure!(sync(&host).await?.1 == all, "the first sync adds every file");
    let (mut native, mut ours) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let begun = Instant::now();
        ensure!(walk(&tree)? == all, "the walk sees every file");
        let walked = begun.elapsed();
        let (took, added) = sync(&host).await?;
        ensure!(added == 0, "nothing has changed");
        // The first round warms the caches.
        if round > 0 {
            native.push(walked);
            ours.push(took);
        }
    }
    let (native, ours) = (median(native).as_secs_f64(), median(ours).as_secs_f64());
    Ok(vec![
        Figure::context("files.50k.native", "native walk and stat of 50,000 files", native, "s"),
        Figure::context("files.50k.sync", "sync of the same, nothing changed", ours, "s"),
        Figure::at_most("files.50k.ratio", "the sync / the native walk", ours / native, "x", 2.0),
    ])
}

fn plant(tree: &Path) -> Result<()> {
    for folder in 0..FOLDERS {
        let folder = tree.join(format!("folder-{folder:03}"));
        fs::create_dir_all(&folder)?;
        for file in 0..EACH {
            fs::write(folder.join(format!("note-{file:02}.md")), format!("# Note\n\n{file}\n"))?;
        }
    }
    Ok(())
}

/// Syncs, and returns how long it took and how many files were new.
async fn sync(host: &Host) -> Result<(Duration, u64)> {
    let begun = Instant::now();
    let receipt = host.sync("tree", &SyncOptions::default(), &mut |_| ()).await?;
    let report = receipt.outcome.map_err(|error| anyhow!("{error}"))?;
    Ok((begun.elapsed(), report.added))
}

/// Counts the files below a folder, and asks for the size and time of each.
fn walk(folder: &Path) -> Result<u64> {
    let mut files = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        if metadata.is_dir() {
            files += walk(&entry.path())?;
        } else {
            std::hint::black_box((metadata.len(), metadata.modified()?));
            files += 1;
        }
    }
    Ok(files)
}

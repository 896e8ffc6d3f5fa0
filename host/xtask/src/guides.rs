//! Follows the guides: runs what they tell a reader to run, writes the files
//! that they tell him to write, and loads every script that they show.
//!
//! What a block is for stands behind its language, see `blocks`. Part of
//! `cargo xtask docs`.

mod blocks;
mod reader;
mod served;

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::project::Project;
use crate::report::Steps;

use blocks::{Block, Purpose};
use reader::Reader;

/// Where the guides are.
const GUIDES: &str = "docs/guides";

/// What the first connector may take, with everything that is compiled on the
/// way: its guide says so.
const QUARTER: std::time::Duration = std::time::Duration::from_mins(15);

/// Follows every guide in a scratch folder of its own.
pub(crate) fn run(project: &Project) -> Result<()> {
    let folder = project.target.join("guides");
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut guides: Vec<_> = fs::read_dir(project.path(GUIDES))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    guides.retain(|path| path.extension().is_some_and(|suffix| suffix == "md"));
    guides.sort();
    let mut steps = Steps::begin();
    for guide in guides {
        let name = guide.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        steps.take(&format!("follow {GUIDES}/{name}.md"), || {
            let begun = std::time::Instant::now();
            let done = follow(project, &guide, &folder, &name)?;
            let took = begun.elapsed();
            ensure!(took < QUARTER, "it took {took:?}, which is more than {QUARTER:?}");
            Ok(done)
        })?;
    }
    Ok(())
}

fn follow(project: &Project, guide: &Path, folder: &Path, name: &str) -> Result<String> {
    let text = fs::read_to_string(guide)?;
    let blocks = blocks::of(&text).with_context(|| format!("in `{name}.md`"))?;
    let mut reader = Reader::new(project, folder, name)?;
    if !text.contains("\nctx init") {
        reader.run("ctx init")?;
    }
    let (mut done, mut left) = (0, 0);
    for block in &blocks {
        let Block { line, purpose, text } = block;
        let at = || format!("{GUIDES}/{name}.md:{line}");
        match purpose {
            Purpose::Left => left += 1,
            Purpose::Run => reader.run(text).with_context(at)?,
            Purpose::Write(path) => reader.write(path, text).with_context(at)?,
            Purpose::Said => reader.said(text).with_context(at)?,
            Purpose::Script => reader.keep_script(*line, text).with_context(at)?,
            Purpose::Config => reader.try_config(text).with_context(at)?,
            Purpose::Manifest => reader.keep_manifest(*line, text).with_context(at)?,
            Purpose::Excerpt(path) => excerpt(project, path, text).with_context(at)?,
        }
        done += 1;
    }
    reader.load_all()?;
    Ok(format!("{done} blocks, {left} of them left to the reader"))
}

/// Holds a block against the file that it is from, which is built elsewhere.
fn excerpt(project: &Project, path: &str, text: &str) -> Result<()> {
    let file = project.read(path)?;
    let squeezed = |text: &str| {
        let lines: Vec<String> = text
            .lines()
            .map(|line| line.trim().to_owned())
            .filter(|line| !line.is_empty())
            .collect();
        lines.join("\n")
    };
    ensure!(squeezed(&file).contains(&squeezed(text)), "`{path}` does not say this");
    Ok(())
}

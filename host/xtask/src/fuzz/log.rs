//! The log of all runs, in the repository: `host/fuzz/log.toml`.

use std::fs::OpenOptions;
use std::io::Write as _;

use anyhow::{Context as _, Result};

use crate::project::Project;

const LOG: &str = "host/fuzz/log.toml";

/// A run of one target.
pub(super) struct Run {
    pub(super) target: String,
    pub(super) commit: String,
    pub(super) date: String,
    pub(super) seconds: u64,
    pub(super) executions: u64,
    /// Cases that it began the next run with.
    pub(super) corpus: usize,
    pub(super) finds: usize,
}

/// Adds a run at the end.
pub(super) fn append(project: &Project, run: &Run) -> Result<()> {
    let Run { target, commit, date, seconds, executions, corpus, finds } = run;
    let entry = format!(
        "\n[[run]]\ntarget = \"{target}\"\ncommit = \"{commit}\"\ndate = {date}\n\
         seconds = {seconds}\nexecutions = {executions}\ncorpus = {corpus}\nfinds = {finds}\n"
    );
    let mut file = OpenOptions::new().append(true).open(project.path(LOG)).context(LOG)?;
    file.write_all(entry.as_bytes()).context(LOG)
}

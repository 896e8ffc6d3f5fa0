//! What can be typed to gather documents and to read them again.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::dates;

#[derive(Debug, Args)]
pub(crate) struct Sync {
    /// Names of sources, `TYPE:NAME`, a type (filesystem, git, s3, script, custom), or `all`;
    /// all if absent
    #[arg(value_name = "SOURCE")]
    pub(crate) sources: Vec<String>,
    /// Walk from the start, whatever the checkpoint says
    #[arg(long)]
    pub(crate) full: bool,
    /// Find out what would be stored, and store nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Only documents modified on this day or later; a later sync finds the others
    #[arg(long, value_name = "DATE", value_parser = dates::since)]
    pub(crate) since: Option<i64>,
    /// Only documents modified on this day or earlier; a later sync finds the others
    #[arg(long, value_name = "DATE", value_parser = dates::until)]
    pub(crate) until: Option<i64>,
    /// Store at most so many documents of each source; a later sync finds the others
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,
    /// How to tell how far it is, on standard error; bars on a terminal if absent
    #[arg(long)]
    pub(crate) progress: Option<ProgressFormat>,
    /// Do not tell how far it is
    #[arg(long)]
    pub(crate) no_progress: bool,
}

/// How to tell how far something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressFormat {
    Human,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct Search {
    #[command(flatten)]
    pub(crate) compressing: super::Compressing,
    /// Words, "phrases", AND, OR, NOT
    #[arg(allow_hyphen_values = true)]
    pub(crate) query: String,
    /// How to look: by words, by meaning, or both
    #[arg(long, default_value = "keyword")]
    pub(crate) mode: Mode,
    /// Only this source
    #[arg(long)]
    pub(crate) source: Vec<String>,
    /// Only documents modified on this day or later
    #[arg(long, value_name = "DATE", value_parser = dates::since)]
    pub(crate) since: Option<i64>,
    /// Only documents modified on this day or earlier
    #[arg(long, value_name = "DATE", value_parser = dates::until)]
    pub(crate) until: Option<i64>,
    /// At most so many; as `retrieval.final_limit` says if absent, and else 12
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: Option<u32>,
    /// Say how each hit came to its score
    #[arg(long)]
    pub(crate) explain: bool,
    /// Go on where an earlier answer ended
    #[arg(long)]
    pub(crate) cursor: Option<String>,
}

/// How to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    Keyword,
    Semantic,
    Hybrid,
}

impl From<Mode> for ctx_model::Mode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Keyword => Self::Keyword,
            Mode::Semantic => Self::Semantic,
            Mode::Hybrid => Self::Hybrid,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,
}

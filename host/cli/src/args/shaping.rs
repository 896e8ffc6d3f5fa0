//! What can be typed to have answers made to measure, and to transform texts.

use std::path::PathBuf;

use clap::Args;
use ctx_core::Shape;
use ctx_model::Budget;

/// How much text is wanted.
#[derive(Debug, Args)]
pub(crate) struct Compressing {
    /// Show it through this read-mode
    #[arg(long, value_name = "READ_MODE")]
    pub(crate) view: Option<String>,
    /// Have this compressor make the text shorter
    #[arg(long, value_name = "COMPRESSOR")]
    pub(crate) compress: Option<String>,
    /// What the text may take: tokens, or bytes with their unit
    #[arg(long, value_name = "BUDGET")]
    pub(crate) budget: Option<Budget>,
}

/// How a document is wanted.
#[derive(Debug, Args)]
pub(crate) struct Shaping {
    /// Compare with the text in this file, for read-modes that do
    #[arg(long, value_name = "FILE")]
    pub(crate) against: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) compressing: Compressing,
}

#[derive(Debug, Args)]
pub(crate) struct Compress {
    /// The compressor
    pub(crate) name: String,
    /// The text; standard input if absent
    pub(crate) file: Option<PathBuf>,
    /// What it may take: tokens, or bytes with their unit
    #[arg(long)]
    pub(crate) budget: Option<Budget>,
    /// What you want to know
    #[arg(long)]
    pub(crate) query: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Chunk {
    /// The chunker
    pub(crate) name: String,
    /// The text; standard input if absent
    pub(crate) file: Option<PathBuf>,
    /// What one chunk may take: tokens, or bytes with their unit
    #[arg(long, default_value = "2800 B")]
    pub(crate) budget: Budget,
    /// What two neighbours may share, measured as the budget is
    #[arg(long, default_value_t = 0)]
    pub(crate) overlap: u32,
    /// What the text is, if its name does not tell
    #[arg(long, default_value = "text/plain")]
    pub(crate) media_type: String,
}

#[derive(Debug, Args)]
pub(crate) struct View {
    /// The read-mode
    pub(crate) name: String,
    /// The text; standard input if absent
    pub(crate) file: Option<PathBuf>,
    /// What the view may take: tokens, or bytes with their unit
    #[arg(long)]
    pub(crate) budget: Option<Budget>,
    /// Compare with the text in this file, for read-modes that do
    #[arg(long, value_name = "FILE")]
    pub(crate) against: Option<PathBuf>,
    /// What the text is, if its name does not tell
    #[arg(long, default_value = "text/plain")]
    pub(crate) media_type: String,
}

impl Compressing {
    pub(crate) fn shape(&self) -> Shape {
        let (view, compress) = (self.view.clone(), self.compress.clone());
        Shape { view, compress, budget: self.budget, ..Shape::default() }
    }
}

//! `ctx bench`: what extensions cost here.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// Measure how much slower hooks make a turn, with and without them in turns
    #[command(after_help = "Example: ctx bench overhead --delay-ms 30 --requests 50")]
    Overhead(Overhead),
}

#[derive(Debug, Args)]
pub(crate) struct Overhead {
    /// Milliseconds that the model takes
    #[arg(long, value_name = "MS", default_value_t = 300)]
    pub(crate) delay_ms: u64,
    /// Turns of one block
    #[arg(long, default_value_t = 100)]
    pub(crate) requests: usize,
    /// How often the blocks go off, on, on, off
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
    /// Turns before anything is measured
    #[arg(long, default_value_t = 50)]
    pub(crate) warm_up: usize,
    /// A file of turns as JSON Lines: objects with `messages`
    #[arg(long, value_name = "FILE")]
    pub(crate) workload: Option<PathBuf>,
    /// Fail on a warning, too
    #[arg(long)]
    pub(crate) deny_warn: bool,
}

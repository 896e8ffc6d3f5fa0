//! What can be typed of AI tools: which one, and whose config of it.

use clap::{Args, ValueEnum};

/// An AI tool whose config we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Client {
    ClaudeCode,
    ClaudeDesktop,
    Cursor,
    Vscode,
    Codex,
    Zed,
}

/// Whose config.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scope {
    /// The one in this folder
    Project,
    /// The user's own, which names this folder
    User,
}

#[derive(Debug, Args)]
pub(crate) struct Install {
    /// The AI tool
    #[arg(long, value_name = "NAME")]
    pub(crate) client: Client,
    /// Whose config; the project's where that tool has one, else the user's
    #[arg(long, value_name = "SCOPE")]
    pub(crate) scope: Option<Scope>,
    /// Have it ask a server that runs, as `ctx serve` says where, instead of starting one
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// The environment variable that will hold the token, for a server that wants one
    #[arg(long, value_name = "VARIABLE", requires = "url")]
    pub(crate) token_env: Option<String>,
    /// What the tool shall call it
    #[arg(long, value_name = "NAME", default_value = "ctx")]
    pub(crate) name: String,
    /// Write nothing; print what to paste
    #[arg(long)]
    pub(crate) print: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Uninstall {
    /// The AI tool
    #[arg(long, value_name = "NAME")]
    pub(crate) client: Client,
    /// Whose config; the project's where that tool has one, else the user's
    #[arg(long, value_name = "SCOPE")]
    pub(crate) scope: Option<Scope>,
    /// What the tool calls it
    #[arg(long, value_name = "NAME", default_value = "ctx")]
    pub(crate) name: String,
}

//! What can be typed by those who write extensions: list them, try one, begin
//! one, and work on one.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum ConnectorCommand {
    /// List the connectors and the sources that use them
    #[command(after_help = "Example: ctx connector list")]
    List,
    /// Run a connector and store nothing
    #[command(
        after_help = "Example: ctx connector test connectors/wiki.lua --source wiki --limit 20"
    )]
    Test {
        /// The name of a source, or the path of a script
        #[arg(value_name = "NAME|PATH")]
        name: String,
        #[command(flatten)]
        entry: EntryOptions,
        /// Take at most so many documents
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
        limit: Option<u64>,
        /// Write down all that it asks and is answered, without secrets, as a conversation
        #[arg(long, value_name = "FILE", conflicts_with = "replay")]
        record: Option<PathBuf>,
        /// Play a conversation with it, without a network
        #[arg(long, value_name = "FILE", conflicts_with = "limit")]
        replay: Option<PathBuf>,
    },
    /// Begin a connector in Lua
    #[command(after_help = "Example: ctx connector init wiki --add")]
    Init(Init),
}

#[derive(Debug, Subcommand)]
pub(crate) enum ToolCommand {
    /// List the tools
    #[command(after_help = "Example: ctx tool list --tokens")]
    List {
        /// Count what each costs a model that is shown it
        #[arg(long)]
        tokens: bool,
    },
    /// Call a tool as the server would, with the same checks and defaults
    #[command(after_help = "Example: ctx tool test tools/greet.lua --param name=Ada")]
    Test {
        /// The name of a tool, or the path of a script
        #[arg(value_name = "NAME|PATH")]
        name: String,
        /// One argument; read as JSON if it is any, else as text
        #[arg(long = "param", short = 'p', value_name = "KEY=VALUE")]
        params: Vec<String>,
        #[command(flatten)]
        entry: EntryOptions,
    },
    /// Begin a tool in Lua
    #[command(after_help = "Example: ctx tool init greet --add")]
    Init(Init),
}

#[derive(Debug, Subcommand)]
pub(crate) enum AgentCommand {
    /// List the agents
    #[command(after_help = "Example: ctx agent list")]
    List,
    /// Have an agent prepare its prompt, and show all of it
    #[command(after_help = "Example: ctx agent test reviewer --arg topic=sandboxes")]
    Test {
        /// The name of an agent, or the path of a script
        #[arg(value_name = "NAME|PATH")]
        name: String,
        /// One argument; read as JSON if it is any, else as text
        #[arg(long = "arg", value_name = "KEY=VALUE")]
        args: Vec<String>,
        #[command(flatten)]
        entry: EntryOptions,
    },
    /// Begin an agent in Lua
    #[command(after_help = "Example: ctx agent init reviewer --add")]
    Init(Init),
}

/// How to run a script that is named by its path.
#[derive(Debug, Args)]
pub(crate) struct EntryOptions {
    /// Run it with the settings of this entry of the config
    #[arg(long, value_name = "NAME")]
    pub(crate) source: Option<String>,
    /// Let this run reach a host
    #[arg(long, value_name = "HOST")]
    pub(crate) allow_http: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Its name: letters, digits, `_` and `-`
    pub(crate) name: String,
    /// Add it to the config, too
    #[arg(long)]
    pub(crate) add: bool,
}

#[derive(Debug, Args)]
pub(crate) struct New {
    /// Its name, and that of its folder: a-z, 0-9 and `-`
    pub(crate) name: String,
    /// What it is
    #[arg(long, default_value = "tool")]
    pub(crate) kind: Kind,
    /// What it is written in
    #[arg(long, default_value = "lua")]
    pub(crate) lang: Language,
}

/// What an extension is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Connector,
    Tool,
    Agent,
}

impl Kind {
    pub(crate) fn role(self) -> ctx_model::Role {
        match self {
            Self::Connector => ctx_model::Role::Connector,
            Self::Tool => ctx_model::Role::Tool,
            Self::Agent => ctx_model::Role::Agent,
        }
    }
}

/// What an extension is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    Lua,
    Rust,
}

#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Conversations, extensions, or folders of extensions; this folder if absent
    pub(crate) paths: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Dev {
    /// A script, a component, or a folder with one or with a `Cargo.toml`
    pub(crate) path: PathBuf,
    /// Call a tool after each save instead of checking conformance: `-p key=value`, `--args JSON`
    #[arg(last = true, value_name = "TOOL ARGS", allow_hyphen_values = true)]
    pub(crate) call: Vec<String>,
}

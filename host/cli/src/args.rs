//! What can be typed.

mod authoring;
mod bench;
mod clients;
mod context;
mod dates;
mod registry;
mod shaping;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use authoring::{
    AgentCommand, ConnectorCommand, Dev, EntryOptions, Init, Language, New, Test, ToolCommand,
};
pub(crate) use bench::{BenchCommand, Overhead};
pub(crate) use clients::{Client, Install, Scope, Uninstall};
pub(crate) use context::{Export, ProgressFormat, Search, Sync};
pub(crate) use registry::{How, Pack, Packing, RegistryCommand};
pub(crate) use shaping::{Chunk, Compress, Compressing, Shaping, View};

/// Extends the context that AI tools work with.
#[derive(Debug, Parser)]
#[command(name = "ctx", version, about, max_term_width = 100, disable_help_subcommand = true)]
#[command(
    after_help = "Exit codes: 0 done, 1 the work failed, 2 wrong usage, 3 refused by the host, \
                        4 stopped by the sandbox, 130 interrupted."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Read this config, as the operator's own word
    #[arg(long, short, global = true, value_name = "PATH")]
    pub(crate) config: Option<PathBuf>,
    /// Print data as JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say less
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Say more
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Never ask anything
    #[arg(long, global = true)]
    pub(crate) no_input: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make this folder a workspace
    #[command(after_help = "Example: ctx init")]
    Init,
    /// Show the installed extensions
    Ext {
        #[command(subcommand)]
        command: ExtCommand,
    },
    /// Grant an extension what it asks for
    #[command(after_help = "Example: ctx grant weather http api.met.no")]
    Grant(Grant),
    /// Take grants back
    #[command(after_help = "Example: ctx revoke weather http")]
    Revoke(Revoke),
    /// Make this workspace's config your own word
    #[command(after_help = "Example: ctx trust")]
    Trust {
        /// Take the trust back
        #[arg(long)]
        revoke: bool,
    },
    /// Show what the config says
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Keep secrets that extensions may be granted
    Secret {
        #[command(subcommand)]
        command: SecretCommand,
    },
    /// Call a tool
    #[command(after_help = "Example: ctx call forecast -p city=Oslo")]
    Call(Call),
    /// Have an agent prepare its prompt
    #[command(after_help = "Example: ctx prompt researcher -p topic=sandboxes")]
    Prompt(Call),
    /// Bring documents of a source up to date
    #[command(after_help = "Example: ctx sync notes git --since 2025-01-01")]
    Sync(Sync),
    /// Search the gathered documents
    #[command(after_help = "Example: ctx search 'page by page'")]
    Search(Search),
    /// Give the gathered chunks their vectors, for searches by meaning
    Embed {
        #[command(subcommand)]
        command: EmbedCommand,
    },
    /// Show how far the vectors are
    VectorIndex {
        #[command(subcommand)]
        command: VectorIndexCommand,
    },
    /// Take over the documents of a database of Context Harness
    #[command(after_help = "Example: ctx import ../old/.ctx/data/ctx.sqlite")]
    Import {
        /// The database
        path: PathBuf,
    },
    /// Show a document
    #[command(after_help = "Example: ctx get 0f2c81d4 --view outline")]
    Get {
        /// Its id, or the beginning of it
        id: String,
        #[command(flatten)]
        shaping: Shaping,
    },
    /// Make a text shorter
    #[command(after_help = "Example: ctx compress markdown README.md --budget 2000")]
    Compress(Compress),
    /// Cut a text into chunks
    #[command(after_help = "Example: ctx chunk code src/main.rs --budget 700")]
    Chunk(Chunk),
    /// Look at a text
    #[command(after_help = "Example: ctx view signatures src/main.rs")]
    View(View),
    /// Show the sources and what they hold
    #[command(after_help = "Example: ctx sources")]
    Sources,
    /// Show how much is stored
    #[command(after_help = "Example: ctx stats")]
    Stats,
    /// Write every document and its chunks as one JSON object
    #[command(after_help = "Example: ctx export --output documents.json")]
    Export(Export),
    /// Show what was called, newest first
    #[command(after_help = "Example: ctx journal --extension weather")]
    Journal {
        /// Only this extension
        #[arg(long)]
        extension: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// Serve every extension over HTTP and MCP, with a page for people
    #[command(after_help = "Example: ctx serve --bind 127.0.0.1:7331")]
    Serve(Serve),
    /// Serve MCP over standard input and output, for clients that start their servers
    #[command(after_help = "Example: claude mcp add ctx -- ctx mcp")]
    Mcp {
        /// Accepted for clients that say so; there is no other way
        #[arg(long, hide = true)]
        stdio: bool,
        /// Serve this workspace, wherever the client starts its servers
        #[arg(long, value_name = "FOLDER")]
        workspace: Option<PathBuf>,
        /// Show the tools of this agent alone
        #[arg(long, value_name = "NAME")]
        agent: Option<String>,
    },
    /// Tell an AI tool of ctx: write it into that tool's own config
    #[command(after_help = "Example: ctx install --client claude-code")]
    Install(Install),
    /// Take ctx out of the config of an AI tool
    #[command(after_help = "Example: ctx uninstall --client claude-code")]
    Uninstall(Uninstall),
    /// Check this workspace, and that each AI tool on this machine would reach it
    #[command(after_help = "Example: ctx doctor")]
    Doctor,
    /// Show the token that clients of `ctx serve` need: on this machine for the page's forms,
    /// from elsewhere for everything
    #[command(
        after_help = "Example: curl -H \"Authorization: Bearer $(ctx token)\" localhost:7331/v1/tools"
    )]
    #[command(args_conflicts_with_subcommands = true)]
    Token {
        /// Make another one; the one before it opens nothing any more
        #[arg(long)]
        new: bool,
        #[command(subcommand)]
        command: Option<TokenCommand>,
    },
    /// Show what is installed, as a contract
    #[command(after_help = "Example: ctx capabilities --json")]
    Capabilities {
        /// Print the JSON Schema of the document instead
        #[arg(long)]
        schema: bool,
    },
    /// Show who takes part in whose work, in which order and why
    #[command(after_help = "Example: ctx hooks retrieval_enrichment")]
    Hooks {
        /// Only this phase
        phase: Option<String>,
    },
    /// Measure what extensions cost here
    Bench {
        #[command(subcommand)]
        command: BenchCommand,
    },
    /// Check extensions against the contract
    #[command(after_help = "Example: ctx conformance weather.lua")]
    Conformance(Conformance),
    /// Play the conversations that extensions bring, without a network
    #[command(after_help = "Example: ctx test registry/community/connectors/jira")]
    Test(Test),
    /// List, try and begin connectors
    Connector {
        #[command(subcommand)]
        command: ConnectorCommand,
    },
    /// List, try and begin tools
    Tool {
        #[command(subcommand)]
        command: ToolCommand,
    },
    /// List, try and begin agents
    Agent {
        #[command(subcommand)]
        command: AgentCommand,
    },
    /// Find, install, update and publish extensions of registries
    Registry {
        #[command(subcommand)]
        command: RegistryCommand,
    },
    /// Pack an extension into one file that is the same on every machine
    #[command(after_help = "Example: ctx pack connectors/rss --key me")]
    Pack(Pack),
    /// Begin an extension in a folder of its own
    #[command(after_help = "Example: ctx new weather --kind tool --lang rust")]
    New(New),
    /// Build and try an extension after each save
    #[command(after_help = "Example: ctx dev tools/greet.lua -- -p name=Ada")]
    Dev(Dev),
    /// Print a script that completes what you type in a shell
    #[command(after_help = "Example: ctx completions zsh > ~/.zfunc/_ctx")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write a manual page for each command
    #[command(after_help = "Example: ctx man --dir ~/.local/share/man/man1")]
    Man {
        /// The folder
        #[arg(long, value_name = "DIR")]
        dir: PathBuf,
    },
    /// Work with manifests
    Manifest {
        #[command(subcommand)]
        command: ManifestCommand,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ExtCommand {
    /// List what was found, what it asks for, and what it was granted
    #[command(after_help = "Example: ctx ext list")]
    List,
    /// Show one extension: what it asks for, and how it gets ready for a call
    #[command(after_help = "Example: ctx ext info weather")]
    Info {
        /// The extension
        name: String,
    },
    /// Show how extensions do: calls, failures, time, fuel and memory
    #[command(after_help = "Example: ctx ext status weather")]
    Status {
        /// Only this extension
        name: Option<String>,
    },
    /// Stop an extension, in every process, until it is enabled
    #[command(after_help = "Example: ctx ext disable weather")]
    Disable {
        /// The extension
        name: String,
    },
    /// Let an extension run again that is disabled or paused
    #[command(after_help = "Example: ctx ext enable weather")]
    Enable {
        /// The extension
        name: String,
    },
    /// Show what an extension said while it ran
    #[command(after_help = "Example: ctx ext logs weather --level warn --follow")]
    Logs(Logs),
}

#[derive(Debug, Args)]
pub(crate) struct Logs {
    /// The extension
    pub(crate) name: String,
    /// At most so many lines, the last ones
    #[arg(long, short = 'n', default_value_t = 50)]
    pub(crate) limit: usize,
    /// This loud or louder
    #[arg(long, value_parser = ["trace", "debug", "info", "warn", "error"])]
    pub(crate) level: Option<String>,
    /// Only lines of this request
    #[arg(long, value_name = "ID")]
    pub(crate) request: Option<String>,
    /// Go on showing lines as they come, until Ctrl-C
    #[arg(long, short)]
    pub(crate) follow: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes a free one. Else as the config says, or 127.0.0.1:7331
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    pub(crate) bind: Option<String>,
    /// A name that leads to this server, beside addresses and `localhost`
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) allow_host: Vec<String>,
    /// How to write the log, on standard error
    #[arg(long, global = true, value_parser = ["text", "json"], default_value = "text")]
    pub(crate) log_format: String,
    #[command(subcommand)]
    pub(crate) protocol: Option<Protocol>,
}

/// What to serve: always all of it. Context Harness has its users say `mcp`.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum Protocol {
    /// The same as `ctx serve`
    #[command(after_help = "Example: ctx serve mcp")]
    Mcp,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Show every value, and the file, flag or default that it is from
    #[command(after_help = "Example: ctx config show")]
    Show,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SecretCommand {
    /// Read a secret from standard input and keep it
    #[command(after_help = "Example: ctx secret set weather-token < token.txt")]
    Set {
        /// Its name
        name: String,
    },
    /// List the names of secrets
    #[command(after_help = "Example: ctx secret list")]
    List,
    /// Forget a secret
    #[command(after_help = "Example: ctx secret remove weather-token")]
    Remove {
        /// Its name
        name: String,
    },
}

/// Tokens that open what their scopes name, and no more.
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token for somebody else, and show it once
    #[command(after_help = "Example: ctx token add ci --scope 'weather/*'")]
    Add {
        /// What it is called in lists and in the journal
        name: String,
        /// A scope of `[auth.scopes]`, or tools themselves: `EXTENSION/*`, `EXTENSION/TOOL`, `*`
        #[arg(long = "scope", required = true, value_name = "SCOPE")]
        scopes: Vec<String>,
    },
    /// List the tokens that were made, with their scopes
    #[command(after_help = "Example: ctx token list")]
    List,
    /// Remove a token; it opens nothing from then on
    #[command(after_help = "Example: ctx token remove ci")]
    Remove {
        /// Its name
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum EmbedCommand {
    /// Embed the chunks that have no vector yet
    #[command(after_help = "Example: ctx embed pending --limit 1000")]
    Pending {
        /// At most so many chunks
        #[arg(long)]
        limit: Option<u64>,
        /// Texts that are embedded at once, if not as the config says
        #[arg(long)]
        batch_size: Option<usize>,
        /// Count the chunks, and embed none
        #[arg(long)]
        dry_run: bool,
    },
    /// Forget every vector and embed all chunks anew
    #[command(after_help = "Example: ctx embed rebuild")]
    Rebuild {
        /// Texts that are embedded at once, if not as the config says
        #[arg(long)]
        batch_size: Option<usize>,
    },
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum VectorIndexCommand {
    /// Show who embeds, and how many chunks have their vector
    #[command(after_help = "Example: ctx vector-index status")]
    Status,
    /// Accepted for scripts of Context Harness: there is no index to build
    #[command(after_help = "Example: ctx vector-index rebuild")]
    Rebuild,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ManifestCommand {
    /// Write a manifest into a component
    #[command(after_help = "Example: ctx manifest embed weather.wasm weather.toml")]
    Embed {
        /// The component
        component: PathBuf,
        /// The manifest
        manifest: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Grant {
    /// The extension
    pub(crate) extension: String,
    /// http, env, secrets, files, kv, context or hints; everything it asks for if absent
    pub(crate) capability: Option<String>,
    /// Hosts, names, `folder=path`, sources, or what its tools say: `read_only`, `closed_world`
    pub(crate) values: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// The extension
    pub(crate) extension: String,
    /// One capability; all if absent
    pub(crate) capability: Option<String>,
    /// One value; all if absent
    pub(crate) value: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Call {
    /// The name, or `extension/name`
    pub(crate) name: String,
    /// The arguments: a JSON object, `@file`, or `-` for standard input
    #[arg(long, value_name = "JSON")]
    pub(crate) args: Option<String>,
    /// One argument; read as JSON if it is any, else as text
    #[arg(long = "param", short = 'p', value_name = "KEY=VALUE")]
    pub(crate) params: Vec<String>,
    #[command(flatten)]
    pub(crate) compressing: Compressing,
}

#[derive(Debug, Args)]
pub(crate) struct Conformance {
    /// Files, folders, or folders of extensions; everything installed if absent
    pub(crate) paths: Vec<PathBuf>,
    /// Check this build of the host instead, with misbehaving guests
    #[arg(long, conflicts_with = "paths")]
    pub(crate) host: bool,
    /// Write the scorecard to this file as JUnit XML, too
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
}

//! What can be typed about registries.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum RegistryCommand {
    /// List the registries and what is in them
    #[command(after_help = "Example: ctx registry list")]
    List,
    /// Clone registries; or install an extension of one, as `add` does
    #[command(
        after_help = "Example: ctx registry install community\n         ctx registry install --frozen"
    )]
    Install {
        /// A registry, or TYPE/NAME[@RANGE]; all registries if absent
        #[arg(value_name = "REGISTRY|TYPE/NAME[@RANGE]")]
        name: Option<String>,
        #[command(flatten)]
        how: How,
    },
    /// Bring registries, and what is installed from them, up to date
    #[command(
        after_help = "Example: ctx registry update\n         ctx registry update connectors/rss"
    )]
    Update {
        /// A registry, or TYPE/NAME; everything if absent
        #[arg(value_name = "REGISTRY|TYPE/NAME")]
        name: Option<String>,
        /// The same as the name, as Context Harness's guide has it
        #[arg(long = "name", value_name = "REGISTRY", conflicts_with = "name", hide = true)]
        flag: Option<String>,
        #[command(flatten)]
        how: How,
    },
    /// Find extensions by a word in their name, description or tags
    #[command(after_help = "Example: ctx registry search issues")]
    Search {
        /// The word
        query: String,
    },
    /// Show an extension, and which of several is used and why
    #[command(after_help = "Example: ctx registry info connectors/rss")]
    Info {
        /// For example `connectors/rss`
        #[arg(value_name = "TYPE/NAME")]
        id: String,
    },
    /// Install an extension; a connector gets its entry in the config
    #[command(after_help = "Example: ctx registry add connectors/rss@^0.1")]
    Add {
        /// For example `connectors/rss` or `tools/web-fetch@^0.1`
        #[arg(value_name = "TYPE/NAME[@RANGE]")]
        id: String,
        #[command(flatten)]
        how: How,
    },
    /// Copy an extension into the project, to change it there
    #[command(after_help = "Example: ctx registry override tools/web-fetch")]
    Override {
        /// For example `tools/web-fetch`
        #[arg(value_name = "TYPE/NAME")]
        id: String,
    },
    /// Install the community's registry: from this program, or by its address
    #[command(
        after_help = "Example: ctx registry init\n         ctx registry init https://example.com/registry.git --name company"
    )]
    Init {
        /// Clone this instead of what the program carries
        url: Option<String>,
        /// What the registry is called
        #[arg(long, default_value = "community")]
        name: String,
        /// The branch of the address
        #[arg(long, default_value = "main", requires = "url")]
        branch: String,
    },
    /// Take an extension out of use again
    #[command(after_help = "Example: ctx registry remove connectors/rss")]
    Remove {
        /// For example `connectors/rss`
        #[arg(value_name = "TYPE/NAME")]
        id: String,
    },
    /// Show what has a newer version, or was taken back
    #[command(after_help = "Example: ctx registry outdated")]
    Outdated,
    /// Go back to what was in use before the last change
    #[command(after_help = "Example: ctx registry rollback")]
    Rollback,
    /// Check what is installed, or a registry by the rules of its own CI
    #[command(after_help = "Example: ctx registry verify\n         ctx registry verify ./registry")]
    Verify {
        /// The checkout of a registry; what is installed if absent
        path: Option<PathBuf>,
        /// Hold the index against this commit or branch: lines are only ever added
        #[arg(long, value_name = "REVISION", requires = "path")]
        since: Option<String>,
    },
    /// Add a version to the index in a checkout of a registry, on a branch of its own
    #[command(
        after_help = "Example: ctx registry publish connectors/rss --to ../registry --key me"
    )]
    Publish {
        /// The folder of the extension
        folder: PathBuf,
        /// The checkout of the registry
        #[arg(long, value_name = "PATH")]
        to: PathBuf,
        #[command(flatten)]
        packing: Packing,
    },
    /// Write the versions that lie in a registry as files into its index
    #[command(
        after_help = "Example: ctx registry index .\n         ctx registry index registry/community --sources guests --check"
    )]
    Index {
        /// The folder of the registry
        path: PathBuf,
        /// Where the crates of components lie that are built with this program
        #[arg(long, value_name = "DIR")]
        sources: Option<PathBuf>,
        /// Write nothing, and fail if there is something to write
        #[arg(long)]
        check: bool,
        #[command(flatten)]
        packing: Packing,
    },
    /// Take a version back, or no longer, in a checkout of a registry
    #[command(
        after_help = "Example: ctx registry yank connectors/rss@0.1.2 --to ../registry --reason 'loses items' --key me"
    )]
    Yank {
        /// For example `connectors/rss@0.1.2`
        #[arg(value_name = "TYPE/NAME@VERSION")]
        id: String,
        /// The checkout of the registry
        #[arg(long, value_name = "PATH")]
        to: PathBuf,
        /// Why; without it the version is no longer taken back
        #[arg(long)]
        reason: Option<String>,
        /// Sign with this key of yours, as the version was
        #[arg(long, value_name = "NAME")]
        key: Option<String>,
    },
    /// Make a key that signs versions, or show its public half
    #[command(after_help = "Example: ctx registry key me")]
    Key {
        /// What the key is called here
        name: String,
    },
}

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct How {
    /// Agree to what is asked for
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Change nothing in `ctx.lock`
    #[arg(long)]
    pub(crate) frozen: bool,
    /// Use what is on this machine, and no network
    #[arg(long)]
    pub(crate) offline: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Pack {
    /// The folder of the extension
    #[arg(default_value = ".")]
    pub(crate) folder: PathBuf,
    /// Where the archive and its record go
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) packing: Packing,
}

#[derive(Debug, Args)]
pub(crate) struct Packing {
    /// connector, tool or agent; told by the name of the script if absent
    #[arg(long, value_parser = ["connector", "tool", "agent"])]
    pub(crate) role: Option<String>,
    /// Sign with this key of yours, made by `ctx registry key`
    #[arg(long, value_name = "NAME")]
    pub(crate) key: Option<String>,
    /// The commit that it was built from
    #[arg(long, value_name = "COMMIT")]
    pub(crate) commit: Option<String>,
}

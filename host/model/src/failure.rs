//! How a call ends: with an answer or one of three kinds of error, and always
//! with its bill.

use std::time::Duration;

use thiserror::Error;

use crate::{ExtensionName, Json, Origin, format_bytes, format_duration};

/// What kind of failure it is, as the extension says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    InvalidInput,
    NotFound,
    Denied,
    Unavailable,
    /// Ran out of something that the host does not meter.
    Exhausted,
    Cancelled,
    Internal,
}

impl FailureKind {
    /// Returns the word for it, as in the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid-input",
            Self::NotFound => "not-found",
            Self::Denied => "denied",
            Self::Unavailable => "unavailable",
            Self::Exhausted => "exhausted",
            Self::Cancelled => "cancelled",
            Self::Internal => "internal",
        }
    }
}

/// Why an extension says that it failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct Failure {
    pub kind: FailureKind,
    pub message: String,
    pub retry_after: Option<Duration>,
    pub details: Option<Json>,
}

/// A power that a run wanted and does not have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Denial {
    Http {
        origin: Origin,
        /// False if not even the manifest asks for it.
        requested: bool,
    },
    /// The name is granted and resolves to a private address, which only a
    /// grant of that very address opens.
    PrivateAddress {
        origin: Origin,
        address: std::net::IpAddr,
    },
    Env(String),
    Secret(String),
    /// A folder that is not granted.
    Folder(String),
    /// A path that leaves a granted folder.
    Path {
        folder: String,
        path: String,
    },
    Kv,
    Context(String),
    /// A program outside of any sandbox: the extension and its digest, as the
    /// operator would have to name them.
    Unsafe(String),
}

impl Denial {
    /// Cuts what a guest chose to at most so many bytes.
    #[must_use]
    pub fn shortened(self, most: usize) -> Self {
        self.with_text(|text| shortened(text, most))
    }

    /// Changes every word that a guest chose.
    #[must_use]
    pub fn with_text(self, change: impl Fn(String) -> String) -> Self {
        let of = |origin: Origin| Origin { host: change(origin.host), ..origin };
        match self {
            Self::Http { origin, requested } => Self::Http { origin: of(origin), requested },
            Self::PrivateAddress { origin, address } => {
                Self::PrivateAddress { origin: of(origin), address }
            }
            Self::Env(name) => Self::Env(change(name)),
            Self::Secret(name) => Self::Secret(change(name)),
            Self::Folder(name) => Self::Folder(change(name)),
            Self::Path { folder, path } => {
                Self::Path { folder: change(folder), path: change(path) }
            }
            Self::Kv => Self::Kv,
            Self::Context(source) => Self::Context(change(source)),
            Self::Unsafe(id) => Self::Unsafe(id),
        }
    }
}

/// Cuts a text to at most so many bytes, where a character ends.
pub fn shortened(mut text: String, most: usize) -> String {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
        text.push('…');
    }
    text
}

/// A limit that a run used up, and how high it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Limit {
    Fuel(u64),
    Memory(u64),
    Time(Duration),
    Output(u64),
    Log(u64),
    HostCalls(u64),
    Documents(u64),
    IdlePages(u32),
    /// Things of the host that were open at once.
    Handles(u64),
    /// The stack of the sandbox or of an interpreter in it.
    Stack,
}

impl Limit {
    /// Returns the key that raises it in `[extension.NAME] limits`, if one
    /// does.
    pub fn key(&self) -> Option<&'static str> {
        match self {
            Self::Fuel(_) => Some("fuel"),
            Self::Memory(_) => Some("memory"),
            Self::Time(_) => Some("time"),
            Self::Output(_) => Some("output"),
            Self::Log(_) => Some("log"),
            Self::HostCalls(_) => Some("host_calls"),
            Self::Documents(_) => Some("documents"),
            Self::IdlePages(_) | Self::Handles(_) | Self::Stack => None,
        }
    }

    /// Returns the word for it, as in reports and metrics.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Fuel(_) => "fuel",
            Self::Memory(_) => "memory",
            Self::Time(_) => "time",
            Self::Output(_) => "output",
            Self::Log(_) => "log",
            Self::HostCalls(_) => "host-calls",
            Self::Documents(_) => "documents",
            Self::IdlePages(_) => "idle-pages",
            Self::Handles(_) => "handles",
            Self::Stack => "stack",
        }
    }

    /// Returns a value that is twice as high, as the config writes it.
    pub fn doubled(&self) -> Option<String> {
        Some(match self {
            Self::Fuel(n) | Self::HostCalls(n) | Self::Documents(n) => (n * 2).to_string(),
            Self::Memory(n) | Self::Output(n) | Self::Log(n) => {
                format!("\"{}\"", format_bytes(n * 2))
            }
            Self::Time(time) => format!("\"{}\"", format_duration(*time * 2)),
            Self::IdlePages(_) | Self::Handles(_) | Self::Stack => return None,
        })
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fuel(n) => write!(f, "fuel of {n}"),
            Self::Memory(n) => write!(f, "memory of {}", format_bytes(*n)),
            Self::Time(time) => write!(f, "time of {}", format_duration(*time)),
            Self::Output(n) => write!(f, "answer size of {}", format_bytes(*n)),
            Self::Log(n) => write!(f, "log volume of {}", format_bytes(*n)),
            Self::HostCalls(n) => write!(f, "limit of {n} host calls"),
            Self::Documents(n) => write!(f, "limit of {n} documents a scan"),
            Self::IdlePages(n) => write!(f, "limit of {n} pages in a row without progress"),
            Self::Handles(n) => write!(f, "limit of {n} open handles"),
            Self::Stack => f.write_str("stack"),
        }
    }
}

/// How the sandbox ended a run.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Broke {
    #[error("its {0} is used up")]
    Limit(Limit),
    /// The guest trapped: a panic, an unreachable instruction, a bad access.
    #[error("it trapped: {0}")]
    Trap(String),
    /// Somebody cancelled the run.
    #[error("it was cancelled")]
    Cancelled,
    /// The operator disabled the extension while it ran.
    #[error("it was disabled")]
    Disabled,
}

/// The entry that names an extension outright.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedBy {
    /// As the config writes it: `tools.script.x`.
    pub section: String,
    /// The config, for people; absent if it was typed at the command line.
    pub file: Option<String>,
    /// What its `allow` says already: a key and a value.
    pub allow: Vec<(&'static str, String)>,
}

/// Why the host said no, before or during a run.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    #[error("there is no {what} `{name}`")]
    Unknown {
        /// `tool`, `agent`, `source`, `extension`, `document`.
        what: &'static str,
        name: String,
        /// Names that are close.
        near: Vec<String>,
    },
    #[error("the arguments do not fit `{name}`: {}", problems.join("; "))]
    InvalidArguments { name: String, problems: Vec<String> },
    #[error("the settings of `{name}` do not fit: {}", problems.join("; "))]
    InvalidSettings { name: String, problems: Vec<String> },
    #[error("`{extension}` was denied {}", denials.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    Denied {
        extension: ExtensionName,
        denials: Vec<Denial>,
        /// Present if a config, or the operator, names it outright.
        entry: Option<Box<NamedBy>>,
    },
    #[error("the config `{path}` is not trusted")]
    Untrusted { path: String },
    /// The extension is installed and cannot be used.
    #[error("`{extension}` cannot be used: {why}")]
    Unusable { extension: ExtensionName, why: String, help: Option<String> },
    /// The host itself cannot work: its store, its config.
    #[error("{why}")]
    NotReady { why: String },
    #[error("`{source_id}` is being synced by another process")]
    Busy { source_id: String },
    /// By the operator, until he enables it.
    #[error("`{extension}` is disabled")]
    Disabled { extension: ExtensionName },
    /// By the operator, with all others, in this process.
    #[error("`{extension}` does not run: `CTX_EXTENSIONS_ENABLED` is `false` here")]
    SwitchedOff { extension: ExtensionName },
    /// By the host, because it failed again and again.
    #[error(
        "`{extension}` is paused for {}: it failed {failures} times in a row, last with: {why}",
        format_duration(*.retry_after)
    )]
    Paused { extension: ExtensionName, failures: u32, why: String, retry_after: Duration },
    /// It is there, and not for this caller.
    #[error("the {what} `{name}` is out of reach for this caller")]
    OutOfReach {
        /// `tool`, `agent`, `resource` or `template`.
        what: &'static str,
        name: String,
        /// As lists name it: `extension/tool`.
        id: String,
    },
    /// More runs than the host has room for.
    #[error("there is no room to run `{extension}`: {why}")]
    Crowded { extension: ExtensionName, why: String, retry_after: Duration },
}

impl std::fmt::Display for Denial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Http { origin, .. } => write!(f, "http `{origin}`"),
            Self::PrivateAddress { origin, address } => {
                write!(f, "http `{origin}`, which is the private address {address}")
            }
            Self::Env(name) => write!(f, "env `{name}`"),
            Self::Secret(name) => write!(f, "secret `{name}`"),
            Self::Folder(name) => write!(f, "files `{name}`"),
            Self::Path { folder, path } => write!(f, "the path `{path}` outside of `{folder}`"),
            Self::Kv => f.write_str("kv"),
            Self::Context(source) => write!(f, "context `{source}`"),
            Self::Unsafe(_) => f.write_str("a native program, which no sandbox holds"),
        }
    }
}

/// Why a call gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CallError {
    /// By the host.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// By the extension, on purpose.
    #[error("`{extension}` failed: {failure}")]
    Failed { extension: ExtensionName, failure: Failure },
    /// By the sandbox.
    #[error("`{extension}` was stopped: {broke}")]
    Broke { extension: ExtensionName, broke: Broke },
}

/// What a run spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    pub fuel: u64,
    /// Bytes of memories and tables together, at their highest.
    pub peak_memory: u64,
    pub wall: Duration,
    pub host_calls: u64,
}

impl Usage {
    /// Adds what another part of the same run spent.
    pub fn add(&mut self, other: Self) {
        self.fuel += other.fuel;
        self.peak_memory = self.peak_memory.max(other.peak_memory);
        self.wall += other.wall;
        self.host_calls += other.host_calls;
    }
}

/// How a run ended.
pub type Outcome<T> = Result<T, CallError>;

/// An outcome and its bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt<T> {
    pub outcome: Outcome<T>,
    pub usage: Usage,
}

impl<T> Receipt<T> {
    /// Returns a receipt of something that never ran.
    pub fn refused(refusal: Refusal) -> Self {
        Self { outcome: Err(CallError::Refused(refusal)), usage: Usage::default() }
    }
}

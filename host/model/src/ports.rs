//! What the host lends, as the sandbox sees it.
//!
//! All ports are synchronous; the sandbox moves those that may block off the
//! executor. None checks a grant: the sandbox has done that before it calls.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use crate::{Exchanges, ExtensionName, Hits, Outdated, Query, Reach, SourceStatus, Stored};

/// Some keys, and where to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPage {
    pub keys: Vec<String>,
    pub cursor: Option<String>,
}

/// Why a look-up of a key failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyValueError {
    QuotaExceeded,
    Other(String),
}

/// Small durable values, private to an extension.
pub trait KeyValue: Send + Sync {
    fn get(
        &self,
        extension: &ExtensionName,
        bucket: &str,
        key: &str,
    ) -> Result<Option<Vec<u8>>, KeyValueError>;
    fn set(
        &self,
        extension: &ExtensionName,
        bucket: &str,
        key: &str,
        value: &[u8],
    ) -> Result<(), KeyValueError>;
    fn delete(
        &self,
        extension: &ExtensionName,
        bucket: &str,
        key: &str,
    ) -> Result<(), KeyValueError>;
    /// Lists keys in byte order, after `cursor` if there is one.
    fn list_keys(
        &self,
        extension: &ExtensionName,
        bucket: &str,
        prefix: &str,
        cursor: Option<&str>,
    ) -> Result<KeyPage, KeyValueError>;
}

/// Why a secret was not found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretsError {
    NotSet,
    Other(String),
}

/// Secrets, by name.
pub trait Secrets: Send + Sync {
    fn get(&self, name: &str) -> Result<String, SecretsError>;
}

/// Environment variables, by name.
pub trait Environment: Send + Sync {
    fn get(&self, name: &str) -> Option<String>;
}

/// The one tokenizer that budgets are measured with.
pub trait Tokens: Send + Sync {
    /// Counts the tokens of a text. Takes time in proportion to it.
    fn count(&self, text: &str) -> u32;

    /// Whether a text has more than so many. A token has a byte at least, so
    /// most texts are told without counting.
    fn exceed(&self, text: &str, most: u32) -> bool {
        text.len() > most as usize && self.count(text) > most
    }
}

/// Names and addresses of the world, as extensions reach it.
pub trait Network: Send + Sync {
    /// Returns the addresses of a host, which may be a number in one of its
    /// odder spellings. May block.
    fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>>;

    /// Returns where to connect for an address that a grant has been checked
    /// against: to itself, unless the world is a made-up one.
    fn route(&self, address: SocketAddr) -> SocketAddr {
        address
    }

    /// Returns who stands between guests and this world, if anybody does.
    fn exchanges(&self) -> Option<&dyn Exchanges> {
        None
    }
}

/// A repository to mirror.
#[derive(Debug, Clone, Copy)]
pub struct CheckoutRequest<'a> {
    /// `https://…`, `http://…`, `file://…` or a path.
    pub url: &'a str,
    /// Absent: the one that the repository shows first.
    pub branch: Option<&'a str>,
    /// Whether the newest commit is enough.
    pub shallow: bool,
    /// The folder in which mirrors are kept.
    pub cache: &'a Path,
    /// Set to stop soon.
    pub stop: &'a AtomicBool,
}

/// A mirrored repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedOut {
    /// Holds the files in `tree`, what is known of each in
    /// `history/NNNNN.jsonl`, and the commit and the branch in `head.json`.
    pub folder: PathBuf,
    pub commit: String,
}

/// Why a repository could not be mirrored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckoutError {
    /// Its address means something that is not done here, and perhaps what
    /// would be.
    Unsupported {
        url: String,
        why: String,
        instead: Option<String>,
    },
    /// The far end did not give it.
    Unreachable {
        url: String,
        why: String,
    },
    NoBranch {
        url: String,
        branch: String,
    },
    /// The mirror's own files could not be written.
    Cache {
        path: PathBuf,
        why: String,
    },
    /// What was fetched is no whole repository.
    Broken(String),
    /// It is more than anybody mirrors, or made to look so.
    TooLarge {
        url: String,
        why: String,
    },
    /// It was asked to stop.
    Stopped,
}

/// Git repositories.
pub trait Checkout: Send + Sync {
    /// Brings a mirror up to date. Blocks for as long as a download takes.
    fn checkout(&self, request: &CheckoutRequest<'_>) -> Result<CheckedOut, CheckoutError>;
}

/// Why a look-up in the context failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContextError {
    InvalidQuery(String),
    Other(String),
}

/// The gathered documents.
pub trait Context: Send + Sync {
    fn search(&self, query: &Query) -> Result<Hits, ContextError>;
    /// Finds a document by the text form of its id.
    fn get(&self, id: &str) -> Result<Option<Stored>, ContextError>;
    fn sources(&self) -> Result<Vec<SourceStatus>, ContextError>;
}

/// How loud a log line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

impl LogLevel {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    /// Reads the word for it.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error]
            .into_iter()
            .find(|level| level.as_str() == word)
    }
}

/// Something that an extension said while it ran, with revealed secrets taken
/// out.
#[derive(Debug, Clone, Copy)]
pub struct LogLine<'a> {
    pub extension: &'a ExtensionName,
    /// On whose behalf it ran; its trace leads to the request.
    pub caller: &'a Caller,
    pub level: LogLevel,
    pub message: &'a str,
    pub fields: &'a [(String, String)],
}

/// How far a run is.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    pub extension: &'a ExtensionName,
    pub caller: &'a Caller,
    pub done: f64,
    pub total: Option<f64>,
    pub message: Option<&'a str>,
}

/// Where log lines and progress go.
pub trait Log: Send + Sync {
    fn write(&self, line: &LogLine<'_>);
    /// How far the run is, if anybody wants to know.
    fn progress(&self, _: &Progress<'_>) {}
    /// Something that the extension said or gave is out of date.
    fn changed(&self, _: &ExtensionName, _: &Outdated) {}
}

/// Who asks, as the host has verified it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Caller {
    /// Absent at the command line.
    pub id: Option<String>,
    pub scopes: Vec<String>,
    pub locale: Option<String>,
    /// W3C trace context: `00-TRACE-SPAN-FLAGS`. Empty if nobody began one.
    pub trace: String,
    /// What it may use. Never told to a guest.
    pub reach: Reach,
}

impl Caller {
    /// Returns the id of the request: the trace's own, 32 hexadecimal digits.
    pub fn request(&self) -> Option<&str> {
        self.trace.split('-').nth(1).filter(|id| id.len() == 32)
    }
}

/// Where a guest's time and randomness come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Clock {
    /// The machine's.
    #[default]
    Real,
    /// Fixed, so that the same call gives the same answer: seconds since the
    /// epoch, and the seed of everything random.
    Frozen { now: i64, seed: u64 },
}

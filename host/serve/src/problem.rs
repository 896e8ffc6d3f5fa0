//! Every error as a person and a program get it: a stable code, what happened,
//! and what to type next. Nothing is ever read out of an error's words.

use std::time::Duration;

use ctx_core::{HostError, OpenError};
use ctx_model::{
    Broke, CallError, Denial, ExtensionName, FailureKind, Limit, Refusal, format_duration,
    is_metadata,
};
use ctx_store::{SearchError, StoreError};
use serde::Serialize;

/// The file that a workspace's settings are written into, as help names it.
pub const CONFIG: &str = "the workspace's config (.ctx/config.toml where there is none)";

/// The code of what is there and not for this caller.
pub(crate) const OUT_OF_REACH: &str = "ctx::auth::scope";

/// Who said no, which is what exit codes and statuses are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The work failed: the extension said so, or the machine did.
    Failed(Option<FailureKind>),
    /// The host refused before anything ran, or because of a missing grant.
    Refused(Refused),
    /// The sandbox stopped it.
    Stopped,
    /// What was typed makes no sense.
    Misused,
}

/// Why the host refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    Unknown,
    Invalid,
    Denied,
    Unusable,
    Busy,
    /// Not now: disabled, paused, or too much is running.
    Halted,
}

/// An error, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    pub code: String,
    pub message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub help: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
    /// Milliseconds to wait before trying again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<serde_json::Value>,
    #[serde(skip)]
    pub class: Class,
}

impl Problem {
    /// Builds a problem without a particular extension.
    pub fn new(class: Class, code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            help: Vec::new(),
            extension: None,
            retry_after_ms: None,
            details: None,
            class,
        }
    }

    /// Adds what to type next.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    fn after(mut self, wait: Duration) -> Self {
        self.retry_after_ms = u64::try_from(wait.as_millis()).ok();
        self
    }

    fn of(mut self, extension: &ExtensionName) -> Self {
        self.extension = Some(extension.to_string());
        self
    }
}

impl From<&CallError> for Problem {
    fn from(error: &CallError) -> Self {
        match error {
            CallError::Refused(refusal) => refusal.into(),
            CallError::Failed { extension, failure } => {
                let class = Class::Failed(Some(failure.kind));
                let code = format!("ctx::call::{}", failure.kind.as_str().replace('-', "_"));
                let mut problem = Self::new(class, &code, error.to_string()).of(extension);
                problem.retry_after_ms =
                    failure.retry_after.and_then(|wait| u64::try_from(wait.as_millis()).ok());
                problem.details =
                    failure.details.as_ref().and_then(|json| serde_json::from_str(json).ok());
                problem
            }
            CallError::Broke { extension, broke } => broken(error, extension, broke),
        }
    }
}

fn broken(error: &CallError, extension: &ExtensionName, broke: &Broke) -> Problem {
    let stopped = |code: &str| Problem::new(Class::Stopped, code, error.to_string()).of(extension);
    match broke {
        Broke::Limit(limit) => {
            let problem = stopped(&format!("ctx::limit::{}", limit.as_str().replace('-', "_")));
            match (limit.key(), limit.doubled()) {
                (Some(key), Some(higher)) => problem.with_help(format!(
                    "to raise it, write `limits = {{ {key} = {higher} }}` under \
                     `[extension.{extension}]` in {CONFIG} and run `ctx trust`"
                )),
                _ if matches!(limit, Limit::Stack) => {
                    problem.with_help("it recurses too deep; no setting changes that")
                }
                _ if matches!(limit, Limit::Handles(_)) => {
                    problem.with_help("it does not close what it opens; no setting changes that")
                }
                _ => problem,
            }
        }
        Broke::Trap(_) => stopped("ctx::sandbox::trap")
            .with_help("this is a defect of the extension; its author would like to know"),
        Broke::Cancelled => stopped("ctx::sandbox::cancelled"),
        Broke::Disabled => stopped("ctx::sandbox::disabled").with_help(enable(extension)),
    }
}

fn enable(extension: &ExtensionName) -> String {
    format!("to let it run again, run `ctx ext enable {extension}`")
}

impl From<&Refusal> for Problem {
    fn from(refusal: &Refusal) -> Self {
        let refused =
            |class, code: &str| Self::new(Class::Refused(class), code, refusal.to_string());
        match refusal {
            Refusal::Unknown { what, near, .. } => {
                let problem = refused(Refused::Unknown, &format!("ctx::unknown::{what}"));
                let list = match *what {
                    "tool" | "agent" | "extension" | "connector" => {
                        "run `ctx ext list` to see what there is"
                    }
                    "source" => "run `ctx sources` to see what there is",
                    _ => "run `ctx search` to find its id",
                };
                match near.as_slice() {
                    [] => problem.with_help(list),
                    near => problem.with_help(format!("did you mean `{}`?", near.join("`, `"))),
                }
            }
            Refusal::InvalidArguments { name, .. } => {
                refused(Refused::Invalid, "ctx::schema::arguments")
                    .with_help(format!("run `ctx ext list --json` to see the schema of `{name}`"))
            }
            Refusal::InvalidSettings { name, .. } => {
                refused(Refused::Invalid, "ctx::schema::settings")
                    .with_help(format!("mend the settings of `{name}` in {CONFIG}"))
            }
            Refusal::Denied { extension, denials, entry } => {
                let code = denials.first().map_or("ctx::grant::denied", denial_code);
                let mut problem = refused(Refused::Denied, code).of(extension);
                problem.help = match entry {
                    Some(entry) => crate::remedy::of_entry(extension, entry, denials),
                    None => denials.iter().map(|one| denial_help(extension, one)).collect(),
                };
                problem.help.dedup();
                problem
            }
            Refusal::Untrusted { .. } => refused(Refused::Denied, "ctx::trust::config")
                .with_help("read it, and if it is what you want, run `ctx trust`"),
            Refusal::Unusable { extension, help, .. } => {
                let problem = refused(Refused::Unusable, "ctx::extension::unusable").of(extension);
                help.iter().fold(problem, |problem, help| problem.with_help(help.clone()))
            }
            Refusal::NotReady { .. } => {
                Self::new(Class::Failed(None), "ctx::host::not_ready", refusal.to_string())
                    .with_help("run `ctx stats` to see what is wrong")
            }
            Refusal::Disabled { extension } => refused(Refused::Halted, "ctx::extension::disabled")
                .of(extension)
                .with_help(enable(extension)),
            Refusal::SwitchedOff { extension } => {
                refused(Refused::Halted, "ctx::extension::disabled").of(extension).with_help(
                    "start this process without `CTX_EXTENSIONS_ENABLED=false` to let \
                     extensions run",
                )
            }
            Refusal::Paused { extension, retry_after, .. } => {
                refused(Refused::Halted, "ctx::extension::paused")
                    .of(extension)
                    .after(*retry_after)
                    .with_help(format!(
                        "it is tried again in {}; to try it at once, run `ctx ext enable \
                         {extension}`",
                        format_duration(*retry_after)
                    ))
            }
            Refusal::OutOfReach { what, id, .. } => {
                let mut problem = refused(Refused::Denied, OUT_OF_REACH);
                problem.details = Some(serde_json::json!({ "needs": id }));
                problem.with_help(format!("use a token whose scopes name the {what} `{id}`"))
            }
            Refusal::Crowded { extension, retry_after, .. } => {
                refused(Refused::Halted, "ctx::host::crowded")
                    .of(extension)
                    .after(*retry_after)
                    .with_help(format!(
                        "try again in {}; how much may run at once is in `[limits]` of the \
                         operator's config",
                        format_duration(*retry_after)
                    ))
            }
            Refusal::Busy { .. } => refused(Refused::Busy, "ctx::sync::busy")
                .with_help("wait for it to end, or stop the other process"),
        }
    }
}

fn denial_code(denial: &Denial) -> &'static str {
    match denial {
        Denial::Http { .. } | Denial::PrivateAddress { .. } => "ctx::grant::http",
        Denial::Env(_) => "ctx::grant::env",
        Denial::Secret(_) => "ctx::grant::secrets",
        Denial::Folder(_) | Denial::Path { .. } => "ctx::grant::files",
        Denial::Kv => "ctx::grant::kv",
        Denial::Context(_) => "ctx::grant::context",
        Denial::Unsafe(_) => "ctx::grant::unsafe",
    }
}

pub(crate) fn denial_help(extension: &ExtensionName, denial: &Denial) -> String {
    let grant = |capability: &str, value: &str| {
        format!("to allow it, run `ctx grant {extension} {capability} {}`", quoted(value))
    };
    match denial {
        Denial::Http { origin, requested: true } => grant("http", &origin.to_string()),
        Denial::Http { origin, requested: false } => format!(
            "its manifest does not ask for it; its author would have to add \
             `http = [\"{origin}\"]` under `[requests]`"
        ),
        Denial::PrivateAddress { address, .. } if is_metadata(*address) => {
            "a machine's keys are there, so no grant opens it".to_owned()
        }
        Denial::PrivateAddress { .. } => {
            "a name that leads into this machine's own networks is not followed; the extension \
             would have to ask for the address itself, and you to grant it"
                .to_owned()
        }
        Denial::Env(name) => grant("env", name),
        Denial::Secret(name) => grant("secrets", name),
        Denial::Folder(name) if name == "." => {
            "an extension of a single file has no folder of its own; put it into one, as `main.lua`"
                .to_owned()
        }
        Denial::Folder(name) => grant("files", &format!("{name}=PATH")),
        Denial::Path { .. } => "no grant opens a path outside of a granted folder".to_owned(),
        Denial::Kv => format!("to allow it, run `ctx grant {extension} kv`"),
        Denial::Context(source) => grant("context", source),
        Denial::Unsafe(id) => format!(
            "build it for the target `wasm32-wasip2`; or, if you trust it with this machine, put \
             `unsafe = [\"{id}\"]` under `[extensions]` in your config"
        ),
    }
}

/// Writes a word as a shell reads it. Guests choose such words, and people
/// paste them.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_.:/-=@".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    let word: String = word.chars().filter(|c| !c.is_control()).collect();
    format!("'{}'", word.replace('\'', "'\\''"))
}

impl From<&HostError> for Problem {
    fn from(error: &HostError) -> Self {
        match error {
            HostError::NoWorkspace { .. } => Self::new(
                Class::Refused(Refused::Unknown),
                "ctx::workspace::missing",
                error.to_string(),
            )
            .with_help("run `ctx init` to make one here"),
            HostError::NoEmbedder { .. } => Self::new(
                Class::Refused(Refused::Unknown),
                "ctx::embedder::missing",
                error.to_string(),
            )
            .with_help(format!(
                "for example `[embedding]` with `provider = \"ollama\"`, `model` and `dims` in \
                 {CONFIG}"
            )),
            HostError::Refused(refusal) => refusal.into(),
            HostError::Call(error) => error.into(),
            HostError::Store(error) | HostError::Search(SearchError::Store(error)) => error.into(),
            HostError::Search(_) => Self::new(
                Class::Refused(Refused::Invalid),
                "ctx::search::cursor",
                error.to_string(),
            ),
            HostError::Name(_) => {
                Self::new(Class::Refused(Refused::Invalid), "ctx::name::invalid", error.to_string())
            }
            HostError::Grant(_) => Self::new(
                Class::Refused(Refused::Invalid),
                "ctx::grant::invalid",
                error.to_string(),
            ),
            HostError::Config(_) => Self::new(
                Class::Refused(Refused::Invalid),
                "ctx::config::invalid",
                error.to_string(),
            ),
            HostError::Hook(_) => {
                Self::new(Class::Failed(None), "ctx::hook::failed", error.to_string())
                    .with_help("run `ctx hooks` to see what runs there")
            }
            HostError::Strict { .. } => Self::new(
                Class::Refused(Refused::Unusable),
                "ctx::extension::strict",
                error.to_string(),
            )
            .with_help("mend it, deny it in `extensions.deny`, or unset `extensions.strict_mode`"),
        }
    }
}

impl From<&StoreError> for Problem {
    fn from(error: &StoreError) -> Self {
        let (code, help) = match error {
            StoreError::Newer { .. } => {
                ("ctx::store::newer", "use that newer `ctx`, or another folder")
            }
            StoreError::Foreign { .. } => {
                ("ctx::store::foreign", "run `ctx import PATH` with it: nothing of it is lost")
            }
            StoreError::Stranger { .. } => (
                "ctx::store::stranger",
                "name another file as `[db] path` in the config, or move this one away",
            ),
            StoreError::NotForeign { .. } => (
                "ctx::import::nothing",
                "run `ctx import PATH` with the SQLite file that `[db] path` names in the config \
                 of Context Harness",
            ),
            StoreError::Full { .. } => ("ctx::store::full", "make room on the disk and try again"),
            StoreError::Busy { .. } => ("ctx::store::busy", "try again in a moment"),
            StoreError::Damaged { path, .. } if path.ends_with("state.sqlite") => {
                ("ctx::store::damaged", "move the file away, then grant and trust anew")
            }
            StoreError::Damaged { .. } => {
                ("ctx::store::damaged", "move the file away and sync again")
            }
            StoreError::Unusable { .. } => {
                ("ctx::store::unusable", "check that the folder exists and is yours to write")
            }
            StoreError::Rejected { .. } => ("ctx::store::rejected", "sync without that document"),
            StoreError::Failed { .. } => ("ctx::store::failed", "try again; nothing was lost"),
        };
        Self::new(Class::Failed(None), code, error.to_string()).with_help(help)
    }
}

impl From<&OpenError> for Problem {
    fn from(error: &OpenError) -> Self {
        match error {
            OpenError::Config(_) => Self::new(
                Class::Refused(Refused::Invalid),
                "ctx::config::invalid",
                error.to_string(),
            )
            .with_help("mend the config, or name another with `--config`"),
            OpenError::Store(error) => error.into(),
            OpenError::Sandbox(_) => {
                Self::new(Class::Failed(None), "ctx::sandbox::start", error.to_string())
            }
            OpenError::Cache(_) => {
                Self::new(Class::Failed(None), "ctx::cache::unusable", error.to_string())
                    .with_help("make the folder yours alone (`chmod 700`), or set CTX_CACHE_DIR")
            }
            OpenError::Folder { .. } => {
                Self::new(Class::Failed(None), "ctx::state::unusable", error.to_string()).with_help(
                    "check that you may write there, or set CTX_STATE_DIR and CTX_CACHE_DIR",
                )
            }
        }
    }
}

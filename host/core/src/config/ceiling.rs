//! `[limits]`: what all extensions together may spend, and how often in a row
//! one of them may fail.

use std::time::Duration;

use ctx_model::{bytes, seconds};
use ctx_sandbox::Capacity;
use serde::Deserialize;
use toml::Value;

use super::message;
use crate::halts::PauseRule;

/// Keys of the section.
pub(super) const KEYS: [&str; 7] =
    ["instances", "memory", "queue", "wait", "failures", "pause", "idle"];

/// What all extensions together may spend.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ceiling {
    pub capacity: Capacity,
    pub pauses: PauseRule,
    pub sessions: Sessions,
}

/// What a session may cost that nobody uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sessions {
    /// How long one lives.
    pub idle: Duration,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { idle: Duration::from_mins(5) }
    }
}

/// The section as it is written.
#[derive(Deserialize)]
struct Written {
    instances: Option<u32>,
    memory: Option<String>,
    queue: Option<u32>,
    wait: Option<String>,
    failures: Option<u32>,
    pause: Option<String>,
    idle: Option<String>,
}

impl Ceiling {
    /// Reads the section.
    pub(super) fn read(value: Value) -> Result<Self, String> {
        let written: Written =
            value.try_into().map_err(|error| format!("[limits] {}", message(&error)))?;
        let time = |key: &str, text: &str| -> Result<Duration, String> {
            let wrong = || format!("[limits] {key} wants a duration such as \"10s\"");
            seconds(text).ok_or_else(wrong)
        };
        let mut ceiling = Self::default();
        if let Some(instances) = written.instances {
            ceiling.capacity.instances = instances;
        }
        if let Some(memory) = &written.memory {
            let wrong = || "[limits] memory wants a size such as \"2 GiB\"".to_owned();
            ceiling.capacity.memory = bytes(memory).ok_or_else(wrong)?;
        }
        if let Some(queue) = written.queue {
            ceiling.capacity.queue = queue;
        }
        if let Some(wait) = &written.wait {
            ceiling.capacity.wait = time("wait", wait)?;
        }
        if let Some(failures) = written.failures {
            ceiling.pauses.failures = failures;
        }
        if let Some(pause) = &written.pause {
            ceiling.pauses.pause = time("pause", pause)?;
        }
        if let Some(idle) = &written.idle {
            ceiling.sessions.idle = time("idle", idle)?;
        }
        Ok(ceiling)
    }
}

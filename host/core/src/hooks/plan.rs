//! Who takes part in which phase, and in which order: the operator's list,
//! then priority, then the bytes of the name, then the manifest's own order.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

use ctx_model::{Event, Phase};

use super::gate::{Gate, Gates, LIMIT};
use crate::catalog::{Catalog, Installed};
use crate::config::HookPolicy;

/// What a handler is called if a manifest names none.
const HANDLER: &str = "run";

/// Tokens that a handler may add if nobody says.
const TOKENS: u32 = 1000;

/// A handler of an extension, with all that is known before it runs.
pub struct Listener {
    pub extension: Arc<Installed>,
    pub phase: Phase,
    pub handler: String,
    /// The place of its extension in `extensions.order`, from 0 on.
    pub rank: Option<u32>,
    pub priority: i32,
    /// What one run may take.
    pub time: Duration,
    /// What one run may add.
    pub tokens: u32,
    /// Classes of data that it may see.
    pub scopes: Vec<String>,
    /// Classes that it asks for and may not see.
    pub withheld: Vec<String>,
    pub concurrency: u32,
    /// Whether it runs at all, as far as config and manifest say.
    pub is_enabled: bool,
    pub(crate) gate: Arc<Gate>,
}

impl Listener {
    /// Says in words why it stands where it does.
    pub fn why(&self) -> String {
        match (self.rank, self.priority) {
            (Some(rank), _) => format!("number {} in `extensions.order`", rank + 1),
            (None, 0) => "by its name".to_owned(),
            (None, priority) => format!("priority {priority}"),
        }
    }
}

/// Everybody who listens.
#[derive(Default)]
pub(crate) struct Plan {
    listeners: Vec<Arc<Listener>>,
    observers: Vec<(Event, Arc<Installed>)>,
}

impl Plan {
    pub(super) fn new(catalog: &Catalog, policy: &HookPolicy, gates: &Gates) -> Self {
        let mut listeners: Vec<Arc<Listener>> = Vec::new();
        let mut observers = Vec::new();
        for extension in catalog.installed.values() {
            for phase in &extension.hooks.phases {
                listeners.extend(of(extension, *phase, policy, gates).into_iter().map(Arc::new));
            }
            observers
                .extend(extension.hooks.events.iter().map(|event| (*event, extension.clone())));
        }
        // Stable: handlers of one extension stay as the manifest lists them.
        listeners.sort_by(|one, other| precedence(one).cmp(&precedence(other)));
        Self { listeners, observers }
    }

    pub(super) fn of(&self, phase: Phase) -> impl Iterator<Item = &Arc<Listener>> {
        self.listeners.iter().filter(move |one| one.phase == phase)
    }

    pub(super) fn observers(&self, event: Event) -> impl Iterator<Item = &Arc<Installed>> {
        self.observers.iter().filter(move |(of, _)| *of == event).map(|(_, extension)| extension)
    }

    /// Returns a bit for each phase and each event that somebody listens to.
    pub(super) fn bits(&self) -> u32 {
        let phases = self.listeners.iter().map(|one| phase_bit(one.phase));
        let events = self.observers.iter().map(|(event, _)| event_bit(*event));
        phases.chain(events).fold(0, |bits, bit| bits | bit)
    }
}

/// The bit of a phase.
pub(super) fn phase_bit(phase: Phase) -> u32 {
    1 << phase as u32
}

/// The bit of an event.
pub(super) fn event_bit(event: Event) -> u32 {
    /// The phases have the bits below.
    const PHASES: u32 = 7;
    const { assert!(Phase::ALL.len() == PHASES as usize) };
    1 << (PHASES + event as u32)
}

fn precedence(listener: &Listener) -> impl Ord + '_ {
    let Listener { rank, priority, extension, .. } = listener;
    (rank.unwrap_or(u32::MAX), Reverse(*priority), extension.name.as_str().as_bytes())
}

fn of(
    extension: &Arc<Installed>,
    phase: Phase,
    policy: &HookPolicy,
    gates: &Gates,
) -> Vec<Listener> {
    let manifest = &extension.hook_manifest;
    let name = extension.name.as_str();
    let word = policy.overrides.get(name);
    let asked = manifest.hooks.get(phase.as_str());
    let said = word.and_then(|word| word.hooks.get(phase.as_str()));
    let millis = |most: u32| Duration::from_millis(most.into());
    let ceiling = phase.ceiling();
    let time = match (said.and_then(|said| said.max_ms), asked.and_then(|asked| asked.max_ms)) {
        (Some(operator), _) => millis(operator),
        (None, Some(own)) => millis(own).min(ceiling),
        (None, None) => ceiling,
    };
    let tokens = said.and_then(|said| said.max_tokens).or(asked.and_then(|asked| asked.max_tokens));
    let (scopes, withheld) = manifest
        .data_class_scopes
        .iter()
        .cloned()
        .partition(|class| policy.data_class_allowlist.contains(class));
    let rank = policy.order.iter().position(|one| one == name);
    let concurrency = word
        .and_then(|word| word.concurrency_limit)
        .or(manifest.concurrency_limit)
        .unwrap_or(LIMIT);
    let handlers = match asked {
        Some(asked) if !asked.handlers.is_empty() => asked.handlers.clone(),
        _ => vec![HANDLER.to_owned()],
    };
    let gate = gates.of(&extension.name, concurrency);
    let one = |handler| Listener {
        extension: extension.clone(),
        phase,
        handler,
        rank: rank.and_then(|rank| u32::try_from(rank).ok()),
        priority: word.and_then(|word| word.priority).unwrap_or(manifest.priority),
        time,
        tokens: tokens.unwrap_or(TOKENS),
        scopes: Vec::clone(&scopes),
        withheld: Vec::clone(&withheld),
        concurrency,
        is_enabled: word.and_then(|word| word.enabled).unwrap_or(!manifest.starts_disabled),
        gate: gate.clone(),
    };
    handlers.into_iter().map(one).collect()
}

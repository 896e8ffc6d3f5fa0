//! Asking an extension what it is: once for each content, with nothing granted
//! and little to spend.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ctx_model::{
    Broke, CallError, Digest, Form, Holdings, HookManifest, Hooks, Limit, Limits, Policy, Receipt,
    Role,
};
use ctx_sandbox::{Description, Lent, Loan, Ports};
use sha2::{Digest as _, Sha256};

use super::{Installer, fitness, own_folder};
use crate::catalog::{Agent, Installed, Problem, Tool};
use crate::decide::decide;
use crate::entries::Entry;
use crate::interpreter::{INTERPRETERS, Interpreter};

/// Describing gets a fifth of a call's fuel: it does no work.
const DESCRIBE_SHARE: u64 = 5;

/// And little time: every command that looks at extensions waits for it.
const DESCRIBE_TIME: Duration = Duration::from_secs(3);

/// What an extension said of itself.
pub(super) struct Described {
    description: Description,
    /// Whether its compiled code was damaged.
    recompiled: bool,
}

/// Why it said nothing of use.
pub(super) struct Failed {
    why: String,
    help: String,
    /// Whether it would fail again.
    is_final: bool,
}

impl From<Description> for Described {
    fn from(description: Description) -> Self {
        Self { description, recompiled: false }
    }
}

impl Described {
    /// Puts it into the extension: all of it, or the one role that an entry
    /// names its script for.
    pub(super) fn of(self, mut extension: Installed) -> Result<Installed, Failed> {
        let Description {
            roles,
            tools,
            agents,
            holdings,
            source,
            extractor,
            embedder,
            hooks,
            transforms,
        } = self.description;
        if self.recompiled {
            extension.notes.push(
                "its compiled code in the cache was damaged; it was compiled anew".to_owned(),
            );
        }
        extension.roles = roles;
        extension.tools = tools.into_iter().map(Tool::new).collect();
        extension.agents = agents.into_iter().map(Agent::new).collect();
        extension.holdings = holdings;
        extension.source = source;
        extension.extractor = extractor;
        extension.embedder = embedder;
        extension.hooks = listened(hooks, &extension.hook_manifest);
        extension.transforms = transforms;
        match extension.entry.clone() {
            Some(entry) => narrowed(extension, &entry),
            None => Ok(extension),
        }
    }
}

/// Leaves of a script the one role that its entry names, and gives its tool or
/// agent the name of the entry.
fn narrowed(mut extension: Installed, entry: &Entry) -> Result<Installed, Failed> {
    let kind = entry.script.kind;
    if !extension.roles.contains(&kind) {
        let why = format!("it is named as a {kind}, and its script defines no `{kind}`");
        return Err(Failed::mend(why));
    }
    let name = entry.wire_name();
    extension.roles = vec![kind];
    if kind != Role::Connector {
        extension.source = None;
    }
    if kind != Role::Tool {
        extension.tools.clear();
    }
    if kind != Role::Agent {
        extension.agents.clear();
    }
    if kind != Role::Resource {
        extension.holdings = Holdings::default();
    }
    if kind != Role::Extractor {
        extension.extractor = None;
    }
    if kind != Role::Embedder {
        extension.embedder = None;
    }
    extension.hooks = Hooks::default();
    if kind != Role::Compressor {
        extension.transforms.compressors.clear();
    }
    if kind != Role::Chunker {
        extension.transforms.chunkers.clear();
    }
    if kind != Role::ReadMode {
        extension.transforms.read_modes.clear();
    }
    if let [tool] = extension.tools.as_mut_slice() {
        tool.rename(&name);
    }
    if let [agent] = extension.agents.as_mut_slice() {
        agent.rename(&name);
    }
    Ok(extension)
}

/// Leaves what the manifest names of what the code could listen to. A manifest
/// that names nothing leaves all.
fn listened(hooks: Hooks, manifest: &HookManifest) -> Hooks {
    let named = |word: &str| manifest.hooks.is_empty() || manifest.hooks.contains_key(word);
    Hooks {
        phases: hooks.phases.into_iter().filter(|phase| named(phase.as_str())).collect(),
        events: hooks.events.into_iter().filter(|event| named(event.as_str())).collect(),
        resolves: hooks.resolves,
    }
}

/// Whether two versions of an extension say the same of themselves.
fn say_the_same(one: &Installed, other: &Installed) -> bool {
    one.roles == other.roles
        && one.tools.iter().map(|tool| &tool.info).eq(other.tools.iter().map(|tool| &tool.info))
        && one.agents.iter().map(|one| &one.info).eq(other.agents.iter().map(|one| &one.info))
        && one.holdings == other.holdings
        && one.source == other.source
        && one.extractor == other.extractor
        && one.embedder == other.embedder
        && one.hooks == other.hooks
        && one.transforms == other.transforms
}

impl Failed {
    pub(super) fn now(why: String, help: String) -> Self {
        Self { why, help, is_final: false }
    }

    fn mend(why: String) -> Self {
        Self { why, help: "mend it and put it here again".to_owned(), is_final: true }
    }

    pub(super) fn problem(self, extension: &Installed) -> Problem {
        Problem {
            name: extension.name.to_string(),
            place: extension.place.clone(),
            layer: extension.layer,
            why: self.why,
            help: self.help,
            still_running: None,
            tried: self.is_final.then(|| (extension.digest, extension.limits.clone())),
        }
    }
}

impl Installer {
    /// Compiles an extension if need be, asks it what it is, and keeps the
    /// answer.
    pub(super) async fn describe(
        self: &Arc<Self>,
        extension: &Installed,
    ) -> Result<Described, Failed> {
        let (installer, code) = (self.clone(), extension.code.clone());
        if extension.form == Form::Commands {
            return self.describe_commands(extension).await;
        }
        if code.as_foreign().is_some() {
            // It cannot say anything: what it exports is all there is.
            return blocking(move || installer.describe_foreign(&code)).await?;
        }
        // Compiling takes seconds and must not hold up the executor.
        let compiled = blocking(move || code.prepared(&installer.sandbox).cloned()).await?;
        let prepared = compiled.map_err(|error| Failed {
            why: error.to_string(),
            help: fitness::help(&error),
            is_final: true,
        })?;
        let (lent, limits) = bare(extension, self.ports.clone());
        let Receipt { outcome, .. } = self.sandbox.describe(&prepared, lent, limits).await;
        let description = outcome.map_err(failed)?;
        let (installer, key) = (self.clone(), key(extension));
        let is_named = extension.entry.is_some();
        blocking(move || {
            fitness::check(&description, is_named).map_err(Failed::mend)?;
            installer.descriptions.put(key, &description);
            Ok(Described { description, recompiled: prepared.recompiled })
        })
        .await?
    }

    /// Compiles the programs of an extension, and reads in its manifest what it
    /// is: nothing of it runs.
    async fn describe_commands(
        self: &Arc<Self>,
        extension: &Installed,
    ) -> Result<Described, Failed> {
        let (installer, code, key) = (self.clone(), extension.code.clone(), key(extension));
        blocking(move || {
            let commands = code.as_commands().ok_or_else(|| Failed::mend(String::new()))?;
            commands.prepare(&installer.sandbox).map_err(|unfit| Failed {
                why: unfit.why,
                help: unfit.help,
                is_final: true,
            })?;
            let description = commands.description();
            fitness::check(&description, false).map_err(Failed::mend)?;
            installer.descriptions.put(key, &description);
            Ok(Described { description, recompiled: false })
        })
        .await?
    }

    fn describe_foreign(&self, code: &crate::catalog::Code) -> Result<Described, Failed> {
        let Some(foreign) = code.as_foreign() else {
            return Err(Failed::mend("it is no module".to_owned()));
        };
        let module = foreign.prepared(&self.sandbox).map_err(|error| Failed {
            why: error.to_string(),
            help: fitness::help(&error),
            is_final: true,
        })?;
        let provider = foreign.provider.as_deref();
        let description = crate::foreign::describe(module, &foreign.stem, provider);
        let description = description.map_err(Failed::mend)?;
        fitness::check(&description, false).map_err(Failed::mend)?;
        Ok(Described { description, recompiled: false })
    }

    /// Asks an extension again that says that it has changed. Returns it as it
    /// is now, if that is different.
    pub(crate) async fn again(
        self: &Arc<Self>,
        extension: &Arc<Installed>,
    ) -> Result<Option<Arc<Installed>>, String> {
        let (installer, key) = (self.clone(), key(extension));
        blocking(move || installer.descriptions.forget(key)).await.map_err(|failed| failed.why)?;
        let described = self.describe(extension).await.map_err(|failed| failed.why)?;
        let described = Described { recompiled: false, ..described };
        let now = described.of((**extension).clone()).map_err(|failed| failed.why)?;
        Ok((!say_the_same(&now, extension)).then(|| Arc::new(now)))
    }
}

/// Returns what an extension runs with that is not called by anybody: no
/// powers, and little to spend.
pub(crate) fn bare(extension: &Installed, ports: Ports) -> (Lent, Limits) {
    let loan = Loan {
        extension: extension.name.clone(),
        grant: decide(None, &Policy::default(), extension.folder.is_some()),
        settings: "{}".to_owned(),
        private: Vec::new(),
        script: extension.script.clone(),
        inject: Vec::new(),
        folders: own_folder(extension),
        ports,
        entry: None,
    };
    let mut limits = match extension.entry {
        None => extension.limits.clone(),
        // What its entry says may be nobody's word yet.
        Some(_) => Limits::DEFAULT,
    };
    limits.fuel /= DESCRIBE_SHARE;
    limits.time = limits.time.min(DESCRIBE_TIME);
    (Lent::new(Arc::new(loan)), limits)
}

/// Runs work off the executor. Fails only if the work panics, or if the
/// runtime is shutting down.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failed> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Failed::now(format!("the host failed: {error}"), "try again".to_owned()))
}

fn failed(error: CallError) -> Failed {
    // On a busy machine time runs out for the innocent.
    let is_final = !matches!(
        error,
        CallError::Broke { broke: Broke::Limit(Limit::Time(_)) | Broke::Cancelled, .. }
    );
    let why = match error {
        CallError::Failed { failure, .. } => failure.message,
        CallError::Refused(refusal) => {
            format!("it needs a power to describe itself, and has none yet: {refusal}")
        }
        CallError::Broke { broke, .. } => format!("it was stopped when asked what it is: {broke}"),
    };
    Failed { is_final, ..Failed::mend(why) }
}

/// A description holds for a digest, this contract and this interpreter.
pub(crate) fn key(extension: &Installed) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update(extension.digest.0);
    hasher.update(ctx_sandbox::CONTRACT);
    hasher.update(extension.place.rsplit('/').next().unwrap_or_default());
    if extension.script.is_some() {
        for interpreter in &INTERPRETERS {
            hasher.update(interpreter_digest(interpreter));
        }
    }
    Digest(hasher.finalize().into())
}

fn interpreter_digest(interpreter: &Interpreter) -> &'static [u8] {
    static DIGEST: OnceLock<Vec<u8>> = OnceLock::new();
    DIGEST.get_or_init(|| Sha256::digest(interpreter.component).to_vec())
}

//! From what was found to a catalog: names settled, manifests read, each
//! extension asked once what it is. What is as it was before is taken over.

mod asking;
pub(crate) mod fitness;
mod naming;
mod replaced;

pub(crate) use asking::{bare, key};

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ctx_model::{
    Digest, ExtensionName, Form, Holdings, HookManifest, Hooks, Layer, Limits, LimitsRequest,
    Requests, Transforms,
};
use ctx_sandbox::{Injection, Ports, Sandbox, Script};

use crate::catalog::{Catalog, Code, Installed, Problem, Tool};
use crate::config::Config;
use crate::descriptions::Descriptions;
use crate::discover::{self, Body, BundledExtension, Found, lean_ctx};
use crate::entries::Entry;
use crate::interpreter::{INTERPRETERS, Interpreter};
use crate::manifest;
use crate::native::{self, NativeExtension};
use naming::{Named, Shadowed, problem};

/// What installing needs to know.
pub(crate) struct Installer {
    pub(crate) sandbox: Sandbox,
    pub(crate) descriptions: Arc<Descriptions>,
    pub(crate) interpreters: Arc<Interpreters>,
    /// What is lent to an extension that describes itself.
    pub(crate) ports: Ports,
    /// Names that no extension may have: those that the config denies, and
    /// those that the user's own config does. A workspace can add to these,
    /// and take nothing from them.
    pub(crate) deny: HashSet<String>,
    /// The part of the config that is the operator's word, for extensions of
    /// the workspace and for all others.
    pub(crate) workspace_word: Config,
    pub(crate) user_word: Config,
    /// What was installed until now.
    pub(crate) before: Option<Arc<Catalog>>,
}

/// What was looked at, and what is still to be asked.
pub(crate) struct Survey {
    drafts: Vec<Draft>,
    problems: Vec<Problem>,
    shadowed: Shadowed,
}

enum Draft {
    /// As it was before, or described before.
    Known(Arc<Installed>),
    /// Nobody has asked it yet what it is.
    Unknown(Box<Installed>),
}

/// All that a catalog is made of, but for the names that tools go by.
pub(crate) struct Gathered {
    pub(crate) installed: Vec<Arc<Installed>>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) shadowed: Shadowed,
}

/// Names by extension and tool.
pub(crate) type WireNames = HashMap<(String, String), String>;

/// The compiled interpreters, shared by all scripts.
pub(crate) struct Interpreters(Vec<Arc<Code>>);

impl Interpreters {
    pub(crate) fn new() -> Self {
        let code =
            |interpreter: &Interpreter| Arc::new(Code::of_interpreter(interpreter.component));
        Self(INTERPRETERS.iter().map(code).collect())
    }

    fn code(&self, interpreter: &Interpreter) -> &Arc<Code> {
        let at = INTERPRETERS.iter().position(|one| one.suffix == interpreter.suffix);
        &self.0[at.expect("every interpreter is in the table")]
    }
}

/// Looks through all layers, nearest first. Blocks.
pub(crate) fn find(
    entries: &[(Arc<Entry>, PathBuf)],
    dirs: &[(String, PathBuf)],
    user: &Path,
    modules: &[PathBuf],
    plugins: Option<&Path>,
    bundled: &[BundledExtension],
) -> Vec<Found> {
    let mut found: Vec<Found> =
        entries.iter().map(|(entry, path)| discover::entry(entry, path)).collect();
    for (shown, path) in dirs {
        found.extend(discover::scan(path, shown, Layer::Workspace));
    }
    found.extend(discover::scan(user, &user.display().to_string(), Layer::User));
    found.extend(lean_ctx::scan_all(modules, plugins));
    found.extend(bundled.iter().copied().map(discover::bundled));
    found
}

impl Installer {
    /// Returns the names that no extension may have.
    pub(crate) fn deny(&self) -> &HashSet<String> {
        &self.deny
    }

    /// Reads what was found, and says of what nothing is known yet. Blocks.
    pub(crate) fn survey(&self, found: Vec<Found>) -> Survey {
        let policy = &self.user_word.hooks;
        // Strict wins.
        let is_open = policy.fail_open && !policy.strict_mode;
        let (named, mut problems) = naming::name_all(found, is_open);
        let (named, shadowed) = naming::settle(named, &mut problems);
        let mut drafts = Vec::new();
        for one in named {
            if self.deny.contains(one.name.as_str()) {
                let (why, help) = ("the config denies it", "take it off `extensions.deny`");
                problems.push(problem(&one, why, help));
                continue;
            }
            let allow = &policy.allow;
            let is_allowed = allow.is_empty() || allow.iter().any(|name| one.name.as_str() == name);
            if !is_allowed && one.layer != Layer::Bundled {
                let (why, help) = ("the config does not allow it", "name it in `extensions.allow`");
                problems.push(problem(&one, why, help));
                continue;
            }
            match self.draft(one) {
                Ok(draft) => drafts.push(draft),
                Err(problem) => problems.push(*problem),
            }
        }
        Survey { drafts, problems, shadowed }
    }

    /// Asks those that are not known what they are.
    pub(crate) async fn ask(self: &Arc<Self>, survey: Survey) -> Gathered {
        let Survey { drafts, mut problems, shadowed } = survey;
        let mut installed = Vec::new();
        for draft in drafts {
            let unknown = match draft {
                Draft::Known(known) => {
                    installed.push(known);
                    continue;
                }
                Draft::Unknown(unknown) => unknown,
            };
            let described = self.describe(&unknown).await;
            match described.and_then(|described| described.of((*unknown).clone())) {
                Ok(extension) => installed.push(Arc::new(extension)),
                Err(failed) => problems.push(failed.problem(&unknown)),
            }
        }
        let mut gathered = Gathered { installed, problems, shadowed };
        if let Some(before) = &self.before {
            let limits = |one: &Installed| {
                let entry = one.entry.as_deref();
                self.limits(&one.name, one.layer, one.asks_limits.as_ref(), entry)
            };
            replaced::keep(before, &mut gathered, &self.deny, limits);
        }
        gathered
    }

    /// Puts the extensions of the program itself beside those that were found.
    pub(crate) fn join(&self, native: &[NativeExtension], gathered: &mut Gathered) {
        let limits = |one: &NativeExtension| self.limits(&one.name, Layer::Native, None, None);
        native::join(native, gathered, self.before.as_deref(), &self.deny, limits);
    }

    fn draft(&self, one: Named) -> Result<Draft, Box<Problem>> {
        let canonical = manifest::canonical(one.manifest.requests.as_ref());
        let digest = one.candidate.digest(&canonical);
        let entry = one.candidate.entry.as_deref();
        let limits = self.limits(&one.name, one.layer, one.manifest.limits.as_ref(), entry);
        if let Some(known) = self.known(&one, digest, &limits) {
            return Ok(Draft::Known(known));
        }
        if let Some(problem) = self.failed(&one, digest, &limits) {
            return Err(Box::new(problem));
        }
        let Named { name, place, layer, candidate, manifest, notes, .. } = one;
        let entry = candidate.entry.clone();
        let folder = candidate.folder.clone();
        let (stem, registry) = (candidate.stem.clone(), candidate.registry.clone());
        let mut told = Vec::new();
        let (form, code, script) = match candidate.body {
            Body::Component(bytes) => (Form::Component, Code::own(bytes), None),
            Body::Commands(mut plugin) => {
                told.append(&mut plugin.warnings);
                (Form::Commands, Code::commands(*plugin, folder.clone()), None)
            }
            Body::Module { bytes, provider } => {
                (Form::Module, Code::module(bytes, stem.clone(), provider), None)
            }
            Body::Script { name, text, interpreter } => {
                let code = self.interpreters.code(interpreter).clone();
                (
                    Form::Script,
                    Code::shared(code, interpreter.component),
                    Some(Script { name, text }),
                )
            }
        };
        let settings_schema = fitness::settings_schema(manifest.settings.as_ref(), folder.as_ref());
        let hook_manifest = HookManifest::from(&manifest);
        let extension = Installed {
            notes: [notes, beyond(&limits, manifest.limits.as_ref()), told].concat(),
            name,
            version: manifest.version,
            description: manifest.description,
            license: manifest.license,
            form,
            layer,
            place,
            registry,
            digest,
            settings_schema: settings_schema.as_ref().cloned().unwrap_or_default(),
            inject: injections(manifest.requests.as_ref()),
            requests: manifest.requests,
            limits,
            asks_limits: manifest.limits,
            roles: Vec::new(),
            tools: Vec::new(),
            agents: Vec::new(),
            holdings: Holdings::default(),
            source: None,
            extractor: None,
            embedder: None,
            hooks: Hooks::default(),
            hook_manifest,
            transforms: Transforms::default(),
            code: Arc::new(code),
            script,
            folder,
            entry,
            inline: None,
        };
        if let Err(why) = settings_schema {
            let help = "mend `[settings]` in its manifest".to_owned();
            return Err(Box::new(asking::Failed::now(why, help).problem(&extension)));
        }
        let Some(description) = self.descriptions.get(asking::key(&extension)) else {
            return Ok(Draft::Unknown(Box::new(extension)));
        };
        match asking::Described::from(description).of(extension.clone()) {
            Ok(known) => Ok(Draft::Known(Arc::new(known))),
            Err(failed) => Err(Box::new(failed.problem(&extension))),
        }
    }

    /// Takes over what was installed before, if it is the same: whole, or with
    /// what the operator or the machine has changed about it.
    fn known(&self, one: &Named, digest: Digest, limits: &Limits) -> Option<Arc<Installed>> {
        let before = self.before.as_ref()?.installed.get(&one.name)?;
        if before.digest != digest || before.layer != one.layer || before.place != one.place {
            return None;
        }
        let is_same_folder = match (&before.folder, &one.candidate.folder) {
            (Some(before), Some(now)) => before.is_same(now),
            (before, now) => before.is_none() && now.is_none(),
        };
        let entry = &one.candidate.entry;
        if before.entry.as_ref().map(|one| one.script.kind)
            != entry.as_ref().map(|one| one.script.kind)
        {
            return None;
        }
        if is_same_folder && before.limits == *limits && before.entry == *entry {
            return Some(before.clone());
        }
        Some(Arc::new(Installed {
            limits: limits.clone(),
            notes: [one.notes.clone(), beyond(limits, one.manifest.limits.as_ref())].concat(),
            folder: one.candidate.folder.clone(),
            entry: entry.clone(),
            ..(**before).clone()
        }))
    }

    /// Whether the same was tried before, in vain.
    fn failed(&self, one: &Named, digest: Digest, limits: &Limits) -> Option<Problem> {
        let before = self.before.as_ref()?.problems.iter().find(|problem| {
            problem.layer == one.layer
                && problem.name == one.name.as_str()
                && problem.place == one.place
                && problem.tried.as_ref().is_some_and(|(d, l)| *d == digest && l == limits)
        })?;
        Some(Problem { still_running: None, ..before.clone() })
    }

    /// Raises limits as far as the operator's word goes.
    pub(crate) fn limits(
        &self,
        name: &ExtensionName,
        layer: Layer,
        asked: Option<&LimitsRequest>,
        entry: Option<&Entry>,
    ) -> Limits {
        let word = match layer {
            Layer::Workspace => &self.workspace_word,
            Layer::User | Layer::Bundled | Layer::Native => &self.user_word,
        };
        let mut limits = Limits::DEFAULT;
        if let Some(asked) = asked {
            // An extension may ask for less; for more it needs the operator,
            // who chose what comes with `ctx` when he chose `ctx`.
            let most = match layer {
                Layer::Bundled | Layer::Native => &Limits::MAXIMUM,
                Layer::Workspace | Layer::User => &Limits::DEFAULT,
            };
            limits = limits.with(asked, most);
        }
        if let Some(entry) = entry {
            limits = entry.script.limits(limits);
        }
        if let Some(extension) = word.extension.get(name.as_str()) {
            limits = limits.with(&extension.limits, &Limits::MAXIMUM);
        }
        limits
    }
}

impl Gathered {
    /// Names every tool, by its extension. Those that come with every `ctx`
    /// have the names that they have.
    pub(crate) fn tools(&self) -> Vec<(String, String)> {
        let of = |extension: &Arc<Installed>| {
            let name = extension.name.to_string();
            let tools = extension.tools.iter();
            tools.map(|tool| (name.clone(), tool.info.name.clone())).collect::<Vec<_>>()
        };
        self.installed.iter().filter(|one| !one.is_builtin()).flat_map(of).collect()
    }

    /// Makes the catalog. `fixed` are the names that tools go by.
    pub(crate) fn catalog(self, fixed: &WireNames, warnings: Vec<String>) -> Catalog {
        let builtin = self.installed.iter().filter(|one| one.is_builtin());
        let reserved: HashSet<String> =
            builtin.flat_map(|one| one.tools.iter().map(|tool| tool.info.name.clone())).collect();
        let mut agents = HashSet::new();
        let named = self.installed.into_iter().map(|extension| {
            let name = extension.name.to_string();
            let is_builtin = extension.is_builtin();
            let mut notes = Vec::new();
            let tool = |tool: &Tool| {
                let own = &tool.info.name;
                let wire_name = fixed.get(&(name.clone(), own.clone())).unwrap_or(own);
                if is_builtin || !reserved.contains(wire_name) {
                    return wire_name.clone();
                }
                let longer = format!("{name}__{own}");
                notes.push(format!(
                    "its tool `{own}` goes by `{longer}`: every ctx has a tool `{wire_name}`"
                ));
                longer
            };
            let tools: Vec<String> = extension.tools.iter().map(tool).collect();
            let mut taken = Vec::new();
            for agent in &extension.agents {
                let mut wire_name = agent.info.name.clone();
                if !agents.insert(wire_name.clone()) {
                    wire_name = format!("{name}__{}", agent.info.name);
                    agents.insert(wire_name.clone());
                }
                taken.push(wire_name);
            }
            with_names(extension, tools, taken, notes)
        });
        Catalog::new(named.collect(), self.problems, self.shadowed, warnings)
    }
}

/// Gives names, to a copy if they are others than before.
fn with_names(
    extension: Arc<Installed>,
    tools: Vec<String>,
    agents: Vec<String>,
    notes: Vec<String>,
) -> Arc<Installed> {
    let has_tools = extension.tools.iter().map(|tool| &tool.wire_name).eq(&tools);
    let has_agents = extension.agents.iter().map(|agent| &agent.wire_name).eq(&agents);
    let has_notes = notes.iter().all(|note| extension.notes.contains(note));
    if has_tools && has_agents && has_notes {
        return extension;
    }
    let mut extension = Arc::unwrap_or_clone(extension);
    extension.notes.extend(notes);
    for (tool, name) in extension.tools.iter_mut().zip(tools) {
        tool.wire_name = name;
    }
    for (agent, name) in extension.agents.iter_mut().zip(agents) {
        agent.wire_name = name;
    }
    Arc::new(extension)
}

/// Says which limits a manifest asks to raise, and the operator has not.
fn beyond(limits: &Limits, asked: Option<&LimitsRequest>) -> Vec<String> {
    let Some(asked) = asked else { return Vec::new() };
    let wanted = Limits::DEFAULT.with(asked, &Limits::MAXIMUM);
    let raised = [
        ("fuel", wanted.fuel > limits.fuel),
        ("memory", wanted.memory > limits.memory),
        ("time", wanted.time > limits.time),
        ("output", wanted.output > limits.output),
        ("page", wanted.page > limits.page),
        ("log", wanted.log > limits.log),
        ("host_calls", wanted.host_calls > limits.host_calls),
        ("documents", wanted.documents > limits.documents),
    ];
    let keys: Vec<&str> = raised.iter().filter(|(_, more)| *more).map(|(key, _)| *key).collect();
    if keys.is_empty() {
        return Vec::new();
    }
    vec![format!(
        "it asks for more {} than the default; raise it under `limits` in the config if you agree",
        keys.join(", ")
    )]
}

/// Lends an extension its own folder, if it has one.
pub(crate) fn own_folder(extension: &Installed) -> BTreeMap<String, ctx_sandbox::Folder> {
    let own = extension.folder.clone();
    own.map(|folder| (crate::decide::OWN_FOLDER.to_owned(), folder)).into_iter().collect()
}

/// Reads rules that were checked when the manifest was.
fn injections(requests: Option<&Requests>) -> Vec<Injection> {
    let rules = requests.map(|requests| requests.inject.as_slice()).unwrap_or_default();
    rules
        .iter()
        .filter_map(|rule| {
            let host = rule.host.parse().ok()?;
            Some(Injection { host, header: rule.header.clone(), value: rule.value.clone() })
        })
        .collect()
}

//! Whose word counts: grants in the user's state, and configs that the user
//! has made his own.

mod nearest;

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use ctx_model::{Digest, ExtensionName, Layer, Policy, Refusal, Registry};
use ctx_store::{Binding, GrantRow, StateStore, StoreError, TrustRow};
use sha2::{Digest as _, Sha256};

use crate::catalog::Installed;
use crate::config::{
    self, Access, Allow, Ceiling, Config, ConfigError, ConfigFile, Economy, HookPolicy,
    InlineAgent, ScriptEntry, Written,
};
use crate::decide::OWN_FOLDER;
use crate::entries::{self, Entry};
use crate::error::HostError;
use crate::lending;
use crate::places::Places;
use nearest::{IN_WORKSPACE, hidden, in_workspace};

/// The config as it was when it was read, and the grants as they are now.
#[derive(Clone)]
pub(crate) struct Authority {
    state: Arc<StateStore>,
    origin: Arc<Origin>,
    /// Why the config could not be read anew. What it said before still holds.
    pub(crate) unread: Option<String>,
    /// What all files say.
    pub(crate) config: Config,
    /// What the user's own config says.
    pub(crate) user: Config,
    /// The operator's word about extensions that the workspace brings: its own
    /// config, once it is trusted. The user's config does not know them.
    workspace_word: Config,
    /// The operator's word about all other extensions.
    user_word: Config,
    /// Scripts that are named one by one.
    entries: Arc<[Arc<Entry>]>,
    /// Agents that are all written down.
    inline: Arc<[(ExtensionName, InlineAgent)]>,
    /// The workspace's config, and whether it is trusted.
    workspace_file: Option<(ConfigFile, bool)>,
}

/// Where the config is read from.
struct Origin {
    user: PathBuf,
    workspace: PathBuf,
    /// A file that was named outright, by a flag or by `CTX_CONFIG`.
    named: Option<PathBuf>,
    places: Places,
    /// Scripts that were named outright.
    typed: Vec<ScriptEntry>,
}

impl Authority {
    /// Reads the config and opens the grants.
    pub(crate) fn open(
        places: &Places,
        workspace: &Path,
        named: Option<&Path>,
        typed: Vec<ScriptEntry>,
    ) -> Result<Self, crate::OpenError> {
        let state = StateStore::open(&places.state)?;
        let named = named.or(places.config_file.as_deref()).map(|path| workspace.join(path));
        let user = places.config.join("config.toml");
        let (workspace, places) = (workspace.to_owned(), places.clone());
        let origin = Origin { user, workspace, named, places, typed };
        Self::read(Arc::new(state), Arc::new(origin))
    }

    /// Reads the config and the trust again. A config that cannot be read
    /// leaves what it said before in force, and trust that was taken back is
    /// gone all the same. Blocks.
    pub(crate) fn renewed(&self) -> Self {
        Self::read(self.state.clone(), self.origin.clone()).unwrap_or_else(|error| {
            let mut kept = self.clone();
            kept.unread = Some(error.to_string());
            if let Some((file, trusted)) = &mut kept.workspace_file {
                *trusted = self.origin.named.is_some()
                    || self.state.is_trusted(&key(&file.path), digest(file)).unwrap_or(false);
            }
            match kept.hear() {
                Ok(()) => kept,
                // What was merged once can be merged again.
                Err(_) => Self { unread: kept.unread, ..self.clone() },
            }
        })
    }

    /// Names the files that the config is read from, whether they are there
    /// or not.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let Origin { user, workspace, named, .. } = &*self.origin;
        let nearer = match named {
            Some(named) => vec![named.clone()],
            None => IN_WORKSPACE.iter().map(|name| workspace.join(name)).collect(),
        };
        nearer.into_iter().chain([user.clone()]).collect()
    }

    /// A file that is named outright is the operator's word; one that came
    /// with a workspace is not, until trusted.
    fn read(state: Arc<StateStore>, origin: Arc<Origin>) -> Result<Self, crate::OpenError> {
        let user = ConfigFile::read(&origin.user)?;
        let (file, is_named) = match &origin.named {
            Some(path) => {
                let missing = || {
                    let error = std::io::Error::other("there is no such file");
                    ConfigError::Io { path: path.display().to_string(), error }
                };
                (Some(ConfigFile::read(path)?.ok_or_else(missing)?), true)
            }
            None => (in_workspace(&origin.workspace)?, false),
        };
        let trusted = match &file {
            Some(file) => is_named || state.is_trusted(&key(&file.path), digest(file))?,
            None => false,
        };
        let base = if is_named { None } else { user.as_ref() };
        let mut config = config::merge(base.into_iter().chain(&file))?;
        if !is_named && let Some(file) = &file {
            config.warnings.extend(hidden(&origin.workspace, &file.path));
        }
        let shown = shown(&origin, file.as_ref());
        let entries = entries::named(&origin.typed, &config, &shown);
        config.sources.extend(entries::sources(&entries));
        let inline = entries::named_inline(&config.inline, &entries).into();
        let mut authority = Self {
            entries: entries.into_iter().map(Arc::new).collect(),
            inline,
            state,
            origin,
            unread: None,
            config,
            user: config::merge(base)?,
            workspace_word: Config::default(),
            user_word: Config::default(),
            workspace_file: file.map(|file| (file, trusted)),
        };
        authority.hear()?;
        Ok(authority)
    }

    /// Takes down whose word counts now.
    fn hear(&mut self) -> Result<(), ConfigError> {
        let trusted = self.workspace_file.as_ref().filter(|(_, trusted)| *trusted);
        self.workspace_word = config::merge(trusted.map(|(file, _)| file))?;
        self.user_word = if trusted.is_some() { self.config.clone() } else { self.user.clone() };
        Ok(())
    }

    /// Returns the operator's word about extensions of a layer.
    pub(crate) fn word(&self, layer: Layer) -> &Config {
        match layer {
            Layer::Workspace => &self.workspace_word,
            Layer::User | Layer::Bundled | Layer::Native => &self.user_word,
        }
    }

    /// Returns the path of a config that names powers and is not trusted.
    pub(crate) fn untrusted(&self) -> Option<String> {
        let (file, trusted) = self.workspace_file.as_ref()?;
        (!trusted).then(|| file.path.display().to_string())
    }

    /// Returns the path of the config of this workspace.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.workspace_file.as_ref().map(|(file, _)| file.path.as_path())
    }

    /// Makes the workspace's config the operator's word, as it is now.
    pub(crate) fn trust(&mut self) -> Result<Option<PathBuf>, HostError> {
        let Some((file, trusted)) = &mut self.workspace_file else { return Ok(None) };
        self.state.trust(&TrustRow { path: key(&file.path), digest: digest(file), at: now() })?;
        *trusted = true;
        let path = file.path.clone();
        self.hear()?;
        Ok(Some(path))
    }

    /// Takes the trust back.
    pub(crate) fn untrust(&mut self) -> Result<bool, HostError> {
        let Some((file, trusted)) = &mut self.workspace_file else { return Ok(false) };
        *trusted = false;
        let had = self.state.untrust(&key(&file.path))?;
        self.hear()?;
        Ok(had)
    }

    /// Returns where the database is to be, as written, and whether that is the
    /// operator's word.
    pub(crate) fn database(&self) -> Option<(&str, bool)> {
        let path = self.config.engine.database.as_deref()?;
        let is_own = self.user.engine.database.as_deref() == Some(path);
        Some((path, is_own || self.untrusted().is_none()))
    }

    /// Returns where to listen, if that is the operator's word: a clone must
    /// not open a port to the network.
    pub(crate) fn bind(&self) -> Option<&str> {
        self.word(Layer::User).engine.bind.as_deref()
    }

    /// Returns what the operator says of hooks: a clone must not order them, or
    /// show them more.
    pub(crate) fn hook_policy(&self) -> &HookPolicy {
        &self.word(Layer::User).hooks
    }

    /// Returns what all extensions together may spend, in the operator's word:
    /// a clone must not raise it.
    pub(crate) fn ceiling(&self) -> &Ceiling {
        &self.word(Layer::User).ceiling
    }

    /// Returns whose tokens count, in the operator's word: a clone must not let
    /// anybody in.
    pub(crate) fn access(&self) -> &Arc<Access> {
        &self.word(Layer::User).access
    }

    /// Returns what models are shown, in the operator's word: a clone must not
    /// tell them anything.
    pub(crate) fn economy(&self) -> &Arc<Economy> {
        &self.word(Layer::User).economy
    }

    /// Reads the configs again, the farthest first, as they are written.
    pub(crate) fn layers(&self) -> Result<Vec<Written>, ConfigError> {
        let Origin { user, workspace, named, places, .. } = &*self.origin;
        let mut layers = Vec::new();
        if let Some(named) = named {
            let is_typed =
                places.config_file.as_ref().is_none_or(|it| workspace.join(it) != *named);
            let origin = if is_typed { "flag" } else { "environment" };
            layers.extend(ConfigFile::read(named)?.map(|file| Written::new(origin, file)));
        } else {
            layers.extend(ConfigFile::read(user)?.map(|file| Written::new("user", file)));
            layers.extend(in_workspace(workspace)?.map(|file| Written::new("workspace", file)));
        }
        Ok(layers)
    }

    /// Lists the registries, and where each is. One that the operator did not
    /// name himself is left out by whoever must not follow a clone.
    pub(crate) fn registries(&self) -> Vec<Registry> {
        let Origin { places, workspace, .. } = &*self.origin;
        let is_trusted = self.untrusted().is_none();
        let resolved = |registry: &Registry| {
            let written = registry.path.to_string_lossy();
            let path = if written.is_empty() {
                registry_folder(places, &registry.name)
            } else {
                places.resolve(workspace, &written)
            };
            let is_own_word = is_trusted || self.user.registries.contains(registry);
            let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
            let is_inside = real(&path).starts_with(real(workspace))
                && path.components().all(|part| part != Component::ParentDir);
            let layer = if is_inside { Layer::Workspace } else { Layer::User };
            Registry { path, layer, is_own_word, ..registry.clone() }
        };
        self.config.registries.iter().map(resolved).collect()
    }

    /// Lists the scripts that are named one by one.
    pub(crate) fn entries(&self) -> &[Arc<Entry>] {
        &self.entries
    }

    /// Lists the agents that are all written down.
    pub(crate) fn inline(&self) -> Arc<[(ExtensionName, InlineAgent)]> {
        self.inline.clone()
    }

    /// Checks that an agent that is all written down is the operator's word.
    pub(crate) fn vouch_inline(&self, agent: &InlineAgent) -> Result<(), Refusal> {
        match &self.workspace_file {
            Some((file, false)) if !self.user.inline.contains(agent) => {
                Err(Refusal::Untrusted { path: file.path.display().to_string() })
            }
            _ => Ok(()),
        }
    }

    /// Returns the config that a person would mend, as seen from the
    /// workspace.
    pub(crate) fn shown(&self) -> String {
        shown(&self.origin, self.workspace_file.as_ref().map(|(file, _)| file))
    }

    /// Returns what is wrong with the entries that could not be read.
    pub(crate) fn broken(&self) -> Vec<crate::Problem> {
        let shown = self.shown();
        self.config.broken.iter().map(|broken| entries::problem(broken, &shown)).collect()
    }

    /// Checks that an entry is the operator's word: typed, in a config that
    /// is trusted, or in the user's own. The user's own config cannot know
    /// what lies in a workspace, so it speaks for no script there.
    pub(crate) fn vouch(&self, entry: &Entry) -> Result<(), Refusal> {
        let Origin { places, workspace, .. } = &*self.origin;
        let is_in = |config: &Config| config.scripts.contains(&entry.script);
        let is_outside = || {
            let path = entry.path(places, workspace);
            let path = path.canonicalize().unwrap_or(path);
            let workspace = workspace.canonicalize();
            workspace.is_ok_and(|workspace| path.is_absolute() && !path.starts_with(workspace))
        };
        match &self.workspace_file {
            _ if entry.file.is_none() => Ok(()),
            Some((_, true)) if is_in(&self.config) => Ok(()),
            _ if is_in(&self.user) && is_outside() => Ok(()),
            Some((file, false)) => {
                Err(Refusal::Untrusted { path: file.path.display().to_string() })
            }
            _ => Err(Refusal::Unusable {
                extension: entry.name.clone(),
                why: "its entry is in your own config, and its script in a workspace that is not \
                      trusted"
                    .to_owned(),
                help: Some(format!(
                    "name it in the workspace's own config, under `[{}]`, and run `ctx trust`",
                    entry.script.section()
                )),
            }),
        }
    }

    /// Returns what one extension is allowed.
    pub(crate) fn policy(&self, extension: &Installed) -> Result<Policy, StoreError> {
        let name = extension.name.as_str();
        let mut allow = Allow::default();
        for row in self.state.grants(name, &self.binding(extension))? {
            add(&mut allow, row);
        }
        // What is stored was checked when it was granted.
        let mut policy = config::policy(&allow).unwrap_or_default();
        if let Some(word) = self.word(extension.layer).extension.get(name) {
            policy.extend(config::policy(&word.allow).unwrap_or_default());
        }
        if let Some(entry) = &extension.entry
            && self.vouch(entry).is_ok()
        {
            let allow = entry.script.allowed(&lending::variable);
            policy.extend(config::policy(&allow).unwrap_or_default());
            let Origin { places, workspace, .. } = &*self.origin;
            let path = entry.path(places, workspace);
            if let (Some(own), Some(folder)) = (policy.folders.get_mut(OWN_FOLDER), path.parent()) {
                *own = folder.display().to_string();
            }
        }
        let allowed = &self.hook_policy().capability_allowlist;
        if !allowed.is_empty() {
            let none = Policy::default();
            let is_out = |capability: &str| !allowed.iter().any(|one| one == capability);
            for (capability, forget) in FORGET {
                if is_out(capability) {
                    forget(&mut policy, &none);
                }
            }
        }
        Ok(policy)
    }

    /// Returns what grants are bound to: the very files of an extension, or
    /// the path of an entry, which the operator named as such.
    fn binding(&self, extension: &Installed) -> Binding {
        match &extension.entry {
            None => Binding::Digest(extension.digest),
            Some(entry) => {
                let Origin { places, workspace, .. } = &*self.origin;
                Binding::Path(key(&entry.path(places, workspace)))
            }
        }
    }

    /// Returns what the user's state holds.
    pub(crate) fn state(&self) -> &StateStore {
        &self.state
    }

    /// Whether an earlier version of this extension had grants.
    pub(crate) fn had_grants(&self, extension: &Installed) -> Result<bool, StoreError> {
        let binding = self.binding(extension);
        Ok(!self.state.earlier_grants(extension.name.as_str(), &binding)?.is_empty())
    }

    /// Records a grant.
    pub(crate) fn grant(
        &self,
        extension: &Installed,
        capability: &str,
        value: &str,
    ) -> Result<(), StoreError> {
        let (value, extra) = match capability {
            "files" => {
                let (name, path) = config::folder(value);
                (name, Some(path))
            }
            _ => (value.to_owned(), None),
        };
        self.state.grant(&GrantRow {
            extension: extension.name.to_string(),
            binding: self.binding(extension),
            capability: capability.to_owned(),
            value,
            extra,
            at: now(),
        })
    }

    /// Lists the hosts that an extension was granted, in whichever version.
    pub(crate) fn hosts(&self, name: &str) -> Result<Vec<String>, StoreError> {
        let all = self.state.all_grants()?.into_iter();
        let hosts = all.filter(|row| row.extension == name && row.capability == "http");
        Ok(hosts.map(|row| row.value).collect())
    }

    /// Takes grants back, and returns how many there were.
    pub(crate) fn revoke(
        &self,
        name: &str,
        capability: Option<&str>,
        value: Option<&str>,
    ) -> Result<u64, StoreError> {
        self.state.revoke(name, capability, value)
    }
}

/// How to take back all of a capability.
type Forget = fn(&mut Policy, &Policy);
const FORGET: [(&str, Forget); 6] = [
    ("http", |policy, none| policy.http.clone_from(&none.http)),
    ("env", |policy, none| policy.env.clone_from(&none.env)),
    ("secrets", |policy, none| policy.secrets.clone_from(&none.secrets)),
    ("files", |policy, none| policy.folders.clone_from(&none.folders)),
    ("kv", |policy, none| policy.kv = none.kv),
    ("context", |policy, none| policy.context.clone_from(&none.context)),
];

fn add(allow: &mut Allow, row: GrantRow) {
    match row.capability.as_str() {
        "http" => allow.http.push(row.value),
        "env" => allow.env.push(row.value),
        "secrets" => allow.secrets.push(row.value),
        "files" => allow.files.push(format!("{}={}", row.value, row.extra.unwrap_or_default())),
        "kv" => allow.kv = true,
        "context" => allow.context.push(row.value),
        "hints" => allow.hints.push(row.value),
        _ => {}
    }
}

/// Returns the config that a person would mend, as seen from the workspace.
fn shown(origin: &Origin, file: Option<&ConfigFile>) -> String {
    let path = file.map_or(&origin.user, |file| &file.path);
    path.strip_prefix(&origin.workspace).unwrap_or(path).display().to_string()
}

/// Trust belongs to a place, however it was reached.
fn key(path: &Path) -> String {
    path.canonicalize().unwrap_or_else(|_| path.to_owned()).display().to_string()
}

fn digest(file: &ConfigFile) -> Digest {
    Digest(Sha256::digest(&file.text).into())
}

pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// Returns where a registry is unless the config says: in the user's data, or
/// where Context Harness put it before.
fn registry_folder(places: &Places, name: &str) -> PathBuf {
    let usual = places.data.join("registries").join(name);
    let before = places.home.as_ref().map(|home| home.join(".ctx/registries").join(name));
    match before {
        Some(before) if !usual.exists() && before.exists() => before,
        _ => usual,
    }
}

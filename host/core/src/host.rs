//! The whole product as a library: open it, and everything else is one verb.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::SystemTime;

use ctx_model::{Caller, Clock, Context, ExtensionName, KeyValue, Layer, Log, Policy, Refusal};
use ctx_sandbox::{
    Allocation, CodeCache, Folder, Lent, Loan, Ports, Prepared, Sandbox, SandboxConfig,
};
use ctx_store::{JournalWriter, Store, StoreError};

use crate::authority::Authority;
use crate::catalog::{Catalog, Installed};
use crate::decide::decide;
use crate::descriptions::Descriptions;
use crate::discover::BundledExtension;
use crate::error::{HostError, OpenError};
use crate::install::{self, Installer, Interpreters};
use crate::lending::{Gathered, NoWorkspace, ProcessEnvironment, SecretFiles};
use crate::places::Places;
use crate::private::{private_folder, seal};
use crate::workspace;

/// How to open a host.
pub struct HostOptions {
    /// The folder of the project.
    pub workspace: PathBuf,
    /// A config that was named outright.
    pub config: Option<PathBuf>,
    pub places: Places,
    /// Extensions that the binary carries.
    pub bundled: Vec<BundledExtension>,
    /// Where log lines of extensions go.
    pub log: Arc<dyn Log>,
    /// Where guests get their time and randomness.
    pub clock: Clock,
    /// Whether to do without reserved slots for instances, in a process that
    /// makes a single call.
    pub on_demand: bool,
    /// Whose compiled code to share, if not that of `places`. Nothing but
    /// code is shared: no grants, no descriptions.
    pub code: Option<Places>,
}

impl HostOptions {
    /// Opens a workspace as a person would.
    pub fn new(workspace: impl Into<PathBuf>, places: Places) -> Self {
        Self {
            workspace: workspace.into(),
            config: None,
            places,
            bundled: Vec::new(),
            log: crate::lending::no_log(),
            clock: Clock::Real,
            on_demand: false,
            code: None,
        }
    }
}

/// The product. Shared by reference; every verb takes `&self`.
pub struct Host {
    pub(crate) workspace: PathBuf,
    pub(crate) places: Places,
    pub(crate) sandbox: Sandbox,
    /// Absent if the folder is no workspace, or its store cannot be used.
    pub(crate) store: Option<Arc<Store>>,
    /// Why the store cannot be used. Extensions can be listed and called all
    /// the same.
    store_error: Option<StoreError>,
    pub(crate) journal: OnceLock<Option<JournalWriter>>,
    authority: Mutex<Authority>,
    catalog: tokio::sync::Mutex<Option<Arc<Catalog>>>,
    current: RwLock<Option<Arc<Catalog>>>,
    loans: Mutex<Loans>,
    interpreters: Interpreters,
    descriptions: Descriptions,
    bundled: Vec<BundledExtension>,
    log: Arc<dyn Log>,
    clock: Clock,
}

/// What is lent to each extension, as long as nobody grants anything else.
#[derive(Default)]
struct Loans {
    stamp: Stamp,
    lent: HashMap<ExtensionName, Arc<Loan>>,
}

/// When the grants were last written, by whichever process.
type Stamp = [Option<(SystemTime, u64)>; 2];

impl Host {
    /// Opens the workspace's store, the config and the engine. Extensions are
    /// looked for when they are first needed.
    pub fn open(options: HostOptions) -> Result<Self, OpenError> {
        let HostOptions { workspace, config, places, bundled, log, clock, on_demand, code } =
            options;
        let owner = code.as_ref().unwrap_or(&places);
        for folder in [&places.state, &places.cache, &owner.state, &owner.cache] {
            private_folder(folder)?;
        }
        let (code, descriptions) = (owner.cache.join("code"), places.cache.join("descriptions"));
        for folder in [&code, &descriptions] {
            private_folder(folder)?;
        }
        let seal = seal(&owner.state)?;
        let cache = CodeCache::open(&code, seal)?;
        let sandbox = Sandbox::new(SandboxConfig { cache: Some(cache), on_demand })?;
        let authority = Authority::open(&places, &workspace, config.as_deref())?;
        let data = workspace.join(workspace::FOLDER);
        let (store, store_error) = if data.is_dir() {
            workspace::check(&data)?;
            match Store::open(&data.join("data")) {
                Ok(store) => (Some(Arc::new(store)), None),
                Err(error) => (None, Some(error)),
            }
        } else {
            (None, None)
        };
        Ok(Self {
            descriptions: Descriptions::open(&descriptions),
            workspace,
            places,
            sandbox,
            store,
            store_error,
            journal: OnceLock::new(),
            authority: Mutex::new(authority),
            catalog: tokio::sync::Mutex::new(None),
            current: RwLock::new(None),
            loans: Mutex::default(),
            interpreters: Interpreters::new(),
            bundled,
            log,
            clock,
        })
    }

    /// Returns what is installed, after looking for it if nobody has yet.
    pub async fn catalog(&self) -> Result<Arc<Catalog>, HostError> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(catalog) = current {
            return Ok(catalog);
        }
        let mut place = self.catalog.lock().await;
        if let Some(catalog) = &*place {
            return Ok(catalog.clone());
        }
        // Seldom and large: kept out of the future of every call.
        Box::pin(self.look(&mut place)).await
    }

    /// Looks again at what is installed. Calls in flight keep what they began
    /// with.
    pub async fn reload(&self) -> Result<Arc<Catalog>, HostError> {
        let mut place = self.catalog.lock().await;
        Box::pin(self.look(&mut place)).await
    }

    async fn look(&self, place: &mut Option<Arc<Catalog>>) -> Result<Arc<Catalog>, HostError> {
        let (config, user, workspace_word, user_word, is_trusted) = {
            let authority = self.authority();
            let word = |layer| authority.word(layer).clone();
            let is_trusted = authority.untrusted().is_none();
            let (theirs, ours) = (word(Layer::Workspace), word(Layer::Bundled));
            (authority.config.clone(), authority.user.clone(), theirs, ours, is_trusted)
        };
        // A config that came with a clone looks for extensions in the clone.
        let is_inside =
            |dir: &str| !dir.starts_with(['/', '~']) && dir.split('/').all(|part| part != "..");
        let dirs: Vec<(String, PathBuf)> = config
            .dirs
            .iter()
            .filter(|dir| is_trusted || user.dirs.contains(dir) || is_inside(dir))
            .map(|dir| (dir.clone(), self.places.resolve(&self.workspace, dir)))
            .collect();
        let found = install::find(&dirs, &self.places.data.join("extensions"), &self.bundled);
        let installer = Installer {
            sandbox: &self.sandbox,
            descriptions: &self.descriptions,
            config: &config,
            user: &user,
            workspace_word: &workspace_word,
            user_word: &user_word,
            interpreters: &self.interpreters,
            ports: self.ports(),
        };
        let mut failed = None;
        let catalog = installer
            .install(found, |wanted| {
                let Some(store) = &self.store else { return HashMap::new() };
                let wanted: Vec<(&str, &str)> =
                    wanted.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
                store.wire_names(&wanted).unwrap_or_else(|error| {
                    failed = Some(error);
                    HashMap::new()
                })
            })
            .await;
        if let Some(error) = failed {
            return Err(error.into());
        }
        let catalog = Arc::new(catalog);
        self.forget_loans();
        *place = Some(catalog.clone());
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(catalog.clone());
        Ok(catalog)
    }

    /// Makes the workspace's config the operator's own word. Returns its path.
    pub fn trust(&self) -> Result<Option<PathBuf>, HostError> {
        let trusted = self.authority().trust()?;
        self.forget_loans();
        Ok(trusted)
    }

    /// Takes the trust back. Returns whether there was any.
    pub fn untrust(&self) -> Result<bool, HostError> {
        let untrusted = self.authority().untrust()?;
        self.forget_loans();
        Ok(untrusted)
    }

    /// Returns the workspace's config and whether it is not trusted.
    pub fn config_file(&self) -> Option<(PathBuf, bool)> {
        let authority = self.authority();
        authority.file().map(|path| (path.to_owned(), authority.untrusted().is_none()))
    }

    /// Says what is odd about the config and the environment.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = self.places.warnings.clone();
        warnings.extend(self.store_error.iter().map(ToString::to_string));
        warnings.extend(self.authority().config.warnings.iter().cloned());
        warnings
    }

    /// Returns how instances get their memory.
    pub fn allocation(&self) -> Allocation {
        self.sandbox.allocation()
    }

    /// Whether this folder is a workspace.
    pub fn has_workspace(&self) -> bool {
        self.store.is_some()
    }

    /// Writes down what is still in memory. Called before a process ends.
    pub fn close(&self) -> Result<(), HostError> {
        if let Some(Some(journal)) = self.journal.get() {
            journal.flush()?;
        }
        Ok(())
    }

    pub(crate) fn store(&self) -> Result<&Arc<Store>, HostError> {
        match (&self.store, &self.store_error) {
            (Some(store), _) => Ok(store),
            (None, Some(error)) => Err(error.clone().into()),
            (None, None) => {
                Err(HostError::NoWorkspace { folder: self.workspace.display().to_string() })
            }
        }
    }

    pub(crate) fn authority(&self) -> MutexGuard<'_, Authority> {
        self.authority.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Called when a grant, the trust or the catalog has changed.
    pub(crate) fn forget_loans(&self) {
        self.loans.lock().unwrap_or_else(PoisonError::into_inner).lent.clear();
    }

    pub(crate) fn clock(&self) -> Clock {
        self.clock
    }

    pub(crate) fn gathered(&self) -> Result<Gathered, HostError> {
        let store = self.store()?.clone();
        let configured = self
            .authority()
            .config
            .sources
            .iter()
            .map(|(name, source)| (name.clone(), source.extension.clone()))
            .collect();
        Ok(Gathered { store, configured })
    }

    fn ports(&self) -> Ports {
        let (kv, context): (Arc<dyn KeyValue>, Arc<dyn Context>) = match self.gathered() {
            Ok(gathered) => (gathered.store.clone(), Arc::new(gathered)),
            Err(_) => (Arc::new(NoWorkspace), Arc::new(NoWorkspace)),
        };
        Ports {
            kv,
            context,
            secrets: Arc::new(SecretFiles(self.places.state.join("secrets"))),
            env: Arc::new(ProcessEnvironment),
            log: self.log.clone(),
        }
    }

    /// Compiles an extension if need be and lends it what it was granted.
    pub(crate) async fn lend(
        &self,
        extension: &Arc<Installed>,
        caller: Caller,
    ) -> Result<(Prepared, Lent), Refusal> {
        let loan = self.loan(extension)?;
        let prepared = self.prepared(extension).await?;
        Ok((prepared, Lent { caller, clock: self.clock, ..Lent::new(loan) }))
    }

    pub(crate) async fn prepared(&self, extension: &Arc<Installed>) -> Result<Prepared, Refusal> {
        let unusable = |why: String| Refusal::Unusable {
            extension: extension.name.clone(),
            why,
            help: Some("run `ctx ext list`".to_owned()),
        };
        let prepared = if extension.code.is_prepared() {
            extension.code.prepared(&self.sandbox).cloned()
        } else {
            // Compiling takes seconds and must not hold up other calls.
            let (extension, sandbox) = (extension.clone(), self.sandbox.clone());
            let work = move || extension.code.prepared(&sandbox).cloned();
            tokio::task::spawn_blocking(work).await.map_err(|error| unusable(error.to_string()))?
        };
        prepared.map_err(|error| unusable(error.to_string()))
    }

    /// Lends an extension what it was granted: the same for all calls until
    /// somebody grants or revokes something, in whichever process.
    fn loan(&self, extension: &Arc<Installed>) -> Result<Arc<Loan>, Refusal> {
        let stamp = self.stamp();
        let mut loans = self.loans.lock().unwrap_or_else(PoisonError::into_inner);
        if loans.stamp != stamp {
            loans.stamp = stamp;
            loans.lent.clear();
        }
        if let Some(loan) = loans.lent.get(&extension.name) {
            return Ok(loan.clone());
        }
        let loan = Arc::new(self.new_loan(extension, None, BTreeMap::new())?);
        loans.lent.insert(extension.name.clone(), loan.clone());
        Ok(loan)
    }

    /// Lends with the settings and folders of one source, if they are given.
    pub(crate) fn new_loan(
        &self,
        extension: &Installed,
        settings: Option<String>,
        extra: BTreeMap<String, Folder>,
    ) -> Result<Loan, Refusal> {
        let unusable = |why: String, help: Option<String>| Refusal::Unusable {
            extension: extension.name.clone(),
            why,
            help,
        };
        let authority = self.authority();
        let mut policy = authority
            .policy(&extension.name, extension.layer, extension.digest)
            .map_err(|error| unusable(error.to_string(), None))?;
        let settings = match settings {
            Some(settings) => settings,
            None => own_settings(&authority, extension, policy != Policy::default())?,
        };
        drop(authority);
        let mut folders = install::own_folder(extension);
        for (name, path) in &policy.folders {
            let path = self.places.resolve(&self.workspace, path);
            let folder = Folder::open(&path).map_err(|error| {
                unusable(
                    format!("the granted folder `{}` cannot be opened: {error}", path.display()),
                    Some(format!("mend it: `ctx grant {} files {name}=PATH`", extension.name)),
                )
            })?;
            folders.insert(name.clone(), folder);
        }
        for (name, folder) in extra {
            policy.folders.insert(name.clone(), String::new());
            folders.insert(name, folder);
        }
        let grant = decide(extension.requests.as_ref(), &policy, extension.folder.is_some());
        folders.retain(|name, _| grant.folders.contains(name));
        Ok(Loan {
            extension: extension.name.clone(),
            grant,
            settings,
            script: extension.script.clone(),
            inject: extension.inject.clone(),
            folders,
            ports: self.ports(),
        })
    }

    fn stamp(&self) -> Stamp {
        ["state.sqlite", "state.sqlite-wal"].map(|name| {
            let metadata = fs::metadata(self.places.state.join(name)).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        })
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // What cannot be written now is lost, as after a kill.
        drop(self.close());
    }
}

/// Returns an extension's settings. To one that has powers they come from the
/// operator: a stranger's settings would steer what he cannot do himself.
fn own_settings(
    authority: &Authority,
    extension: &Installed,
    has_powers: bool,
) -> Result<String, Refusal> {
    let name = extension.name.as_str();
    let table = authority.config.extension.get(name);
    if has_powers
        && let Some(path) = authority.untrusted()
        && table.map(|table| &table.settings)
            != authority.word(extension.layer).extension.get(name).map(|table| &table.settings)
        && table.is_some_and(|table| !table.settings.is_empty())
    {
        return Err(Refusal::Untrusted { path });
    }
    let mut settings = match table {
        Some(extension) => serde_json::to_value(&extension.settings).unwrap_or_default(),
        None => serde_json::json!({}),
    };
    if let Some(schema) = &extension.settings_schema {
        let schema = crate::schema::Schema::compile(schema).map_err(|why| Refusal::Unusable {
            extension: extension.name.clone(),
            why: format!("the schema of its settings is wrong: {why}"),
            help: None,
        })?;
        schema.fill(&mut settings);
        schema.check(&settings).map_err(|problems| Refusal::InvalidSettings {
            name: extension.name.to_string(),
            problems,
        })?;
    }
    Ok(settings.to_string())
}

//! The whole product as a library: open it, and everything else is one verb.

mod closing;
mod config;
mod reload;
mod revision;
mod settings;
mod stamp;

pub use revision::Revision;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use ctx_model::{
    Caller, Checkout, Clock, ContextGrant, ExtensionName, Log, Network, Policy, Refusal, Registries,
};
use ctx_sandbox::{
    Allocation, CodeCache, Folder, Halting, Lent, Loan, Ports, Prepared, Sandbox, SandboxConfig,
};
use ctx_store::{Store, StoreError};
use tokio::sync::Semaphore;

use crate::announce::Announcements;
use crate::authority::Authority;
use crate::bearer::Bearers;
use crate::bill::Observer;
use crate::catalog::{Catalog, Installed};
use crate::config::ScriptEntry;
use crate::decide::decide;
use crate::descriptions::Descriptions;
use crate::discover::BundledExtension;
use crate::error::{HostError, OpenError};
use crate::finding::Finding;
use crate::halts::Halts;
use crate::hooks::Hooking;
use crate::install::{self, Interpreters};
use crate::journal::{Journal, Told};
use crate::lending::{self, MachineNetwork};
use crate::location;
use crate::meaning::Meanings;
use crate::native::NativeExtension;
use crate::places::Places;
use crate::private::{private_folder, seal};
use crate::readiness::Readiness;
use crate::snapshot;
use crate::transforms::PureLoans;
use crate::watch::stale::Stale;
use crate::workspace;
use stamp::Stamp;

/// How to open a host.
pub struct HostOptions {
    /// The folder of the project.
    pub workspace: PathBuf,
    /// A config that was named outright.
    pub config: Option<PathBuf>,
    pub places: Places,
    /// Extensions that the binary carries.
    pub bundled: Vec<BundledExtension>,
    /// Scripts that the operator names outright, as entries of the config do.
    pub entries: Vec<ScriptEntry>,
    /// Extensions that are part of the program.
    pub native: Vec<NativeExtension>,
    /// Where log lines of extensions are shown. They are kept all the same.
    pub log: Arc<dyn Log>,
    /// Who keeps count of runs.
    pub observer: Option<Arc<dyn Observer>>,
    /// Where guests get their time and randomness.
    pub clock: Clock,
    /// Whether to do without reserved slots for instances, in a process that
    /// makes a single call.
    pub on_demand: bool,
    /// Whose compiled code to share, if not that of `places`. Nothing but
    /// code is shared: no grants, no descriptions.
    pub code: Option<Places>,
    /// Who mirrors git repositories. Without it, sources that need one say so.
    pub checkout: Option<Arc<dyn Checkout>>,
    /// Who knows what is in use of registries. Without it, nothing is.
    pub registries: Option<Arc<dyn Registries>>,
    /// Which world extensions reach, if not that of the machine.
    pub network: Option<Arc<dyn Network>>,
    /// What stands between extensions and all that is lent to them, to record
    /// it or to play it.
    pub tap: Option<Tap>,
    /// The conformance suite of this program, by its version: results of
    /// another one are out of date. Without it, those of any suite count.
    pub suite: Option<String>,
}

/// Changes what is lent.
pub type Tap = Arc<dyn Fn(Ports) -> Ports + Send + Sync>;

impl HostOptions {
    /// Opens a workspace as a person would.
    pub fn new(workspace: impl Into<PathBuf>, places: Places) -> Self {
        Self {
            workspace: workspace.into(),
            config: None,
            places,
            bundled: Vec::new(),
            entries: Vec::new(),
            native: Vec::new(),
            log: crate::lending::no_log(),
            observer: None,
            clock: Clock::Real,
            on_demand: false,
            code: None,
            checkout: None,
            registries: None,
            network: None,
            tap: None,
            suite: None,
        }
    }
}

/// The product. Shared by reference; every verb takes `&self`.
pub struct Host {
    pub(crate) workspace: PathBuf,
    pub(crate) places: Places,
    pub(crate) sandbox: Sandbox,
    /// Places for snapshots.
    pub(crate) snapshots: Arc<Semaphore>,
    /// Whether this process makes a single call, and prepares none to come.
    pub(crate) is_brief: bool,
    /// Absent if the folder is no workspace, or its store cannot be used.
    pub(crate) store: Option<Arc<Store>>,
    /// Why the store cannot be used. Extensions can be listed and called all
    /// the same.
    pub(crate) store_error: Option<StoreError>,
    pub(crate) journal: Arc<Journal>,
    pub(crate) finding: Finding,
    pub(crate) bearers: Bearers,
    pub(crate) observer: Option<Arc<dyn Observer>>,
    pub(crate) halts: Arc<Halts>,
    pub(crate) hooking: Arc<Hooking>,
    authority: Arc<Mutex<Authority>>,
    catalog: tokio::sync::Mutex<Option<Arc<Catalog>>>,
    current: Arc<RwLock<Option<Arc<Catalog>>>>,
    loans: Mutex<Loans>,
    pub(crate) pure: PureLoans,
    interpreters: Arc<Interpreters>,
    descriptions: Arc<Descriptions>,
    bundled: Vec<BundledExtension>,
    pub(crate) native: Vec<NativeExtension>,
    pub(crate) checkout: Option<Arc<dyn Checkout>>,
    pub(crate) registries: Option<Arc<dyn Registries>>,
    pub(crate) log: Arc<dyn Log>,
    pub(crate) network: Arc<dyn Network>,
    pub(crate) tap: Option<Tap>,
    pub(crate) suite: Option<String>,
    clock: Clock,
    /// What queries mean, as far as the config names an embedder.
    pub(crate) meanings: Arc<Meanings>,
    /// What extensions say of themselves.
    pub(crate) announcements: Announcements,
    /// Extensions that say that they have changed.
    pub(crate) stale: Arc<Stale>,
    /// Counts the catalogs that were replaced by a different one.
    changes: tokio::sync::watch::Sender<u64>,
    regrants: tokio::sync::watch::Sender<u64>,
}

/// How long a look at the grants holds: asking the file system costs as much
/// as a tenth of a small call.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// What is lent to each extension, as long as nobody grants anything else.
#[derive(Default)]
struct Loans {
    stamp: Stamp,
    /// Each with the version that it is lent to: a call in flight may lend to
    /// an earlier one.
    lent: HashMap<ExtensionName, (Arc<Installed>, Arc<Loan>)>,
    /// How often all were forgotten.
    forgotten: u64,
    /// When the stamp was last looked at.
    looked: Option<Instant>,
}

impl Host {
    /// Opens the workspace's store, the config and the engine. Extensions are
    /// looked for when they are first needed.
    pub fn open(options: HostOptions) -> Result<Self, OpenError> {
        let HostOptions {
            workspace,
            config,
            places,
            bundled,
            entries,
            native,
            log,
            observer,
            clock,
            on_demand,
            code,
            checkout,
            registries,
            network,
            tap,
            suite,
        } = options;
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
        let halts = Arc::new(Halts::new(places.state.join("halted")));
        let halting: Option<Arc<dyn Halting>> = Some(halts.clone());
        let sandbox = Sandbox::new(SandboxConfig { cache: Some(cache), on_demand, halting })?;
        let authority = Authority::open(&places, &workspace, config.as_deref(), entries)?;
        halts.set_rule(authority.ceiling().pauses);
        sandbox.set_capacity(authority.ceiling().capacity);
        let data = workspace.join(workspace::FOLDER);
        let (store, store_error) = if data.is_dir() {
            match location::find(&places, &workspace, &authority)?.open() {
                Ok(store) => (Some(Arc::new(store)), None),
                Err(error) => (None, Some(error)),
            }
        } else {
            (None, None)
        };
        let journal = Arc::new(Journal::new(store.clone()));
        let bearers = Bearers::new(&places);
        Ok(Self {
            descriptions: Arc::new(Descriptions::open(&descriptions)),
            workspace,
            places,
            sandbox,
            snapshots: snapshot::places(),
            is_brief: on_demand,
            store,
            store_error,
            halts,
            hooking: Arc::new(Hooking::new()),
            authority: Arc::new(Mutex::new(authority)),
            catalog: tokio::sync::Mutex::new(None),
            current: Arc::default(),
            loans: Mutex::default(),
            pure: PureLoans::default(),
            interpreters: Arc::new(Interpreters::new()),
            bundled,
            native,
            checkout,
            registries,
            network: network.unwrap_or_else(|| Arc::new(MachineNetwork)),
            tap,
            suite,
            log: Arc::new(Told { shown: log, journal: journal.clone() }),
            journal,
            finding: Finding::default(),
            bearers,
            observer,
            clock,
            meanings: Arc::default(),
            announcements: Announcements::default(),
            stale: Arc::default(),
            changes: tokio::sync::watch::Sender::new(0),
            regrants: tokio::sync::watch::Sender::new(0),
        })
    }

    /// Tells when the catalog was replaced by a different one: a counter that
    /// grows each time.
    pub fn changes(&self) -> tokio::sync::watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Tells when grants may have changed, and with them what is said of tools: a
    /// counter that grows each time.
    pub fn regrants(&self) -> tokio::sync::watch::Receiver<u64> {
        self.regrants.subscribe()
    }

    /// Returns what is installed, if anybody has looked for it yet.
    pub fn current(&self) -> Option<Arc<Catalog>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns how instances get their memory.
    pub fn allocation(&self) -> Allocation {
        self.sandbox.allocation()
    }

    /// Whether this folder is a workspace.
    pub fn has_workspace(&self) -> bool {
        self.store.is_some()
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

    /// Returns who knows whether a source could be synced.
    pub(crate) fn readiness(&self) -> Readiness {
        Readiness {
            authority: self.authority.clone(),
            current: self.current.clone(),
            places: self.places.clone(),
            workspace: self.workspace.clone(),
        }
    }

    /// Fails if there is no workspace here, or its store cannot be used.
    pub fn check_workspace(&self) -> Result<(), HostError> {
        self.store().map(drop)
    }

    /// Called when a grant, the trust or the catalog has changed.
    pub(crate) fn forget_loans(&self) {
        let mut loans = self.loans.lock().unwrap_or_else(PoisonError::into_inner);
        loans.lent.clear();
        loans.forgotten += 1;
        drop(loans);
        self.regrants.send_modify(|count| *count += 1);
    }

    pub(crate) fn clock(&self) -> Clock {
        self.clock
    }

    /// Compiles an extension if need be and lends it what it was granted.
    pub(crate) async fn lend(
        &self,
        extension: &Arc<Installed>,
        caller: Caller,
    ) -> Result<(Prepared, Lent), Refusal> {
        let lent = self.lent(extension, caller)?;
        if lent.loan.grant.context != ContextGrant::Nothing {
            self.ready_embedder();
        }
        Ok((self.prepared(extension).await?, lent))
    }

    /// Lends without compiling.
    pub(crate) fn lent(&self, to: &Arc<Installed>, caller: Caller) -> Result<Lent, Refusal> {
        Ok(Lent { caller, clock: self.clock, ..Lent::new(self.loan(to)?) })
    }

    pub(crate) async fn prepared(&self, extension: &Arc<Installed>) -> Result<Prepared, Refusal> {
        if let Some(mapped) = extension.code.snapshot.mapped() {
            return Ok(mapped.clone());
        }
        let prepared = self.interpreter(extension).await?;
        self.begin_snapshot(extension, &prepared);
        Ok(prepared)
    }

    /// Compiles a component, be it that of a script's interpreter.
    pub(crate) async fn interpreter(
        &self,
        extension: &Arc<Installed>,
    ) -> Result<Prepared, Refusal> {
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
        let lock = || self.loans.lock().unwrap_or_else(PoisonError::into_inner);
        let forgotten = {
            let mut loans = lock();
            if loans.looked.is_none_or(|looked| looked.elapsed() > LOOK_AGAIN) {
                let stamp = self.stamp();
                loans.looked = Some(Instant::now());
                if loans.stamp != stamp {
                    loans.stamp = stamp;
                    loans.lent.clear();
                    loans.forgotten += 1;
                }
            }
            if let Some((version, loan)) = loans.lent.get(&extension.name)
                && Arc::ptr_eq(version, extension)
            {
                return Ok(loan.clone());
            }
            loans.forgotten
        };
        // Made without the lock: opening folders may take long, and the calls
        // of others must not wait for it.
        let loan = Arc::new(self.new_loan(extension, None, BTreeMap::new())?);
        let mut loans = lock();
        // What was granted or revoked meanwhile is for the next call to see.
        if loans.forgotten == forgotten {
            loans.lent.insert(extension.name.clone(), (extension.clone(), loan.clone()));
        }
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
        let mut policy =
            authority.policy(extension).map_err(|error| unusable(error.to_string(), None))?;
        if let Some(entry) = &extension.entry {
            authority.vouch(entry)?;
        }
        let settings = match (settings, &extension.entry) {
            (Some(settings), _) => settings,
            (None, Some(entry)) => entry.script.filled(&lending::variable).to_string(),
            (None, None) => settings::own(&authority, extension, policy != Policy::default())?,
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
            private: extension
                .entry
                .as_ref()
                .map(|entry| entry.script.private(&lending::variable))
                .unwrap_or_default(),
            script: extension.script.clone(),
            inject: extension.inject.clone(),
            folders,
            ports: self.ports(),
            entry: extension.entry.as_ref().map(|entry| entry.named_by()),
        })
    }
}

//! The ports behind what is lent: the store, the environment, secrets, the
//! shell's log.

use std::fs;
use std::io;
use std::net::{IpAddr, ToSocketAddrs as _};
use std::path::PathBuf;
use std::sync::Arc;

use ctx_model::{
    Context, ContextError, DocumentId, Environment, ExtensionName, Hits, KeyPage, KeyValue,
    KeyValueError, Log, LogLine, Network, Query, Secrets, SecretsError, SourceStatus, Stored,
    Tokens,
};
use ctx_sandbox::Ports;
use ctx_store::{Fusion, SearchError, Store};

use crate::meaning::{self, Meanings};

use crate::error::HostError;
use crate::hooks::Hooking;
use crate::host::Host;
use crate::native::NativeExtension;
use crate::readiness::Readiness;
use crate::watch::stale::Listening;

/// Variables of this process.
pub(crate) struct ProcessEnvironment;

impl Environment for ProcessEnvironment {
    fn get(&self, name: &str) -> Option<String> {
        variable(name)
    }
}

/// Reads a variable of this process.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The one tokenizer.
pub(crate) struct Tokenizer;

impl Tokens for Tokenizer {
    fn count(&self, text: &str) -> u32 {
        crate::tokens::count(text)
    }
}

/// The network of this machine.
pub(crate) struct MachineNetwork;

impl Network for MachineNetwork {
    fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok((host, 0).to_socket_addrs()?.map(|address| address.ip()).collect())
    }
}

/// Secrets in files of the user's state, one for each name.
pub(crate) struct SecretFiles(pub(crate) PathBuf);

impl Secrets for SecretFiles {
    fn get(&self, name: &str) -> Result<String, SecretsError> {
        if !is_secret_name(name) {
            return Err(SecretsError::NotSet);
        }
        match fs::read_to_string(self.0.join(name)) {
            Ok(text) => Ok(text.trim_end_matches(['\r', '\n']).to_owned()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(SecretsError::NotSet),
            Err(error) => Err(SecretsError::Other(error.to_string())),
        }
    }
}

/// Whether a name can be a secret's: it becomes a file's name.
pub(crate) fn is_secret_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// The gathered documents, and the sources that the config names.
pub(crate) struct Gathered {
    pub(crate) store: Arc<Store>,
    /// Source, the extension that reads it, and what is wrong with it.
    pub(crate) configured: Vec<(String, String, Option<String>)>,
    pub(crate) readiness: Readiness,
    pub(crate) meanings: Arc<Meanings>,
    pub(crate) fusion: Fusion,
    /// Who hears of what is read.
    pub(crate) heard: Option<Arc<Hooking>>,
}

impl Host {
    /// Returns what stands behind everything that is lent.
    pub(crate) fn ports(&self) -> Ports {
        self.ports_heard_by(Some(self.hooking.clone()))
    }

    /// Returns the same, but nobody hears of what is read there.
    pub(crate) fn ports_unheard(&self) -> Ports {
        self.ports_heard_by(None)
    }

    fn ports_heard_by(&self, heard: Option<Arc<Hooking>>) -> Ports {
        let (kv, context): (Arc<dyn KeyValue>, Arc<dyn Context>) = match self.gathered() {
            Ok(gathered) => (gathered.store.clone(), Arc::new(Gathered { heard, ..gathered })),
            Err(_) => (Arc::new(NoWorkspace), Arc::new(NoWorkspace)),
        };
        let ports = Ports {
            kv,
            context,
            secrets: Arc::new(SecretFiles(self.places.state.join("secrets"))),
            env: Arc::new(ProcessEnvironment),
            log: Arc::new(Listening {
                log: self.log.clone(),
                stale: self.stale.clone(),
                announcements: self.announcements.clone(),
            }),
            network: self.network.clone(),
            tokens: Arc::new(Tokenizer),
            time: None,
            files: None,
        };
        match &self.tap {
            None => ports,
            Some(tap) => tap(ports),
        }
    }

    pub(crate) fn gathered(&self) -> Result<Gathered, HostError> {
        let store = self.store()?.clone();
        let mut configured: Vec<(String, String, Option<String>)> = self
            .authority()
            .config
            .sources
            .iter()
            .map(|(name, source)| (name.clone(), source.extension.clone(), source.broken.clone()))
            .collect();
        let mut native = self.native_sources();
        native.retain(|(name, ..)| configured.iter().all(|(own, ..)| own != name));
        configured.append(&mut native);
        let fusion = self.authority().config.search.fusion;
        let readiness = self.readiness();
        let meanings = self.meanings.clone();
        Ok(Gathered { store, configured, readiness, meanings, fusion, heard: None })
    }

    /// Lends the gathered documents, to the program itself.
    pub fn context(&self) -> Arc<dyn Context> {
        self.ready_embedder();
        self.ports().context
    }

    /// Names the sources that the program itself brings, and the extensions
    /// that read them.
    pub(crate) fn native_sources(&self) -> Vec<(String, String, Option<String>)> {
        let of = |one: &NativeExtension| {
            Some((one.source.as_ref()?.label.clone(), one.name.to_string(), None))
        };
        self.native.iter().filter_map(of).collect()
    }
}

impl Context for Gathered {
    fn search(&self, query: &Query) -> Result<Hits, ContextError> {
        // A port blocks, and is called where that is allowed.
        let meaning = self.meanings.wait_for(query);
        meaning::answer(&self.store, query, self.fusion, meaning).map_err(|error| match error {
            SearchError::Cursor { .. } => ContextError::InvalidQuery(error.to_string()),
            SearchError::Store(_) => ContextError::Other(error.to_string()),
        })
    }

    fn get(&self, id: &str) -> Result<Option<Stored>, ContextError> {
        let Ok(id) = id.parse::<DocumentId>() else { return Ok(None) };
        let found = self.store.document(id);
        let found = found.map_err(|error| ContextError::Other(error.to_string()))?;
        if let (Some(heard), Some(stored)) = (&self.heard, &found) {
            heard.fire_read(stored);
        }
        Ok(found)
    }

    fn sources(&self) -> Result<Vec<SourceStatus>, ContextError> {
        let rows = self.store.sources().map_err(|error| ContextError::Other(error.to_string()))?;
        let mut all: Vec<SourceStatus> = self
            .configured
            .iter()
            .map(|(name, extension, broken)| SourceStatus {
                name: name.clone(),
                extension: extension.clone(),
                configured: true,
                ready: broken.is_none(),
                note: broken.clone(),
                documents: 0,
                chunks: 0,
                synced: None,
            })
            .collect();
        for row in rows {
            match all.iter_mut().find(|source| source.name == row.name) {
                Some(source) => {
                    source.documents = row.documents;
                    source.chunks = row.chunks;
                    source.synced = row.synced;
                    source.note = source.note.take().or(row.failure);
                }
                None => all.push(SourceStatus {
                    name: row.name,
                    extension: row.extension,
                    configured: false,
                    ready: false,
                    note: Some("the config does not name it".to_owned()),
                    documents: row.documents,
                    chunks: row.chunks,
                    synced: row.synced,
                }),
            }
        }
        for status in all.iter_mut().filter(|status| status.ready) {
            if let Some(fault) = self.readiness.fault(&status.name) {
                status.ready = false;
                status.note = Some(fault);
            }
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }
}

/// Stands in where there is no workspace: nothing is kept and nothing found.
pub(crate) struct NoWorkspace;

const NO_WORKSPACE: &str = "there is no workspace";

impl Context for NoWorkspace {
    fn search(&self, _: &Query) -> Result<Hits, ContextError> {
        Err(ContextError::Other(NO_WORKSPACE.to_owned()))
    }
    fn get(&self, _: &str) -> Result<Option<Stored>, ContextError> {
        Err(ContextError::Other(NO_WORKSPACE.to_owned()))
    }
    fn sources(&self) -> Result<Vec<SourceStatus>, ContextError> {
        Err(ContextError::Other(NO_WORKSPACE.to_owned()))
    }
}

impl KeyValue for NoWorkspace {
    fn get(&self, _: &ExtensionName, _: &str, _: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        Err(KeyValueError::Other(NO_WORKSPACE.to_owned()))
    }
    fn set(&self, _: &ExtensionName, _: &str, _: &str, _: &[u8]) -> Result<(), KeyValueError> {
        Err(KeyValueError::Other(NO_WORKSPACE.to_owned()))
    }
    fn delete(&self, _: &ExtensionName, _: &str, _: &str) -> Result<(), KeyValueError> {
        Err(KeyValueError::Other(NO_WORKSPACE.to_owned()))
    }
    fn list_keys(
        &self,
        _: &ExtensionName,
        _: &str,
        _: &str,
        _: Option<&str>,
    ) -> Result<KeyPage, KeyValueError> {
        Err(KeyValueError::Other(NO_WORKSPACE.to_owned()))
    }
}

struct NoLog;

impl Log for NoLog {
    fn write(&self, _: &LogLine<'_>) {}
}

/// Returns a log that nobody reads.
pub fn no_log() -> Arc<dyn Log> {
    Arc::new(NoLog)
}

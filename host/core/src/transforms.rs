//! The verbs of transforms: compressors, chunkers and read-modes, found by
//! name. They are pure, so that nothing is lent to them but the log and the
//! tokenizer, and their clock stands still.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use ctx_model::{
    Caller, Chunk, ChunkRequest, Clock, CompressRequest, ExtensionName, Grant, Kept, Receipt,
    Refusal, Role, TransformInfo, View, ViewRequest,
};
use ctx_sandbox::{AbiModule, Lent, Loan, Prepared};

use crate::bill::traced;
use crate::catalog::{Catalog, Installed, distance};
use crate::host::Host;
use crate::near::near;

/// What pure runs see for the time and for randomness.
const STILL: Clock = Clock::Frozen { now: 0, seed: 0 };

/// What is lent to each extension for its pure runs: never more, whatever the
/// operator grants.
#[derive(Default)]
pub(crate) struct PureLoans(Mutex<HashMap<ExtensionName, Lending>>);

/// A version, and what it is lent.
type Lending = (Arc<Installed>, Arc<Loan>);

impl Catalog {
    /// Finds a transform by its name, or by `extension/name`. A nearer layer
    /// comes first.
    pub fn transform(&self, role: Role, name: &str) -> Option<(&Arc<Installed>, &TransformInfo)> {
        if let Some((extension, name)) = name.split_once('/') {
            let extension = self.extension(extension)?;
            let own = extension.transforms_of(role);
            return Some((extension, own.iter().find(|info| info.name == name)?));
        }
        let all = self.transforms(role).filter(|(_, info)| info.name == name);
        // Of several in one layer it is the first by its extension's name.
        all.min_by_key(|(extension, _)| distance(extension))
    }

    /// Lists all transforms of a role.
    pub fn transforms(
        &self,
        role: Role,
    ) -> impl Iterator<Item = (&Arc<Installed>, &TransformInfo)> {
        self.installed.values().flat_map(move |extension| {
            extension.transforms_of(role).iter().map(move |info| (extension, info))
        })
    }

    /// Names the transforms of a role, each once.
    pub fn transform_names(&self, role: Role) -> Vec<&str> {
        let names: BTreeSet<&str> =
            self.transforms(role).map(|(_, info)| info.name.as_str()).collect();
        names.into_iter().collect()
    }

    /// Finds the chunker that is for a media type.
    pub fn chunker(&self, essence: &str) -> Option<(&Arc<Installed>, &TransformInfo)> {
        let is_for = |text: &String| match text.split_once('/') {
            Some(("*", "*")) => true,
            Some((kind, "*")) => {
                essence.split_once('/').is_some_and(|(own, _)| own.eq_ignore_ascii_case(kind))
            }
            _ => text.eq_ignore_ascii_case(essence),
        };
        let all = self.transforms(Role::Chunker);
        let takes = all.filter(|(_, info)| info.media_types.iter().any(is_for));
        takes.min_by_key(|(extension, _)| distance(extension))
    }

    /// Says that there is no such transform.
    pub(crate) fn no_transform(&self, role: Role, name: &str) -> Refusal {
        let near = near(name, self.transform_names(role));
        Refusal::Unknown { what: role.as_str(), name: name.to_owned(), near }
    }
}

impl Host {
    /// Has a compressor make passages shorter.
    pub async fn compress(&self, request: CompressRequest, caller: Caller) -> Receipt<Vec<Kept>> {
        self.compress_from(None, request, caller).await
    }

    /// The same for what is all from one place.
    pub(crate) async fn compress_from(
        &self,
        path: Option<&str>,
        request: CompressRequest,
        caller: Caller,
    ) -> Receipt<Vec<Kept>> {
        let (by, name) = match self.transformer(Role::Compressor, &request.name).await {
            Ok(found) => found,
            Err(refusal) => return Receipt::refused(refusal),
        };
        let given = self.given(&request.passages);
        let request = CompressRequest { name, ..request };
        let compressor = given.as_ref().map(|_| request.name.clone());
        let receipt = self.compress_by(&by, request, caller).await;
        if let (Some(given), Some(compressor), Ok(kept)) = (given, compressor, &receipt.outcome) {
            self.fire_compressed(&given, kept, &compressor, path);
        }
        receipt
    }

    /// Has a chunker cut a text.
    pub async fn chunk(&self, request: ChunkRequest, caller: Caller) -> Receipt<Vec<Chunk>> {
        match self.transformer(Role::Chunker, &request.name).await {
            Ok((by, name)) => self.chunk_by(&by, ChunkRequest { name, ..request }, caller).await.1,
            Err(refusal) => Receipt::refused(refusal),
        }
    }

    /// Has a read-mode look at a text.
    pub async fn view(&self, request: ViewRequest, caller: Caller) -> Receipt<View> {
        match self.transformer(Role::ReadMode, &request.name).await {
            Ok((by, name)) => self.view_by(&by, ViewRequest { name, ..request }, caller).await,
            Err(refusal) => Receipt::refused(refusal),
        }
    }

    /// Has this extension make passages shorter.
    pub async fn compress_by(
        &self,
        extension: &Arc<Installed>,
        request: CompressRequest,
        caller: Caller,
    ) -> Receipt<Vec<Kept>> {
        let caller = traced(caller);
        let running = self.begin(extension, "compressor", &request.name, &caller);
        if extension.code.as_foreign().is_some() {
            let receipt = match running.leave().and_then(|()| self.foreign(extension)) {
                Err(refusal) => Receipt::refused(refusal),
                Ok(module) => {
                    let loan = self.pure.of(extension, || self.ports());
                    let lent = Lent { caller, clock: STILL, ..Lent::new(loan) };
                    let limits = extension.limits.clone();
                    let work = self.sandbox.compress_with_module(&module, lent, limits, request);
                    Box::pin(work).await
                }
            };
            running.end(&receipt);
            return receipt;
        }
        let lent = match running.leave() {
            Ok(()) => self.lend_nothing(extension, caller).await,
            Err(refusal) => Err(refusal),
        };
        let receipt = match lent {
            Err(refusal) => Receipt::refused(refusal),
            Ok((prepared, lent)) => {
                let limits = extension.limits.clone();
                Box::pin(self.sandbox.compress(&prepared, lent, limits, request)).await
            }
        };
        running.end(&receipt);
        receipt
    }

    /// Has this extension cut a text, which is given back.
    pub async fn chunk_by(
        &self,
        extension: &Arc<Installed>,
        request: ChunkRequest,
        caller: Caller,
    ) -> (String, Receipt<Vec<Chunk>>) {
        let caller = traced(caller);
        let running = self.begin(extension, "chunker", &request.name, &caller);
        let lent = match running.leave() {
            Ok(()) => self.lend_nothing(extension, caller).await,
            Err(refusal) => Err(refusal),
        };
        let (text, receipt) = match lent {
            Err(refusal) => (request.text, Receipt::refused(refusal)),
            Ok((prepared, lent)) => {
                let limits = extension.limits.clone();
                let (request, receipt) =
                    Box::pin(self.sandbox.chunk(&prepared, lent, limits, request)).await;
                (request.text, receipt)
            }
        };
        running.end(&receipt);
        (text, receipt)
    }

    /// Has this extension look at a text.
    pub async fn view_by(
        &self,
        extension: &Arc<Installed>,
        request: ViewRequest,
        caller: Caller,
    ) -> Receipt<View> {
        let caller = traced(caller);
        let running = self.begin(extension, "read-mode", &request.name, &caller);
        let lent = match running.leave() {
            Ok(()) => self.lend_nothing(extension, caller).await,
            Err(refusal) => Err(refusal),
        };
        let receipt = match lent {
            Err(refusal) => Receipt::refused(refusal),
            Ok((prepared, lent)) => {
                let limits = extension.limits.clone();
                Box::pin(self.sandbox.view(&prepared, lent, limits, request)).await
            }
        };
        running.end(&receipt);
        receipt
    }

    /// Returns a module of LeanCTX's, which was compiled when it was installed.
    pub(crate) fn foreign(&self, extension: &Installed) -> Result<AbiModule, Refusal> {
        let unusable = |why: String| Refusal::Unusable {
            extension: extension.name.clone(),
            why,
            help: Some("run `ctx ext list`".to_owned()),
        };
        let code = extension.code.as_foreign().ok_or_else(|| unusable("it is no module".into()))?;
        code.prepared(&self.sandbox).cloned().map_err(|error| unusable(error.to_string()))
    }

    /// Finds who plays a transform, and what its guest calls it.
    async fn transformer(
        &self,
        role: Role,
        name: &str,
    ) -> Result<(Arc<Installed>, String), Refusal> {
        let catalog = self.catalog().await;
        let catalog = catalog.map_err(|error| Refusal::NotReady { why: error.to_string() })?;
        match catalog.transform(role, name) {
            Some((extension, info)) => Ok((extension.clone(), info.name.clone())),
            None => Err(catalog.no_transform(role, name)),
        }
    }

    /// Compiles an extension if need be and lends it nothing that needs a
    /// grant.
    async fn lend_nothing(
        &self,
        extension: &Arc<Installed>,
        caller: Caller,
    ) -> Result<(Prepared, Lent), Refusal> {
        let loan = self.pure.of(extension, || self.ports());
        let prepared = self.prepared(extension).await?;
        Ok((prepared, Lent { caller, clock: STILL, ..Lent::new(loan) }))
    }
}

impl PureLoans {
    fn of(
        &self,
        extension: &Arc<Installed>,
        ports: impl FnOnce() -> ctx_sandbox::Ports,
    ) -> Arc<Loan> {
        let mut loans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((version, loan)) = loans.get(&extension.name)
            && Arc::ptr_eq(version, extension)
        {
            return loan.clone();
        }
        let loan = Arc::new(Loan {
            extension: extension.name.clone(),
            grant: Grant::default(),
            settings: "{}".to_owned(),
            private: Vec::new(),
            script: extension.script.clone(),
            inject: Vec::new(),
            folders: BTreeMap::new(),
            ports: ports(),
            entry: None,
        });
        loans.insert(extension.name.clone(), (extension.clone(), loan.clone()));
        loan
    }
}

//! The workspace's embedder: who it is now, and what it makes of a query. A
//! search that cannot have the meaning goes on with words.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use ctx_model::{
    CallError, Caller, Clock, EmbedRequest, Embedded, Hits, Mode, Notice, Purpose, Query, Receipt,
    Refusal,
};
use ctx_sandbox::{Lent, Loan, Sandbox};
use ctx_store::{Fusion, Meaning, SearchError, Store};
use sha2::{Digest as _, Sha256};

use crate::bill::{Bills, traced};
use crate::catalog::{Catalog, Installed};
use crate::config::EmbedderConfig;
use crate::host::{Host, Revision};
use crate::schema::Schema;

/// Queries of which the meaning is remembered: an answer is read page by page.
const REMEMBERED: usize = 64;

/// What is said where no embedder is.
const NONE: &str = "no embedder is configured; write `[embedding]` or `[embedder]` into the config";

/// The embedder as searches find it, and what it said last.
#[derive(Default)]
pub(crate) struct Meanings {
    ready: Mutex<Option<Ready>>,
    remembered: Mutex<VecDeque<(String, String, Meaning)>>,
}

/// The embedder that was found, and from what.
struct Ready {
    revision: Revision,
    config: Option<EmbedderConfig>,
    embedder: Result<Option<Arc<Embedder>>, String>,
}

/// An extension that is lent what it needs to embed.
pub(crate) struct Embedder {
    pub(crate) extension: Arc<Installed>,
    /// Stands for the extension and its settings, which name the model.
    pub(crate) stamp: String,
    /// Texts of one call.
    pub(crate) batch: usize,
    loan: Arc<Loan>,
    sandbox: Sandbox,
    clock: Clock,
    bills: Bills,
}

impl Host {
    /// Finds the embedder as the config, the catalog and the grants are now.
    pub(crate) fn embedder(&self, catalog: &Catalog) -> Result<Option<Arc<Embedder>>, Refusal> {
        let authority = self.authority();
        let Some(config) = authority.config.search.embedder.clone() else { return Ok(None) };
        let Some(extension) = catalog.extension(&config.extension) else {
            return Err(Refusal::Unknown {
                what: "embedder",
                near: catalog.near_extensions(&config.extension),
                name: config.extension,
            });
        };
        let unusable =
            |why: String| Refusal::Unusable { extension: extension.name.clone(), why, help: None };
        let Some(info) = &extension.embedder else {
            return Err(unusable("it is no embedder".to_owned()));
        };
        // Settings steer an extension that has powers, so they are the
        // operator's own word.
        let has_powers =
            authority.policy(extension).map_err(|error| unusable(error.to_string()))?
                != ctx_model::Policy::default();
        if let (true, Some(path)) =
            (has_powers || !config.allow.http.is_empty(), authority.untrusted())
            && authority.word(extension.layer).search.embedder.as_ref() != Some(&config)
        {
            return Err(Refusal::Untrusted { path });
        }
        drop(authority);
        let mut settings =
            serde_json::to_value(&config.settings).map_err(|error| unusable(error.to_string()))?;
        if let Some(schema) = &extension.settings_schema {
            let schema = Schema::compile(schema)
                .map_err(|why| unusable(format!("the schema of its settings is wrong: {why}")))?;
            schema.fill(&mut settings);
            schema.check(&settings).map_err(|problems| Refusal::InvalidSettings {
                name: config.extension.clone(),
                problems,
            })?;
        }
        let settings = settings.to_string();
        let stamp = format!("{}\n{settings}", extension.name);
        let stamp = ctx_model::Digest(Sha256::digest(&stamp).into()).to_string();
        let loan = self.new_loan(extension, Some(settings), BTreeMap::new())?;
        Ok(Some(Arc::new(Embedder {
            extension: extension.clone(),
            stamp,
            batch: config.batch.min(info.batch.max(1) as usize),
            loan: Arc::new(loan),
            sandbox: self.sandbox.clone(),
            clock: self.clock(),
            bills: self.bills(),
        })))
    }

    /// Has searches find the embedder as it is now. Costs next to nothing if
    /// nothing has changed, or if there is none.
    pub(crate) fn ready_embedder(&self) {
        let Some(catalog) = self.current() else { return };
        let config = self.authority().config.search.embedder.clone();
        let place = || self.meanings.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if config.is_none() && place().is_none() {
            return;
        }
        let revision = self.revision(&catalog);
        if let Some(ready) = &*place()
            && ready.revision == revision
            && ready.config == config
        {
            return;
        }
        let embedder = self.embedder(&catalog).map_err(|refusal| refusal.to_string());
        *place() = Some(Ready { revision, config, embedder });
    }

    /// Why the config's own wish for an embedder cannot be met.
    pub(crate) fn no_embedder(&self) -> String {
        self.authority().config.search.no_embedder.clone().unwrap_or_else(|| NONE.to_owned())
    }
}

impl Meanings {
    /// Returns what a query means, or why nobody can say.
    pub(crate) async fn of(&self, query: &Query) -> Option<Result<Meaning, String>> {
        if query.mode == Mode::Keyword || query.text.trim().is_empty() {
            return None;
        }
        let embedder = {
            let ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
            match ready.as_ref().map(|ready| &ready.embedder) {
                Some(Ok(Some(embedder))) => embedder.clone(),
                Some(Err(why)) => return Some(Err(why.clone())),
                Some(Ok(None)) | None => return Some(Err(NONE.to_owned())),
            }
        };
        Some(self.ask(&embedder, &query.text).await)
    }

    /// Returns the same to a thread that may block.
    pub(crate) fn wait_for(&self, query: &Query) -> Option<Result<Meaning, String>> {
        if query.mode == Mode::Keyword {
            return None;
        }
        let runtime = match tokio::runtime::Handle::try_current() {
            Ok(runtime) => runtime,
            Err(error) => return Some(Err(error.to_string())),
        };
        // On a thread of its own: this one may be driving a native extension,
        // and nobody waits for a future within a future.
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| runtime.block_on(self.of(query)));
            asked.join().unwrap_or_else(|_| Some(Err("the embedder broke off".to_owned())))
        })
    }

    async fn ask(&self, embedder: &Embedder, text: &str) -> Result<Meaning, String> {
        let remembered = || self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let known = remembered()
            .iter()
            .find(|(stamp, known, _)| *stamp == embedder.stamp && known == text)
            .map(|(_, _, meaning)| meaning.clone());
        if let Some(meaning) = known {
            return Ok(meaning);
        }
        let meaning = embedder.meaning(text, Purpose::Query, Caller::default()).await;
        let meaning = meaning.map_err(|error| error.to_string())?;
        let mut remembered = remembered();
        if remembered.len() >= REMEMBERED {
            remembered.pop_front();
        }
        remembered.push_back((embedder.stamp.clone(), text.to_owned(), meaning.clone()));
        Ok(meaning)
    }
}

impl Embedder {
    /// Says what one text means, in a way that can be compared.
    pub(crate) async fn meaning(
        &self,
        text: &str,
        purpose: Purpose,
        caller: Caller,
    ) -> Result<Meaning, CallError> {
        let request = EmbedRequest { texts: vec![text.to_owned()], purpose };
        let answer = self.embed(request, caller).await.outcome?;
        let vector = answer.vectors.into_iter().next().unwrap_or_default();
        let meaning = Meaning { model: answer.model, vector };
        if meaning.is_comparable() {
            return Ok(meaning);
        }
        Err(CallError::Refused(Refusal::Unusable {
            extension: self.extension.name.clone(),
            why: "it gave a vector that is empty, zero or not a number".to_owned(),
            help: Some("check the model that the config names for it".to_owned()),
        }))
    }

    /// Embeds texts, in a run of its own with its own bill.
    pub(crate) async fn embed(&self, request: EmbedRequest, caller: Caller) -> Receipt<Embedded> {
        let caller = traced(caller);
        let name = self.extension.name.as_str();
        let running = self.bills.clone().begin(&self.extension, "embedder", name, &caller);
        if let Err(refusal) = running.leave() {
            let receipt = Receipt::refused(refusal);
            running.end(&receipt);
            return receipt;
        }
        let (extension, sandbox) = (self.extension.clone(), self.sandbox.clone());
        // Compiling takes seconds and must not hold up others.
        let prepare = move || extension.code.prepared(&sandbox).cloned();
        let prepared = tokio::task::spawn_blocking(prepare).await;
        let unusable = |why: String| Refusal::Unusable {
            extension: self.extension.name.clone(),
            why,
            help: Some("run `ctx ext list`".to_owned()),
        };
        let receipt = match prepared {
            Ok(Ok(prepared)) => {
                let lent = Lent { caller, clock: self.clock, ..Lent::new(self.loan.clone()) };
                let limits = self.extension.limits.clone();
                Box::pin(self.sandbox.embed(&prepared, lent, limits, request)).await
            }
            Ok(Err(error)) => Receipt::refused(unusable(error.to_string())),
            Err(error) => Receipt::refused(unusable(error.to_string())),
        };
        running.end(&receipt);
        receipt
    }
}

/// Searches with what is known of a query's meaning, and says what was done
/// instead where nothing is.
pub(crate) fn answer(
    store: &Store,
    query: &Query,
    fusion: Fusion,
    meaning: Option<Result<Meaning, String>>,
) -> Result<Hits, SearchError> {
    let (meaning, why) = match meaning {
        Some(Ok(meaning)) => (Some(meaning), None),
        Some(Err(why)) => (None, Some(why)),
        None => (None, None),
    };
    let mut hits = store.search_with(query, meaning.as_ref(), fusion)?;
    if let Some(why) = why {
        hits.notices.insert(0, Notice::ModeFallback { asked: query.mode, used: hits.mode, why });
    }
    Ok(hits)
}

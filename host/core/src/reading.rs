//! The verbs that read what is stored.

use std::collections::BTreeSet;
use std::time::Instant;

use ctx_model::{
    Caller, Context as _, DocumentId, Enrichment, Hits, Mode, Phase, Query, Refusal, SourceStatus,
    Stored,
};
use ctx_store::{
    DocumentStamp, JournalEntry, JournalFilter, LoggedFilter, LoggedLine, Runs, StoreStats,
};

use crate::error::HostError;
use crate::hooks::{HookError, PhaseCall, PhaseReport};
use crate::host::Host;
use crate::meaning;
use crate::near::near;

impl Host {
    /// Searches the gathered documents. What cannot be done in the mode that
    /// is asked for is done by words, and the answer says so.
    pub async fn search(&self, query: &Query) -> Result<Hits, HostError> {
        let store = self.store()?;
        if !query.sources.is_empty() {
            let stored = store.sources()?.into_iter().map(|source| source.name);
            let all: BTreeSet<String> = stored
                .chain(self.gathered()?.configured.into_iter().map(|(name, ..)| name))
                .collect();
            if let Some(name) = query.sources.iter().find(|name| !all.contains(*name)) {
                let near = near(name, all.iter().map(String::as_str));
                return Err(Refusal::Unknown { what: "source", name: name.clone(), near }.into());
            }
        }
        let meaning = match query.mode {
            Mode::Keyword => None,
            Mode::Semantic | Mode::Hybrid => {
                // What is installed is looked for before the embedder is.
                self.catalog().await?;
                self.ready_embedder();
                self.meanings.of(query).await
            }
        };
        let fusion = self.authority().config.search.fusion;
        let (store, asked) = (store.clone(), query.clone());
        let begun = Instant::now();
        let work = move || meaning::answer(&store, &asked, fusion, meaning);
        let mut hits = match tokio::task::spawn_blocking(work).await {
            Ok(hits) => hits?,
            Err(error) => {
                return Err(HostError::Grant(format!("the search was cut short: {error}")));
            }
        };
        if self.listens(Phase::RetrievalEnrichment) {
            hits.enrichment = self.enriched(&query.text, &Caller::default(), begun).await?;
        }
        Ok(hits)
    }

    /// Returns what hooks add to the answer to a query that was begun then.
    pub(crate) async fn enriched(
        &self,
        query: &str,
        caller: &Caller,
        begun: Instant,
    ) -> Result<Option<Enrichment>, HostError> {
        let call = PhaseCall {
            kind: "query".to_owned(),
            subject: query.into(),
            caller: caller.clone(),
            ..PhaseCall::default()
        };
        let report = match self.run_phase(Phase::RetrievalEnrichment, call).await {
            Ok(report) => report,
            Err(HookError::Host(error)) => return Err(error),
            // Only in strict mode.
            Err(error) => return Err(HostError::Hook(error.to_string())),
        };
        if let Some(observer) = &self.observer {
            observer.phase_ran(report.phase, report.wall, begun.elapsed());
        }
        let PhaseReport { snippets, tags, .. } = report;
        let is_empty = snippets.is_empty() && tags.is_empty();
        Ok((!is_empty).then_some(Enrichment { snippets, tags }))
    }

    /// Returns how many hits an answer has, if the asker does not say.
    pub fn search_limit(&self) -> u32 {
        self.authority().config.search.limit
    }

    /// Returns how far the documents have changed: a number that grows with each
    /// change, whichever process makes it. Without a workspace nothing does.
    pub fn documents_mark(&self) -> Result<i64, HostError> {
        if !self.has_workspace() {
            return Ok(0);
        }
        Ok(self.store()?.documents_mark()?)
    }

    /// Returns what tells a document from what it was before. Nothing if there
    /// is none.
    pub fn document_stamp(&self, id: DocumentId) -> Result<Option<DocumentStamp>, HostError> {
        Ok(self.store()?.document_stamp(id)?)
    }

    /// Reads a document by its id, or by the beginning of it. Whoever listens
    /// hears of it.
    pub fn document(&self, id: &str) -> Result<Stored, HostError> {
        let found = self.stored(id)?;
        self.hooking.fire_read(&found);
        Ok(found)
    }

    /// Finds a document by its id, or by the beginning of it, for somebody who
    /// copies all of them and reads none.
    pub fn stored(&self, id: &str) -> Result<Stored, HostError> {
        let store = self.store()?;
        let unknown = |near| Refusal::Unknown { what: "document", name: id.to_owned(), near };
        let id = match id.parse::<DocumentId>() {
            Ok(id) => id,
            Err(_) => match store.documents_by_prefix(id, 4)?.as_slice() {
                [one] => *one,
                several => {
                    return Err(unknown(several.iter().map(ToString::to_string).collect()).into());
                }
            },
        };
        Ok(store.document(id)?.ok_or_else(|| unknown(Vec::new()))?)
    }

    /// Lists the sources that the config names, and those that hold documents.
    pub async fn sources(&self) -> Result<Vec<SourceStatus>, HostError> {
        // What is installed is looked for before anybody is asked about it.
        self.catalog().await?;
        self.gathered()?.sources().map_err(|error| HostError::Grant(format!("{error:?}")))
    }

    /// Counts what is stored.
    pub fn stats(&self) -> Result<StoreStats, HostError> {
        Ok(self.store()?.stats()?)
    }

    /// Lists what was called, newest first.
    pub fn journal(
        &self,
        filter: &JournalFilter,
        limit: usize,
    ) -> Result<Vec<JournalEntry>, HostError> {
        self.journal.flush()?;
        Ok(self.store()?.journal(filter, limit)?)
    }

    /// Lists what extensions said, the last lines first to be cut off.
    pub fn logs(&self, filter: &LoggedFilter, limit: usize) -> Result<Vec<LoggedLine>, HostError> {
        self.journal.flush()?;
        Ok(self.store()?.log(filter, limit)?)
    }

    /// Adds up the last runs, of one extension or of all.
    pub fn runs(&self, extension: Option<&str>) -> Result<Vec<Runs>, HostError> {
        self.journal.flush()?;
        Ok(self.store()?.runs(extension)?)
    }
}

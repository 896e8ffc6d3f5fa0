//! One document of a page: whether it is new, and what it says.

use std::collections::HashMap;

use ctx_model::{CallError, Content, Document, FailureKind, Receipt, Skipped, Usage};
use ctx_store::{DocumentWrite, Known, Store};

use super::walk::Walk;
use crate::content;
use crate::native::Scan;

/// Why a document is not stored.
pub(super) enum Unstored {
    Skipped(Skipped),
    /// The whole run is over.
    Ended(CallError),
}

impl Walk<'_> {
    pub(super) async fn upsert(
        &mut self,
        scan: &mut Scan,
        mut document: Document,
        known: &HashMap<String, Known>,
        spent: &mut Usage,
    ) -> Result<Option<DocumentWrite>, Unstored> {
        let id = Store::document_id(&self.source.name, &document.id);
        self.seen.insert(id);
        let stored = known.get(&document.id);
        let same_version = stored.is_some_and(|stored| {
            !document.version.is_empty() && stored.version == document.version
        });
        if same_version {
            self.look_on(&document);
            return Ok(None);
        }
        document.uri = self.source.complete(document.uri);
        let name = document.id.clone();
        let skipped =
            |reason: String| Unstored::Skipped(Skipped { id: Some(name.clone()), reason });
        if document.content == Content::Deferred {
            let Receipt { outcome, usage } = scan.read(&document.id).await;
            *spent = usage;
            document.content = match outcome {
                Ok(content) => content,
                // One document that cannot be read is no reason to lose the
                // others. One that cannot be read now would be lost: the walk
                // would come to its end and look at it no more.
                Err(CallError::Failed { failure, .. })
                    if failure.kind != FailureKind::Unavailable =>
                {
                    return Err(skipped(failure.message));
                }
                Err(error) => return Err(Unstored::Ended(error)),
            };
        }
        self.look_on(&document);
        let version_given = !document.version.is_empty();
        let mut read = Box::pin(self.reading.read(document)).await.map_err(skipped)?;
        let (host, caller) = (self.reading.host, &self.reading.caller.clone());
        read.document =
            host.normalized(&self.source.name, read.document, caller).await.map_err(skipped)?;
        let target = self.source.chunk;
        let cut = Box::pin(self.reading.cut(&mut read, target)).await;
        let write = content::ready(id, read.document, &read.text_type, target, cut);
        let write = write.map_err(skipped)?;
        let same = stored.is_some_and(|stored| stored.content_hash == write.content_hash);
        if same && !version_given {
            return Ok(None);
        }
        host.validated(&self.source.name, &write.document, caller).await.map_err(skipped)?;
        Ok(Some(write))
    }

    fn look_on(&self, document: &Document) {
        if let Some(onlooker) = &self.onlooker {
            onlooker.sees(document);
        }
    }
}

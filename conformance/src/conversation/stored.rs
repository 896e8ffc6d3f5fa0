//! What a fixture host has stored, for comparison with what must be there.

use std::collections::BTreeMap;

use ctx_conversation::{SeenDocument, digest};
use ctx_core::Host;
use ctx_model::{Content, Document};

/// Documents that are listed at a time.
const PAGE: usize = 512;

/// Returns what is stored: the source's own ids, and the host's.
pub(super) fn ids(host: &Host) -> Result<BTreeMap<String, String>, String> {
    let (mut all, mut after) = (BTreeMap::new(), None);
    loop {
        let page = host.documents(after, PAGE).map_err(|error| error.to_string())?;
        let Some(last) = page.last() else { return Ok(all) };
        after = Some(last.id);
        all.extend(page.into_iter().map(|row| (row.source_id, row.id.to_string())));
    }
}

/// Returns a document that a source gave, as it is stored now; what was not
/// stored is as it was given.
pub(super) fn document(
    host: &Host,
    given: &Document,
    id: Option<&String>,
) -> Result<SeenDocument, String> {
    let stored = match id {
        None => given.clone(),
        Some(id) => host.document(id).map_err(|error| error.to_string())?.document,
    };
    Ok(SeenDocument {
        id: stored.id,
        title: stored.title,
        url: stored.uri,
        author: stored.author,
        media_type: stored.media_type,
        created: stored.created,
        modified: stored.modified,
        metadata: serde_json::from_str(&stored.metadata).unwrap_or_default(),
        text: match stored.content {
            Content::Text(text) => text,
            Content::Bytes(_) | Content::Deferred => String::new(),
        },
        given: match &given.content {
            Content::Text(text) => digest(text.as_bytes()),
            Content::Bytes(bytes) => digest(bytes),
            Content::Deferred => String::new(),
        },
    })
}

//! The text of a document, made into what is stored: checked, cut, hashed.

use ctx_model::{Chunk, Content, Document, DocumentId};
use ctx_store::DocumentWrite;
use sha2::{Digest as _, Sha256};

use crate::chunk::chunk;

/// Makes a document of text ready for the store, in chunks of about so many
/// bytes unless it was cut already, or says why it cannot be stored.
/// `text_type` is what its text is, and decides how it is cut.
pub(crate) fn ready(
    id: DocumentId,
    mut document: Document,
    text_type: &str,
    target: usize,
    cut: Option<Vec<Chunk>>,
) -> Result<DocumentWrite, String> {
    let Content::Text(text) = std::mem::replace(&mut document.content, Content::Deferred) else {
        return Err("it has no text".to_owned());
    };
    if document.metadata.is_empty() {
        "{}".clone_into(&mut document.metadata);
    } else if !is_object(&document.metadata) {
        return Err("its metadata is not a JSON object".to_owned());
    }
    if document.media_type.is_empty() {
        "text/plain".clone_into(&mut document.media_type);
    }
    let text_type = if text_type.is_empty() { &document.media_type } else { text_type };
    let chunks = cut.unwrap_or_else(|| chunk(&text, text_type, target));
    let content_hash = hash(&document, &text);
    document.content = Content::Text(text);
    Ok(DocumentWrite { id, document, content_hash, chunks })
}

pub(crate) fn is_object(json: &str) -> bool {
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(json).is_ok()
}

/// Covers all that a search or a reader would see, so that a new title counts
/// as a change.
fn hash(document: &Document, text: &str) -> [u8; 32] {
    let mut hasher = Sha256::new();
    let numbers = |number: Option<i64>| number.map_or_else(String::new, |n| n.to_string());
    for part in [
        document.title.as_deref().unwrap_or_default(),
        document.author.as_deref().unwrap_or_default(),
        document.uri.as_deref().unwrap_or_default(),
        &document.media_type,
        document.language.as_deref().unwrap_or_default(),
        &numbers(document.created),
        &numbers(document.modified),
        &document.data_classes.as_ref().map_or_else(String::new, |classes| classes.join(",")),
        &document.metadata,
        text,
    ] {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

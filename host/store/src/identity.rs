//! A document's identity: a `UUIDv5` of its source and its id there, the same
//! on every machine and after every sync.

use ctx_model::DocumentId;
use uuid::Uuid;

/// Made once for ctx, at random; must never change.
const NAMESPACE: Uuid = Uuid::from_u128(0x5d1c_93e2_7a0b_4f6e_9c48_31f5_b2d7_e086);

/// Returns the host's id of a document.
///
/// The length of the source's name stands first, so that no two pairs of
/// source and id make one text.
pub fn document_id(source: &str, document: &str) -> DocumentId {
    let mut name = Vec::with_capacity(source.len() + document.len() + 8);
    name.extend_from_slice(source.len().to_string().as_bytes());
    for part in [":", source, "/", document] {
        name.extend_from_slice(part.as_bytes());
    }
    DocumentId(Uuid::new_v5(&NAMESPACE, &name).into_bytes())
}

/// Writes an id as people and guests see it: a `UUID` in lower case.
pub fn format_id(id: &DocumentId) -> String {
    Uuid::from_bytes(id.0).hyphenated().to_string()
}

/// Parses the text form of an id, with or without hyphens.
pub fn parse_id(text: &str) -> Option<DocumentId> {
    Uuid::try_parse(text).ok().map(|uuid| DocumentId(uuid.into_bytes()))
}

/// Returns a name for a file that stands for `text`, whatever is in it.
pub(crate) fn file_name(text: &str) -> String {
    Uuid::new_v5(&NAMESPACE, text.as_bytes()).simple().to_string()
}

/// Returns a hash that stands for `text` where nobody is served by a clash.
pub(crate) fn hash(text: &str) -> [u8; 16] {
    Uuid::new_v5(&NAMESPACE, text.as_bytes()).into_bytes()
}

/// Returns eight hexadecimal digits that stand for `text`.
pub(crate) fn short_hash(text: &str) -> String {
    let mut hash = file_name(text);
    hash.truncate(8);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_same_for_ever() {
        assert_eq!(format_id(&document_id("docs", "a.md")), "7936d667-eebd-53d2-8260-d9eed974273c");
    }

    #[test]
    fn a_separator_in_a_name_makes_no_two_documents_one() {
        assert_ne!(document_id("a", "b/c"), document_id("a/b", "c"));
        assert_ne!(document_id("1", ":x"), document_id("", "1:x"));
    }

    #[test]
    fn the_text_form_round_trips() {
        let id = document_id("docs", "ä");
        assert_eq!(parse_id(&format_id(&id)), Some(id));
        assert_eq!(parse_id("no id"), None);
    }
}

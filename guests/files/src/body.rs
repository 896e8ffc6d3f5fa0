//! What the bytes of a file are: text in one of three encodings, or bytes.

use ctx_sdk::Content;

/// How far the search for a NUL byte goes. Text has none, and formats that are
/// not text have one soon.
const SNIFFED: usize = 8 * 1024;

/// Turns bytes into text if they are UTF-8, or UTF-16 with its mark, and
/// leaves them as they are if not: nothing is replaced or guessed.
pub(crate) fn decode(bytes: Vec<u8>) -> Content {
    match bytes.as_slice() {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes).unwrap_or(Content::Bytes(bytes)),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes).unwrap_or(Content::Bytes(bytes)),
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest.to_vec()),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: Vec<u8>) -> Content {
    if bytes.iter().take(SNIFFED).any(|byte| *byte == 0) {
        return Content::Bytes(bytes);
    }
    match String::from_utf8(bytes) {
        Ok(text) => Content::Text(text),
        Err(error) => Content::Bytes(error.into_bytes()),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<Content> {
    let (pairs, []) = bytes.as_chunks::<2>() else { return None };
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    String::from_utf16(&units).ok().map(Content::Text)
}

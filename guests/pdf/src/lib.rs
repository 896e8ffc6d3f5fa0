//! The PDF extractor: the text of each page, and what the file says of itself.
//! A page that cannot be read is left out and named; the others stay.

mod date;

use ctx_sdk::{Error, ExtractRequest, Extracted, Extractor, ExtractorInfo, Result};
use lopdf::{Dictionary, Document, LoadOptions, Object, decode_text_string};

/// Bytes that a stream, and the content of a page, may unpack to.
const STREAM: usize = 64 << 20;

/// Pages that are named when they cannot be read.
const NAMED: usize = 20;

struct Pdf;

impl Extractor for Pdf {
    fn describe() -> ExtractorInfo {
        ExtractorInfo::new("Text of PDF files", ["application/pdf"])
    }

    fn extract(request: ExtractRequest) -> Result<Extracted> {
        let wrong =
            |error: lopdf::Error| Error::invalid_input(format!("it is no whole PDF file: {error}"));
        let options = LoadOptions::with_max_decompressed_size(STREAM);
        let document = Document::load_mem_with_options(&request.data, options).map_err(wrong)?;
        drop(request);
        if document.is_encrypted() {
            return Err(Error::invalid_input("it is encrypted"));
        }
        let mut text = String::new();
        let mut unread = Vec::new();
        let pages: Vec<u32> = document.get_pages().into_keys().collect();
        for page in &pages {
            match document.extract_text_with_limit(&[*page], STREAM) {
                Ok(content) => add(&content, &mut text),
                Err(_) => unread.push(*page),
            }
        }
        if pages.is_empty() {
            return Err(Error::invalid_input("it has no pages"));
        }
        if unread.len() == pages.len() {
            return Err(Error::invalid_input("none of its pages can be read"));
        }
        let mut extracted = Extracted::plain(text).with_metadata("pages", pages.len());
        if !unread.is_empty() {
            unread.truncate(NAMED);
            extracted = extracted.with_metadata("unread_pages", unread);
        }
        if let Some(info) = info(&document) {
            let entry = |key: &[u8]| {
                let text = decode_text_string(resolved(&document, info.get(key).ok()?)).ok()?;
                Some(text.trim().to_owned()).filter(|text| !text.is_empty())
            };
            extracted.title = entry(b"Title");
            extracted.author = entry(b"Author");
            extracted.created = entry(b"CreationDate").as_deref().and_then(date::read);
            extracted.modified = entry(b"ModDate").as_deref().and_then(date::read);
        }
        Ok(extracted)
    }
}

/// Adds a page with its trailing white space trimmed, and a blank line.
fn add(page: &str, text: &mut String) {
    let before = text.len();
    for line in page.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.truncate(before.max(text.trim_end().len()));
    if text.len() > before {
        text.push_str("\n\n");
    }
}

fn info(document: &Document) -> Option<&Dictionary> {
    resolved(document, document.trailer.get(b"Info").ok()?).as_dict().ok()
}

fn resolved<'a>(document: &'a Document, object: &'a Object) -> &'a Object {
    document.dereference(object).map_or(object, |(_, object)| object)
}

ctx_sdk::export!(extractor: Pdf);

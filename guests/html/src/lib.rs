//! The HTML extractor: readable text in Markdown's manner, with the title, the
//! language and the dates that the page says of itself.

use ctx_sdk::{ExtractRequest, Extracted, Extractor, ExtractorInfo, Result};

struct Html;

impl Extractor for Html {
    fn describe() -> ExtractorInfo {
        ExtractorInfo::new("Text of web pages", ["text/html", "application/xhtml+xml"])
    }

    fn extract(request: ExtractRequest) -> Result<Extracted> {
        // The host has decoded it; a page that lies loses a letter, not all.
        let html = String::from_utf8_lossy(&request.data);
        let page = page::read(&html);
        let meta = |names: &[&str]| {
            let found = names.iter().find_map(|name| page.meta.iter().find(|(key, _)| key == name));
            found.map(|(_, content)| content.clone())
        };
        let date = |names: &[&str]| meta(names).as_deref().and_then(ctx_sdk::timestamp);
        let mut extracted = Extracted::markdown(page.text);
        extracted.title = page.title.clone().or_else(|| meta(&["og:title"]));
        extracted.author = meta(&["author", "article:author"]);
        extracted.language.clone_from(&page.language);
        extracted.created = date(&["article:published_time", "date"]);
        extracted.modified = date(&["article:modified_time", "last-modified"]);
        Ok(match meta(&["description", "og:description"]) {
            Some(description) => extracted.with_metadata("description", description),
            None => extracted,
        })
    }
}

ctx_sdk::export!(extractor: Html);

//! The core properties: title, author, language and dates.

use ctx_sdk::{Extracted, Result, timestamp};

use crate::{Node, Package, walk};

/// Adds what a package says of itself. Nothing is wrong if it says nothing.
///
/// # Errors
///
/// The part that says it cannot be unpacked.
pub fn describe(package: &mut Package, mut extracted: Extracted) -> Result<Extracted> {
    let Some(xml) = package.part("docProps/core.xml")? else { return Ok(extracted) };
    let mut properties: Vec<(String, String)> = Vec::new();
    // Broken properties are no reason to lose the text.
    drop(walk(&xml, |node| {
        match node {
            Node::Open(name, _) => properties.push((name.to_owned(), String::new())),
            Node::Text(text) => {
                if let Some((_, value)) = properties.last_mut() {
                    value.push_str(text.trim());
                }
            }
            Node::Close(_) => {}
        }
        Ok(())
    }));
    let property = |name: &str| {
        let found = properties.iter().find(|(key, value)| key == name && !value.is_empty());
        found.map(|(_, value)| value.clone())
    };
    extracted.title = property("title").or(extracted.title);
    extracted.author = property("creator");
    extracted.language = property("language");
    extracted.created = property("created").as_deref().and_then(timestamp);
    extracted.modified = property("modified").as_deref().and_then(timestamp);
    for key in ["subject", "description", "keywords"] {
        if let Some(value) = property(key) {
            extracted = extracted.with_metadata(key, value);
        }
    }
    Ok(extracted)
}

//! The DOCX extractor: paragraphs with their headings, lists and tables, and
//! the notes below them.

mod body;

use ctx_sdk::{Error, ExtractRequest, Extracted, Extractor, ExtractorInfo, Result};
use office::Package;

/// What may hold text, in the order in which it is read.
const PARTS: [&str; 3] = ["word/document.xml", "word/footnotes.xml", "word/endnotes.xml"];

struct Docx;

impl Extractor for Docx {
    fn describe() -> ExtractorInfo {
        ExtractorInfo::new(
            "Text of Word documents",
            ["application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
        )
    }

    fn extract(request: ExtractRequest) -> Result<Extracted> {
        let mut package = Package::open(request.data)?;
        let mut text = String::new();
        for (at, name) in PARTS.iter().enumerate() {
            match package.part(name)? {
                Some(xml) => body::read(&xml, &mut text)?,
                None if at == 0 => {
                    return Err(Error::invalid_input(format!("it has no part `{name}`")));
                }
                None => {}
            }
        }
        office::describe(&mut package, Extracted::markdown(text))
    }
}

ctx_sdk::export!(extractor: Docx);

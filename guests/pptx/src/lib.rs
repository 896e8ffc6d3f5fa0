//! The PPTX extractor: the text of each slide under a heading of its own, and
//! the speaker's notes after it.

use ctx_sdk::{Error, ExtractRequest, Extracted, Extractor, ExtractorInfo, Result};
use office::{Node, Package, walk};

struct Pptx;

impl Extractor for Pptx {
    fn describe() -> ExtractorInfo {
        ExtractorInfo::new(
            "Text of presentations",
            ["application/vnd.openxmlformats-officedocument.presentationml.presentation"],
        )
    }

    fn extract(request: ExtractRequest) -> Result<Extracted> {
        let mut package = Package::open(request.data)?;
        let slides = package.numbered("ppt/slides/slide", ".xml");
        if slides.is_empty() && package.part("ppt/presentation.xml")?.is_none() {
            return Err(Error::invalid_input("it has no part `ppt/presentation.xml`"));
        }
        let mut text = String::new();
        for (at, slide) in slides.iter().enumerate() {
            for piece in ["# Slide ", &(at + 1).to_string(), "\n\n"] {
                text.push_str(piece);
            }
            if let Some(xml) = package.part(slide)? {
                paragraphs(&xml, &mut text)?;
            }
            let notes = slide.replace("slides/slide", "notesSlides/notesSlide");
            if let Some(xml) = package.part(&notes)? {
                paragraphs(&xml, &mut text)?;
            }
        }
        office::describe(&mut package, Extracted::markdown(text))
    }
}

/// Adds the paragraphs of a slide.
fn paragraphs(xml: &str, out: &mut String) -> Result<()> {
    let mut paragraph = String::new();
    let mut reads = false;
    walk(xml, |node| {
        match node {
            Node::Open("t", _) => reads = true,
            Node::Close("t") => reads = false,
            Node::Open("br", _) => paragraph.push('\n'),
            Node::Text(text) if reads => paragraph.push_str(text),
            Node::Close("p") => {
                let text = std::mem::take(&mut paragraph);
                if !text.trim().is_empty() {
                    out.push_str(text.trim());
                    out.push_str("\n\n");
                }
            }
            _ => {}
        }
        Ok(())
    })
}

ctx_sdk::export!(extractor: Pptx);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn each_paragraph_of_a_slide_stands_alone() {
        let xml = "<p:sld><a:p><a:r><a:t>One</a:t></a:r><a:r><a:t> two</a:t></a:r></a:p>\
                   <a:p/><a:p><a:r><a:t>Three</a:t></a:r></a:p></p:sld>";
        let mut text = String::new();
        paragraphs(xml, &mut text).unwrap();
        assert_eq!(text, "One two\n\nThree\n\n");
    }
}

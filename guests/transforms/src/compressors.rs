//! The compressors: what they say of themselves, and how they fit a budget.

use ctx_sdk::compressor::fit;
use ctx_sdk::{CompressRequest, Compressor, CompressorInfo, Kept, Result};

use crate::compress::blocks::pick;
use crate::compress::markdown::markdown;
use crate::compress::prose::prose;
use crate::compress::whitespace::whitespace;
use crate::text;

/// Changes nothing but what a budget takes.
pub(crate) struct Identity;

impl Compressor for Identity {
    const NAME: &'static str = "identity";

    fn describe() -> CompressorInfo {
        CompressorInfo::new("Changes nothing, and cuts what is over the budget").idempotent()
    }

    fn compress(request: CompressRequest) -> Result<Vec<Kept>> {
        fit(&request, |text, room| {
            let kept = text::cut(text, room);
            (!kept.is_empty() || text.is_empty()).then(|| kept.to_owned())
        })
    }
}

/// Takes out blanks that nobody sees.
pub(crate) struct Whitespace;

impl Compressor for Whitespace {
    const NAME: &'static str = "whitespace";

    fn describe() -> CompressorInfo {
        CompressorInfo::new("Takes out blanks at the end of lines and repeated empty lines")
            .idempotent()
    }

    fn compress(request: CompressRequest) -> Result<Vec<Kept>> {
        shortened(&request, whitespace)
    }
}

/// Shortens prose.
pub(crate) struct Prose;

impl Compressor for Prose {
    const NAME: &'static str = "prose";

    fn describe() -> CompressorInfo {
        CompressorInfo::new(
            "Takes out repeated blanks; indentation, code and tables stay as they are",
        )
        .idempotent()
    }

    fn compress(request: CompressRequest) -> Result<Vec<Kept>> {
        shortened(&request, prose)
    }
}

/// Shortens Markdown.
pub(crate) struct Markdown;

impl Compressor for Markdown {
    const NAME: &'static str = "markdown";

    fn describe() -> CompressorInfo {
        CompressorInfo::new(
            "Takes out comments and repeated blanks; code, tables, lists and links stay as they \
             are",
        )
        .idempotent()
    }

    fn compress(request: CompressRequest) -> Result<Vec<Kept>> {
        shortened(&request, markdown)
    }
}

/// Shortens each passage once, and fits what comes of it.
fn shortened(request: &CompressRequest, shorten: fn(&str) -> String) -> Result<Vec<Kept>> {
    let query = request.query.as_deref();
    fit(request, |text, room| {
        let made = shorten(text);
        if made.len() <= room { Some(made) } else { pick(&made, room, query) }
    })
}

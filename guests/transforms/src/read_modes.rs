//! The read-modes: what they say of themselves, and how they fit a budget.

use ctx_sdk::{Budget, Error, ReadMode, ReadModeInfo, Result, View, ViewRequest};

use crate::chunk::lexer;
use crate::text;
use crate::view::diff::diff;
use crate::view::outline::{manner, outline, signatures};

/// Halvings of a budget of tokens, until one of bytes is found that fits.
const TRIES: u32 = 12;

/// The whole text.
pub(crate) struct Full;

impl ReadMode for Full {
    const NAME: &'static str = "full";

    fn describe() -> ReadModeInfo {
        ReadModeInfo::new("The whole text, as it is")
    }

    fn look(request: ViewRequest) -> Result<View> {
        Ok(cut(request.text, request.media_type, request.budget))
    }
}

/// Headings, definitions, keys or columns.
pub(crate) struct Outline;

impl ReadMode for Outline {
    const NAME: &'static str = "outline";

    fn describe() -> ReadModeInfo {
        ReadModeInfo::new(
            "Its headings, definitions, keys or columns, each with the number of its line",
        )
    }

    fn look(request: ViewRequest) -> Result<View> {
        let file_name = request.file_name.as_deref();
        let syntax = lexer::syntax(&request.media_type, file_name);
        let made = outline(&request.text, manner(&request.media_type, file_name), syntax);
        Ok(cut(made, "text/plain".to_owned(), request.budget))
    }
}

/// Definitions without their insides.
pub(crate) struct Signatures;

impl ReadMode for Signatures {
    const NAME: &'static str = "signatures";

    fn describe() -> ReadModeInfo {
        ReadModeInfo::new(
            "Definitions of code without their insides, and what is said right above them; of \
             what is no code the outline",
        )
    }

    fn look(request: ViewRequest) -> Result<View> {
        let file_name = request.file_name.as_deref();
        let syntax = lexer::syntax(&request.media_type, file_name);
        let made = signatures(&request.text, manner(&request.media_type, file_name), syntax);
        Ok(cut(made, "text/plain".to_owned(), request.budget))
    }
}

/// What is different from a text that the reader has.
pub(crate) struct Diff;

impl ReadMode for Diff {
    const NAME: &'static str = "diff";

    fn describe() -> ReadModeInfo {
        ReadModeInfo::new("What is different from a text that you have, as `diff -u` writes it")
            .compares()
    }

    fn look(request: ViewRequest) -> Result<View> {
        let Some(old) = request.against else {
            return Err(Error::invalid_input("`diff` needs a text to compare with: `against`"));
        };
        Ok(cut(diff(&old, &request.text), "text/x-diff".to_owned(), request.budget))
    }
}

/// Cuts a view to its budget, behind a line if one ends there.
fn cut(text: String, media_type: String, budget: Option<Budget>) -> View {
    let most = match budget {
        None => usize::MAX,
        Some(Budget::Bytes(most)) => most as usize,
        Some(Budget::Tokens(most)) => bytes_of(&text, most),
    };
    if text.len() <= most {
        return View { text, media_type, cut: false };
    }
    View { text: text::cut(&text, most).to_owned(), media_type, cut: true }
}

/// Finds how many bytes of a text cost no more than so many tokens.
fn bytes_of(text: &str, most: u32) -> usize {
    let count = |bytes: usize| ctx_sdk::tokens::count(text::cut(text, bytes));
    if text.len() <= most as usize || ctx_sdk::tokens::count(text) <= most {
        return text.len();
    }
    let (mut low, mut high) = (most as usize, text.len());
    for _ in 0..TRIES {
        let middle = low + (high - low) / 2;
        if middle == low {
            break;
        }
        if count(middle) <= most {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

//! Compressors: the trait that an author implements. They are pure: they may
//! log and count tokens, and nothing else is lent to them.

use crate::bindings::compressor::exports::ctx::extension::compression;
use crate::bindings::lent::ctx::extension::types;
use crate::error::lower;
use crate::{Budget, Error, Result};

pub use compression::{CompressRequest, CompressorInfo, Kept, Passage};

/// Makes passages shorter, and fits them into a budget.
///
/// ```
/// use ctx_sdk::{CompressRequest, Compressor, CompressorInfo, Kept, Result};
///
/// struct First;
///
/// impl Compressor for First {
///     const NAME: &'static str = "first";
///
///     fn describe() -> CompressorInfo {
///         CompressorInfo::new("Keeps the passages that fit, the first ones first")
///     }
///
///     fn compress(request: CompressRequest) -> Result<Vec<Kept>> {
///         ctx_sdk::compressor::fit(&request, |passage, room| {
///             (passage.len() <= room).then(|| passage.to_owned())
///         })
///     }
/// }
///
/// ctx_sdk::export!(compressors: [First]);
/// # fn main() {}
/// ```
pub trait Compressor {
    /// `[A-Za-z0-9_-]{1,64}`; unique within the extension.
    const NAME: &'static str;

    /// Describes the compressor. The host is told [`Compressor::NAME`] as its
    /// name.
    fn describe() -> CompressorInfo;

    /// Makes passages shorter. No passage may become longer, pinned ones stay
    /// as they are, and what is returned is within the budget.
    fn compress(request: CompressRequest) -> Result<Vec<Kept>>;
}

impl CompressorInfo {
    /// Describes a compressor in one sentence.
    pub fn new(description: impl Into<String>) -> Self {
        Self { name: String::new(), description: description.into(), idempotent: false }
    }

    /// Claims that what it has made it leaves as it is.
    #[must_use]
    pub fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }
}

/// Halvings of a budget of tokens, until one of bytes is found that fits.
const TRIES: u32 = 12;

/// Fits passages into the budget of a request: pinned ones first and as they
/// are, and of each other one as much as `shorten` makes of it for the room,
/// in bytes, that is left.
pub fn fit(
    request: &CompressRequest,
    shorten: impl Fn(&str, usize) -> Option<String>,
) -> Result<Vec<Kept>> {
    let most = match request.budget {
        None => return within(request, usize::MAX, &shorten),
        Some(Budget::Bytes(bytes)) => return within(request, bytes as usize, &shorten),
        Some(Budget::Tokens(tokens)) => tokens,
    };
    let whole = within(request, usize::MAX, &shorten)?;
    let bytes = size(&whole);
    // A token has a byte at least.
    if bytes <= most as usize || count(&whole) <= most {
        return Ok(whole);
    }
    let pinned = request.passages.iter().filter(|passage| passage.pinned);
    let floor = pinned.clone().map(|passage| passage.text.len()).sum::<usize>();
    let least = within(request, floor, &shorten)?;
    if count(&least) > most {
        return if pinned.count() == 0 { Ok(Vec::new()) } else { Err(too_little()) };
    }
    // The most bytes that cost no more tokens than there are.
    let (mut low, mut high, mut best) = (floor, bytes, least);
    for _ in 0..TRIES {
        let middle = low + (high - low) / 2;
        if middle == low {
            break;
        }
        let tried = within(request, middle, &shorten)?;
        if count(&tried) <= most {
            (low, best) = (middle, tried);
        } else {
            high = middle;
        }
    }
    Ok(best)
}

fn within(
    request: &CompressRequest,
    most: usize,
    shorten: &impl Fn(&str, usize) -> Option<String>,
) -> Result<Vec<Kept>> {
    let pinned = request.passages.iter().filter(|passage| passage.pinned);
    let pinned: usize = pinned.map(|passage| passage.text.len()).sum();
    let Some(mut room) = most.checked_sub(pinned) else { return Err(too_little()) };
    let mut all = Vec::with_capacity(request.passages.len());
    for (passage, index) in request.passages.iter().zip(0..) {
        if passage.pinned {
            all.push(Kept { index, text: passage.text.clone() });
        } else if let Some(text) = shorten(&passage.text, room) {
            room = room.saturating_sub(text.len());
            all.push(Kept { index, text });
        }
    }
    Ok(all)
}

fn size(kept: &[Kept]) -> usize {
    kept.iter().map(|one| one.text.len()).sum()
}

fn count(kept: &[Kept]) -> u32 {
    kept.iter().fold(0, |sum: u32, one| sum.saturating_add(crate::tokens::count(&one.text)))
}

fn too_little() -> Error {
    Error::invalid_input("the pinned passages alone are over the budget")
}

/// Describes a compressor for the host. `export!` calls it.
#[doc(hidden)]
pub fn info<C: Compressor>() -> CompressorInfo {
    CompressorInfo { name: C::NAME.to_owned(), ..C::describe() }
}

/// Compresses for the host. `export!` calls it.
#[doc(hidden)]
pub fn answer<C: Compressor>(request: CompressRequest) -> Result<Vec<Kept>, types::Error> {
    C::compress(request).map_err(lower)
}

/// Says that there is no such compressor. `export!` calls it.
#[doc(hidden)]
pub fn unknown(name: &str) -> types::Error {
    lower(Error::not_found(format!("there is no compressor `{name}`")))
}

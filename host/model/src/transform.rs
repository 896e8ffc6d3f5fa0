//! Transforms of text: what compressors, chunkers and read-modes are given,
//! and what they give.

use std::str::FromStr;

use thiserror::Error;

/// How much room a text has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    Bytes(u32),
    /// By the host's tokenizer.
    Tokens(u32),
}

/// What a transform says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TransformInfo {
    /// What it is chosen by.
    pub name: String,
    pub description: String,
    /// The media types that a chunker is for; empty for the others.
    pub media_types: Vec<String>,
    /// Whether a compressor leaves alone what it has made.
    pub idempotent: bool,
    /// Whether a read-mode wants a text to compare with.
    pub compares: bool,
}

/// The transforms of one extension, by role.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Transforms {
    pub compressors: Vec<TransformInfo>,
    pub chunkers: Vec<TransformInfo>,
    pub read_modes: Vec<TransformInfo>,
}

/// A passage that competes for room.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Passage {
    pub text: String,
    /// Must come through unchanged.
    pub pinned: bool,
}

/// What to make shorter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CompressRequest {
    /// Which compressor.
    pub name: String,
    /// The most important first.
    pub passages: Vec<Passage>,
    pub budget: Option<Budget>,
    /// What the reader wants to know.
    pub query: Option<String>,
    pub media_type: Option<String>,
}

/// A passage that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its place among those that were given.
    pub index: u32,
    pub text: String,
}

/// A text to cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkRequest {
    /// Which chunker.
    pub name: String,
    pub text: String,
    pub media_type: String,
    pub file_name: Option<String>,
    pub budget: Budget,
    /// What two neighbours may share, measured as the budget is.
    pub overlap: u32,
}

/// A text to look at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ViewRequest {
    /// Which read-mode.
    pub name: String,
    pub text: String,
    pub media_type: String,
    pub file_name: Option<String>,
    /// What the reader has already.
    pub against: Option<String>,
    pub budget: Option<Budget>,
}

/// What is seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct View {
    pub text: String,
    pub media_type: String,
    /// Whether the budget cut it short.
    pub cut: bool,
}

impl Transforms {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.compressors.is_empty() && self.chunkers.is_empty() && self.read_modes.is_empty()
    }
}

/// A budget that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no budget: write tokens, such as `2000`, or bytes, such as `8 KiB` or `500 B`")]
pub struct InvalidBudget(pub String);

impl FromStr for Budget {
    type Err = InvalidBudget;

    /// A bare number counts tokens; one with a unit is of bytes.
    fn from_str(text: &str) -> Result<Self, InvalidBudget> {
        let invalid = || InvalidBudget(text.to_owned());
        let bare = text.trim();
        let digits = bare.len() - bare.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = bare.split_at(digits);
        let number: u64 = number.parse().map_err(|_| invalid())?;
        let of = |number: u64| u32::try_from(number).map_err(|_| invalid());
        match unit.trim() {
            "" | "t" | "tokens" => of(number).map(Self::Tokens),
            "B" | "b" | "bytes" => of(number).map(Self::Bytes),
            "kB" | "KB" => of(number.saturating_mul(1000)).map(Self::Bytes),
            "KiB" => of(number.saturating_mul(1024)).map(Self::Bytes),
            "MB" => of(number.saturating_mul(1_000_000)).map(Self::Bytes),
            "MiB" => of(number.saturating_mul(1 << 20)).map(Self::Bytes),
            _ => Err(invalid()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Budget;

    #[test]
    fn a_bare_number_counts_tokens_and_a_unit_is_of_bytes() {
        for (text, budget) in [
            ("2000", Some(Budget::Tokens(2000))),
            (" 8 KiB ", Some(Budget::Bytes(8192))),
            ("500B", Some(Budget::Bytes(500))),
            ("2kB", Some(Budget::Bytes(2000))),
            ("", None),
            ("many", None),
            ("-1", None),
            ("9999999999", None),
            ("5 GiB", None),
        ] {
            assert_eq!(text.parse().ok(), budget, "{text}");
        }
    }
}

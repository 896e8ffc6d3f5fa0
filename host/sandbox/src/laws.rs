//! What every transform has to hold, whoever wrote it. An answer that breaks a
//! law reaches nobody: it is a failure of the extension, in words.

use ctx_model::{Budget, Chunk, ChunkRequest, CompressRequest, Kept, Passage, Tokens};

/// A character has to fit, however small a budget is.
const CHARACTER: u32 = 4;

/// Breadcrumbs of one chunk, and bytes of one of them.
const CRUMBS: usize = 32;
const CRUMB: usize = 1024;

/// Says what is wrong with compressed passages, if anything is.
pub(crate) fn of_compressed(
    request: &CompressRequest,
    kept: &[Kept],
    tokens: &dyn Tokens,
) -> Option<String> {
    let mut next = 0;
    for one in kept {
        let index = one.index as usize;
        let Some(passage) = request.passages.get(index) else {
            return Some(format!("it gave passage {index} of {}", request.passages.len()));
        };
        if index < next {
            return Some(format!("it gave passage {index} out of order"));
        }
        if let Some(lost) = missing(request, next, index) {
            return Some(lost);
        }
        next = index + 1;
        if passage.pinned && one.text != passage.text {
            return Some(format!("it changed passage {index}, which is pinned"));
        }
        if one.text.len() > passage.text.len() {
            return Some(format!(
                "it made passage {index} longer: {} bytes of {}",
                one.text.len(),
                passage.text.len()
            ));
        }
    }
    missing(request, next, request.passages.len())
        .or_else(|| over(request.budget?, kept.iter().map(|one| one.text.as_str()), tokens))
}

/// Names a passage of a range that should have been given.
fn missing(request: &CompressRequest, from: usize, to: usize) -> Option<String> {
    let is_owed = |passage: &Passage| {
        passage.pinned || (request.budget.is_none() && !passage.text.trim().is_empty())
    };
    let lost = (from..to).find(|at| request.passages.get(*at).is_some_and(is_owed))?;
    let why =
        if request.passages[lost].pinned { "which is pinned" } else { "though no budget made it" };
    Some(format!("it left out passage {lost}, {why}"))
}

/// Says by how much texts taken together are over a budget.
pub(crate) fn over<'a>(
    budget: Budget,
    texts: impl Iterator<Item = &'a str> + Clone,
    tokens: &dyn Tokens,
) -> Option<String> {
    let bytes: usize = texts.clone().map(str::len).sum();
    match budget {
        Budget::Bytes(most) => (bytes > most as usize)
            .then(|| format!("its answer has {bytes} bytes, and the budget {most}")),
        // A token has a byte at least.
        Budget::Tokens(most) if bytes <= most as usize => None,
        Budget::Tokens(most) => {
            let counted = texts.fold(0_u32, |sum, text| sum.saturating_add(tokens.count(text)));
            (counted > most)
                .then(|| format!("its answer has {counted} tokens, and the budget {most}"))
        }
    }
}

/// Says what is wrong with chunks, if anything is.
pub(crate) fn of_chunks(
    request: &ChunkRequest,
    chunks: &[Chunk],
    tokens: &dyn Tokens,
) -> Option<String> {
    let text = request.text.as_str();
    let mut covered = 0;
    let mut begun = 0;
    for (at, chunk) in chunks.iter().enumerate() {
        let (start, end) = (chunk.span.start as usize, chunk.span.end as usize);
        let Some(piece) = text.get(start..end).filter(|piece| !piece.is_empty()) else {
            return Some(format!(
                "its chunk {at} is {start}..{end}, which is no part of {} bytes that lies on \
                 character boundaries",
                text.len()
            ));
        };
        if start < begun {
            return Some(format!("its chunk {at} begins before the one before it"));
        }
        begun = start;
        if start > covered && !text[covered..start].trim().is_empty() {
            return Some(format!("its chunks leave out the text in {covered}..{start}"));
        }
        if let Some(shared) = text.get(start..covered.min(end))
            && exceeds(shared, with_size(request.budget, request.overlap), tokens)
        {
            return Some(format!("its chunk {at} shares more than was asked with those before it"));
        }
        if exceeds(piece, request.budget, tokens) {
            return Some(format!("its chunk {at} is larger than the budget: {start}..{end}"));
        }
        if chunk.breadcrumbs.len() > CRUMBS || chunk.breadcrumbs.iter().any(|one| one.len() > CRUMB)
        {
            return Some(format!("its chunk {at} has more or longer breadcrumbs than a chunk may"));
        }
        covered = covered.max(end);
    }
    (!text[covered..].trim().is_empty())
        .then(|| format!("its chunks leave out the text in {covered}..{}", text.len()))
}

fn with_size(budget: Budget, size: u32) -> Budget {
    match budget {
        Budget::Bytes(_) => Budget::Bytes(size),
        Budget::Tokens(_) => Budget::Tokens(size),
    }
}

fn exceeds(piece: &str, budget: Budget, tokens: &dyn Tokens) -> bool {
    match budget {
        Budget::Bytes(most) => piece.len() > most.max(CHARACTER) as usize,
        Budget::Tokens(most) => tokens.exceed(piece, most.max(CHARACTER)),
    }
}

#[cfg(test)]
mod tests;

//! What a text costs a model, by one named tokenizer. Models differ; one that
//! is always the same makes budgets mean something. It is loaded on first use,
//! and this is the only place that names it.

/// Bytes that are counted in one piece. The tokenizer looks back as far as a
/// run of letters or blanks goes, and a guest decides how far that is.
const PIECE: usize = 32 << 10;

/// Bytes of the longest token that there is.
const LONGEST: usize = 128;

/// Returns the name of the tokenizer, for people and in the capabilities.
pub const fn name() -> &'static str {
    "o200k_base"
}

/// Counts the tokens of a text. The first call takes about a quarter of a
/// second, in which the vocabulary is read.
pub fn count(text: &str) -> u32 {
    if text.is_empty() {
        return 0;
    }
    let tokenizer = tiktoken_rs::o200k_base_singleton();
    let mut rest = text;
    let mut count = 0_u32;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(piece(rest));
        let tokens = tokenizer.count_ordinary(piece);
        count = count.saturating_add(u32::try_from(tokens).unwrap_or(u32::MAX));
        rest = after;
    }
    count
}

/// Whether a text has more than so many tokens. Short and very long texts are
/// told by their length, and nothing is loaded for them.
pub fn exceed(text: &str, most: u32) -> bool {
    let bytes = most as usize;
    if text.len() <= bytes {
        return false;
    }
    text.len() > bytes.saturating_mul(LONGEST) || count(text) > most
}

/// Returns where a text has to be cut to have at most so many tokens: where a
/// token ends, and a character.
pub fn cut(text: &str, most: u32) -> usize {
    let tokenizer = tiktoken_rs::o200k_base_singleton();
    // What is behind the longest that fits need not be looked at.
    let mut end = text.floor_char_boundary((most as usize).saturating_mul(LONGEST));
    let mut wanted = most as usize;
    while end > 0 && count(&text[..end]) > most {
        let tokens = tokenizer.encode_ordinary(&text[..text.floor_char_boundary(end.min(PIECE))]);
        let kept = tokens.get(..wanted.min(tokens.len())).unwrap_or_default();
        let bytes = tokenizer.decode_bytes(kept).map_or(0, |bytes| bytes.len());
        // A cut may make other tokens of what is before it.
        end = text.floor_char_boundary(bytes.min(end.saturating_sub(1)));
        wanted = wanted.saturating_sub(1);
    }
    end
}

/// Returns where the first piece of a text ends: behind a line or a word, if
/// one ends there.
fn piece(text: &str) -> usize {
    if text.len() <= PIECE {
        return text.len();
    }
    let end = text.floor_char_boundary(PIECE);
    let behind = |sign| text[..end].rfind(sign).filter(|at| *at > end / 2);
    // A blank belongs to the word behind it, a line's end to the line.
    behind('\n').map(|at| at + 1).or_else(|| behind(' ')).unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_those_of_the_named_tokenizer() {
        // Counted with OpenAI's own tool.
        for (text, tokens) in [("", 0), ("hello world", 2), ("tiktoken is great!", 6)] {
            assert_eq!(count(text), tokens, "{text}");
        }
    }

    #[test]
    fn a_text_of_one_long_run_is_counted() {
        for run in [" ", "A", "a", "字", "\n", "é", "\u{301}", "-", "1", "\r\n \t"] {
            let text = run.repeat((3 * PIECE) / run.len() + 7);
            assert!(count(&text) > 0, "{run:?}");
        }
    }

    #[test]
    fn a_text_of_several_pieces_costs_what_its_lines_cost() {
        let line = "A line of nine words, more or less so.\n";
        let lines = 4 * PIECE / line.len();
        let text = line.repeat(lines);
        assert_eq!(count(&text), count(line) * u32::try_from(lines).unwrap_or(0));
    }

    #[test]
    fn a_text_exceeds_what_it_has_more_tokens_than() {
        assert!(!exceed("hello world", 2) && exceed("hello world", 1));
        assert!(exceed("a", 0) && !exceed("", 0) && !exceed("abc", 3));
    }
}

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use ctx_model::{Budget, Chunk, ChunkRequest, CompressRequest, Kept, Passage, Span, Tokens};

use super::{of_chunks, of_compressed};

/// A token for each word.
struct Words;

impl Tokens for Words {
    fn count(&self, text: &str) -> u32 {
        u32::try_from(text.split_whitespace().count()).unwrap()
    }
}

#[track_caller]
fn compressed(budget: Option<Budget>, given: &[(&str, bool)], kept: &[(u32, &str)], says: &str) {
    let passages = given
        .iter()
        .map(|(text, pinned)| Passage { text: (*text).to_owned(), pinned: *pinned })
        .collect();
    let request = CompressRequest { passages, budget, ..CompressRequest::default() };
    let kept: Vec<Kept> =
        kept.iter().map(|(index, text)| Kept { index: *index, text: (*text).to_owned() }).collect();
    let said = of_compressed(&request, &kept, &Words).unwrap_or_default();
    assert_eq!(said.contains(says), !says.is_empty() || said.is_empty(), "{said:?} / {says:?}");
}

#[test]
fn a_compressor_holds_the_laws_or_is_told_which_it_broke() {
    let two = [("one two", false), ("three", true)];
    compressed(None, &two, &[(0, "one"), (1, "three")], "");
    compressed(None, &two, &[(1, "three")], "left out passage 0");
    compressed(Some(Budget::Bytes(5)), &two, &[(1, "three")], "");
    compressed(Some(Budget::Bytes(5)), &two, &[(0, "one")], "left out passage 1, which is pinned");
    compressed(Some(Budget::Bytes(7)), &two, &[(0, "one"), (1, "three")], "8 bytes");
    compressed(Some(Budget::Tokens(1)), &two, &[(0, "one"), (1, "three")], "2 tokens");
    compressed(None, &two, &[(0, "one"), (1, "thre")], "pinned");
    compressed(None, &two, &[(0, "one two three"), (1, "three")], "longer");
    compressed(None, &two, &[(1, "three"), (0, "one")], "left out passage 0");
    compressed(None, &two, &[(0, "one"), (0, "one"), (1, "three")], "out of order");
    compressed(None, &two, &[(0, "one"), (1, "three"), (2, "")], "passage 2 of 2");
}

#[track_caller]
fn cut(text: &str, budget: Budget, overlap: u32, spans: &[(u32, u32)], says: &str) {
    let request = ChunkRequest {
        name: String::new(),
        text: text.to_owned(),
        media_type: "text/plain".to_owned(),
        file_name: None,
        budget,
        overlap,
    };
    let chunk = |(start, end): &(u32, u32)| Chunk {
        span: Span { start: *start, end: *end },
        breadcrumbs: Vec::new(),
    };
    let chunks: Vec<Chunk> = spans.iter().map(chunk).collect();
    let said = of_chunks(&request, &chunks, &Words).unwrap_or_default();
    assert_eq!(said.contains(says), !says.is_empty() || said.is_empty(), "{said:?} / {says:?}");
}

#[test]
fn a_chunker_holds_the_laws_or_is_told_which_it_broke() {
    let budget = Budget::Bytes(8);
    cut("grün ist\n\nblau", budget, 0, &[(0, 9), (11, 15)], "larger");
    cut("grün ist\n\nblau", Budget::Bytes(9), 0, &[(0, 9), (11, 15)], "");
    cut("grün ist\n\nblau", budget, 0, &[(0, 3), (3, 9), (11, 15)], "boundaries");
    cut("grün ist\n\nblau", budget, 0, &[(0, 5), (11, 15)], "leave out");
    cut("grün ist\n\nblau", budget, 0, &[(0, 5), (5, 9)], "leave out");
    cut("grün ist\n\nblau", budget, 0, &[(6, 9), (0, 5), (11, 15)], "leave out");
    cut("abcdefgh", budget, 2, &[(0, 5), (3, 8)], "");
    cut("abcdefghijklmnop", Budget::Bytes(16), 5, &[(0, 12), (4, 16)], "shares");
    cut("abcdefgh", budget, 2, &[(0, 5), (5, 9)], "boundaries");
    cut("a b c d e f g", Budget::Tokens(6), 0, &[(0, 13)], "larger");
    cut(" \n", budget, 0, &[], "");
}

//! Cuts a text into pieces worth retrieving: at blank lines, with the headings
//! above each piece. The chunker for sources that name no other.

use ctx_model::{Chunk, Span};

/// Bytes of one breadcrumb. Each piece repeats those above it.
const BREADCRUMB: usize = 200;

/// Cuts a text into pieces of about so many bytes. Spans are in order, lie on
/// character boundaries, and cover all text that is not blank.
pub(crate) fn chunk(text: &str, media_type: &str, target: usize) -> Vec<Chunk> {
    // A character has to fit.
    let target = target.max(4);
    let is_markdown = media_type == "text/markdown";
    let mut chunks = Vec::new();
    let mut headings: Vec<(usize, &str)> = Vec::new();
    let mut current = Piece::default();
    let mut fenced = false;
    for (start, line) in lines(text) {
        let end = start + line.len();
        let trimmed = line.trim();
        if is_markdown && (trimmed.starts_with("```") || trimmed.starts_with("~~~")) {
            fenced = !fenced;
        }
        let heading = if is_markdown && !fenced { heading(trimmed) } else { None };
        if let Some((level, title)) = heading {
            current.flush(text, &headings, &mut chunks);
            headings.retain(|(above, _)| *above < level);
            headings.push((level, &title[..title.floor_char_boundary(BREADCRUMB)]));
        }
        if current.start.is_some_and(|from| end - from > target) {
            current.flush(text, &headings, &mut chunks);
        }
        // A line longer than a piece is cut where a character ends.
        if line.len() > target {
            for (from, to) in slices(text, start, end, target) {
                current.take(from, to);
                current.flush(text, &headings, &mut chunks);
            }
            continue;
        }
        current.take(start, end);
        if trimmed.is_empty() && current.length() > target / 2 {
            current.flush(text, &headings, &mut chunks);
        }
    }
    current.flush(text, &headings, &mut chunks);
    chunks
}

#[derive(Default)]
struct Piece {
    start: Option<usize>,
    end: usize,
}

impl Piece {
    fn take(&mut self, start: usize, end: usize) {
        self.start.get_or_insert(start);
        self.end = end;
    }

    fn length(&self) -> usize {
        self.start.map_or(0, |start| self.end - start)
    }

    fn flush(&mut self, text: &str, headings: &[(usize, &str)], into: &mut Vec<Chunk>) {
        let Some(start) = self.start.take() else { return };
        let piece = &text[start..self.end];
        let trimmed = piece.trim();
        if trimmed.is_empty() {
            return;
        }
        let start = start + (piece.len() - piece.trim_start().len());
        let (Ok(from), Ok(to)) = (u32::try_from(start), u32::try_from(start + trimmed.len()))
        else {
            return;
        };
        into.push(Chunk {
            span: Span { start: from, end: to },
            breadcrumbs: headings.iter().map(|(_, title)| (*title).to_owned()).collect(),
        });
    }
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line)
    })
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let level = line.bytes().take_while(|byte| *byte == b'#').count();
    let title = line.get(level..)?;
    if (1..=6).contains(&level) && title.starts_with(' ') {
        Some((level, title.trim().trim_end_matches('#').trim_end()))
    } else {
        None
    }
}

fn slices(text: &str, start: usize, end: usize, target: usize) -> Vec<(usize, usize)> {
    let mut slices = Vec::new();
    let mut from = start;
    while from < end {
        let mut to = (from + target).min(end);
        while !text.is_char_boundary(to) {
            to -= 1;
        }
        slices.push((from, to));
        from = to;
    }
    slices
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use proptest::prelude::*;

    use super::chunk;

    const TARGET: usize = 2800;

    #[test]
    fn breadcrumbs_are_the_headings_above() {
        let text = "# One\nintro\n## Two\nbody\n# Three\nend\n";
        let crumbs: Vec<_> = chunk(text, "text/markdown", TARGET)
            .into_iter()
            .map(|chunk| (chunk.breadcrumbs.join(" > "), chunk.span.start, chunk.span.end))
            .collect();
        assert_eq!(
            crumbs,
            [("One".into(), 0, 11), ("One > Two".into(), 12, 23), ("Three".into(), 24, 35)]
        );
    }

    #[test]
    fn a_comment_in_a_fence_is_no_heading() {
        let text = "# One\n```sh\n# not a heading\n```\n";
        assert_eq!(chunk(text, "text/markdown", TARGET).len(), 1);
    }

    #[test]
    fn blank_text_has_no_chunks() {
        assert!(chunk(" \n\n\t\n", "text/plain", TARGET).is_empty());
    }

    #[test]
    fn pieces_are_as_large_as_the_config_says() {
        let text = "ñ word and word\n".repeat(40);
        for target in [1, 64, 400] {
            let longest = chunk(&text, "text/plain", target)
                .into_iter()
                .map(|chunk| (chunk.span.end - chunk.span.start) as usize)
                .max();
            assert!(longest.unwrap() <= target.max(4), "{longest:?} {target}");
        }
    }

    proptest! {
        #[test]
        fn spans_are_ordered_and_cover_all_that_is_not_blank(
            text in "([a-zé# \n]{0,40}\n?|[x]{3000}|```\n){0,12}",
        ) {
            let chunks = chunk(&text, "text/markdown", TARGET);
            let mut at = 0;
            for chunk in &chunks {
                let (start, end) = (chunk.span.start as usize, chunk.span.end as usize);
                prop_assert!(start >= at && end > start);
                prop_assert!(text[at..start].trim().is_empty());
                prop_assert!(end - start <= TARGET * 2);
                at = end;
            }
            prop_assert!(text[at..].trim().is_empty());
        }
    }
}

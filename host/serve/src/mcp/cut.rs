//! Answers that are longer than a model is to read at once: cut behind a
//! paragraph, a line or a word, with a link to the rest.

use ctx_core::tokens;
use rmcp::model::{CallToolResult, ContentBlock, Resource, ResourceContents};

use super::session::Server;

/// Cuts an answer that is too long. A structured answer that its tool promised
/// is for a program, and stays whole; its text is cut all the same.
pub(crate) fn within(
    server: &Server,
    mut result: CallToolResult,
    is_promised: bool,
) -> CallToolResult {
    let economy = server.host.economy();
    let Some(budget) = economy.answer else { return result };
    let long = || result.content.iter().filter_map(text).map(str::len).sum::<usize>();
    let structured = match &result.structured_content {
        Some(value) if !is_promised => value.to_string().len(),
        _ => 0,
    };
    // No token is shorter than a byte, and most answers are short.
    if long().max(structured) <= budget as usize {
        return result;
    }
    let Some((content, rest)) = split(&result.content, budget) else {
        if structured > budget as usize && result.content.is_empty() {
            result.structured_content = None;
        }
        return result;
    };
    let parts = parts(&rest, budget);
    let count = parts.len();
    let media_type = if is_json(&result) { "application/json" } else { "text/plain" };
    let (size, tokens) = (rest.len() as u64, tokens::count(&rest));
    let said = if let Some(uri) = server.kept.keep(parts, media_type, economy.keep) {
        let parts = if count == 1 { String::new() } else { format!(", part 1 of {count}") };
        result.content = content;
        let mut link = Resource::new(uri.clone(), "the rest of the answer")
            .with_mime_type(media_type)
            .with_size(size);
        link.description = Some(format!("{tokens} tokens{parts}"));
        let note = format!(
            "[cut: {tokens} more tokens are in the resource {uri}{parts}; ask for less, or \
             read it]"
        );
        result.content.push(ContentBlock::text(note));
        Some(ContentBlock::ResourceLink(link))
    } else {
        result.content = content;
        let note = format!("[cut: {tokens} more tokens were left out; ask for less]");
        result.content.push(ContentBlock::text(note));
        None
    };
    result.content.extend(said);
    if !is_promised {
        // It says the same again, whole.
        result.structured_content = None;
    }
    result
}

/// Whether the text is the structured answer, written out.
fn is_json(result: &CallToolResult) -> bool {
    result.structured_content.is_some()
}

/// Returns the blocks that are within the budget, and the text that is not.
/// Nothing if all are.
fn split(blocks: &[ContentBlock], budget: u32) -> Option<(Vec<ContentBlock>, String)> {
    let (mut left, mut shown, mut rest) = (budget, Vec::new(), String::new());
    for block in blocks {
        let Some(whole) = text(block) else {
            shown.push(block.clone());
            continue;
        };
        if rest.is_empty() && !tokens::exceed(whole, left) {
            left = left.saturating_sub(tokens::count(whole));
            shown.push(block.clone());
            continue;
        }
        let end = if rest.is_empty() { boundary(whole, left) } else { 0 };
        if end > 0 {
            shown.push(ContentBlock::text(&whole[..end]));
        }
        if !rest.is_empty() {
            rest.push_str("\n\n");
        }
        rest.push_str(&whole[end..]);
        left = 0;
    }
    (!rest.is_empty()).then_some((shown, rest))
}

/// Returns what a block has to be read.
fn text(block: &ContentBlock) -> Option<&str> {
    match block {
        ContentBlock::Text(content) => Some(&content.text),
        ContentBlock::Resource(embedded) => match &embedded.resource {
            ResourceContents::TextResourceContents { text, .. } => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// Cuts a text into parts, each within the budget.
fn parts(mut text: &str, budget: u32) -> Vec<String> {
    let mut parts = Vec::new();
    while !text.is_empty() {
        let end = match boundary(text, budget) {
            0 => text.chars().next().map_or(text.len(), char::len_utf8),
            end => end,
        };
        parts.push(text[..end].to_owned());
        text = &text[end..];
    }
    parts
}

/// Returns where to cut a text so that what is before has at most so many
/// tokens: behind a paragraph if one ends in the second half, else a line, a
/// word, a character.
fn boundary(text: &str, most: u32) -> usize {
    let fit = fit(text, most);
    if fit == text.len() {
        return fit;
    }
    let before = &text[..fit];
    let behind =
        |mark: &str| before.rfind(mark).map(|at| at + mark.len()).filter(|end| *end > fit / 2);
    behind("\n\n").or_else(|| behind("\n")).or_else(|| behind(" ")).unwrap_or(fit)
}

/// Returns how much of a text has at most so many tokens. Guesses, counts, and
/// guesses better; what it gives may be a little short, and is never long.
fn fit(text: &str, most: u32) -> usize {
    if !tokens::exceed(text, most) {
        return text.len();
    }
    if most == 0 {
        return 0;
    }
    // So many bytes always fit; what fits not is above.
    let (mut low, mut high) = (text.floor_char_boundary(most as usize), text.len());
    // The texts of models have about four bytes a token.
    let mut guess = text.floor_char_boundary((most as usize).saturating_mul(4).min(high));
    for _ in 0..8 {
        if guess <= low || guess >= high {
            guess = text.floor_char_boundary(low + (high - low) / 2);
        }
        let count = tokens::count(&text[..guess]);
        if count > most {
            high = guess;
        } else {
            low = guess;
            if count > most - most / 32 {
                break;
            }
        }
        let scaled = (guess as u64 * u64::from(most)) / u64::from(count.max(1));
        let scaled = usize::try_from(scaled).unwrap_or(high);
        guess = text.floor_char_boundary(scaled.clamp(low, high));
        if high - low < 16 {
            break;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_within_the_budget_and_nothing_is_lost() {
        for text in [
            "word ".repeat(4000),
            "A line of some words.\n".repeat(900),
            format!("{}\n\n{}", "first paragraph ".repeat(300), "second ".repeat(900)),
            "字".repeat(5000),
            "x".repeat(30_000),
        ] {
            for budget in [1, 7, 500, 1000] {
                let parts = parts(&text, budget);
                assert_eq!(parts.concat(), text);
                for part in &parts {
                    let count = tokens::count(part);
                    assert!(count <= budget.max(4), "{count} of {budget} in {part:.40}");
                }
                // No part is needlessly small.
                let needed = tokens::count(&text).div_ceil(budget) as usize;
                assert!(parts.len() <= 3 * needed + 2, "{} parts for {needed}", parts.len());
            }
        }
    }

    #[test]
    fn a_cut_is_behind_a_paragraph_a_line_or_a_word() {
        let paragraphs = format!("{}\n\n{}", "first part ".repeat(60), "second part ".repeat(60));
        assert!(paragraphs[..boundary(&paragraphs, 160)].ends_with("\n\n"));
        let lines = "some words in a line\n".repeat(50);
        assert!(lines[..boundary(&lines, 100)].ends_with('\n'));
        let words = "words and words ".repeat(50);
        assert!(words[..boundary(&words, 100)].ends_with(' '));
    }

    #[test]
    fn blocks_that_are_no_text_stay() {
        let image = ContentBlock::image("AQID", "image/png");
        let blocks =
            [ContentBlock::text("short"), image.clone(), ContentBlock::text("a b ".repeat(500))];
        assert!(split(&blocks, 2000).is_none());
        let (shown, rest) = split(&blocks, 100).expect("it is too long");
        assert_eq!(shown[1], image);
        let kept = text(&shown[2]).expect("text");
        assert_eq!(format!("{kept}{rest}"), "a b ".repeat(500));
    }
}

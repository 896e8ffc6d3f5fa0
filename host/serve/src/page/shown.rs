//! What an extension answered, as it is shown: as text, as JSON, or as one of
//! the pictures that browsers draw. Nothing of it becomes markup, and nothing
//! is fetched.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ctx_model::{Ask, Block, BlockContent, EmbeddedContent, Questions, ResourceLink, Usage};
use serde_json::Value;

use crate::figures;
use crate::problem::Problem;

/// Bytes of one text that are shown.
const TEXT: usize = 64 << 10;

/// Bytes of a picture that is shown. There is no half of one.
const PICTURE: usize = 1 << 20;

/// Pieces of one answer that are shown.
const PIECES: usize = 100;

/// Pictures that browsers draw without running anything. SVG is not one.
const PICTURES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// A text, whole or its beginning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) text: String,
    /// That it was cut, and where.
    pub(crate) note: String,
}

/// A piece of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(Text),
    Picture {
        uri: String,
        media_type: &'static str,
    },
    Link {
        name: String,
        uri: String,
        /// Where it leads from here, if that is anywhere safe.
        target: Option<String>,
    },
    /// What cannot be shown, in words.
    Other(String),
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ended {
    pub(crate) outcome: Outcome,
    pub(crate) bill: Bill,
    /// The request's id, by which the log knows it.
    pub(crate) request: String,
    pub(crate) extension: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    Answered { pieces: Vec<Piece>, structured: Option<Text> },
    Asked { questions: Vec<(String, Text)> },
    Prompted { system: Text, turns: Vec<(&'static str, Vec<Piece>)>, tools: Vec<String> },
    Failed { problem: Box<Problem>, details: Option<Text> },
}

/// What a run spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bill {
    pub(crate) time: String,
    pub(crate) fuel: String,
    pub(crate) memory: String,
    pub(crate) host_calls: String,
}

impl Text {
    /// Takes as much of a text as is shown.
    pub(crate) fn of(text: &str) -> Self {
        if text.len() <= TEXT {
            return Self { text: text.to_owned(), note: String::new() };
        }
        Self {
            text: text[..text.floor_char_boundary(TEXT)].to_owned(),
            note: format!(
                "cut here: this is the beginning of {}",
                figures::size(text.len() as u64)
            ),
        }
    }

    /// Takes as much of a JSON text, laid out for people if it is one.
    pub(crate) fn of_json(text: &str) -> Self {
        let pretty = serde_json::from_str::<Value>(text)
            .ok()
            .and_then(|value| serde_json::to_string_pretty(&value).ok());
        Self::of(pretty.as_deref().unwrap_or(text))
    }
}

impl Bill {
    pub(crate) fn new(usage: &Usage) -> Self {
        Self {
            time: figures::duration(u64::try_from(usage.wall.as_micros()).unwrap_or(u64::MAX)),
            fuel: figures::count(usage.fuel),
            memory: figures::size(usage.peak_memory),
            host_calls: figures::count(usage.host_calls),
        }
    }
}

impl Outcome {
    pub(crate) fn failed(problem: Box<Problem>) -> Self {
        let details =
            problem.details.as_ref().and_then(|details| serde_json::to_string_pretty(details).ok());
        Self::Failed { details: details.as_deref().map(Text::of), problem }
    }

    /// Shows what an extension needs to know before it can go on.
    pub(crate) fn asked(asked: &Questions) -> Self {
        let questions = asked.questions.iter().take(PIECES).map(|question| {
            let text = match &question.ask {
                Ask::Form { message, .. } => Text::of(message),
                Ask::Visit { message, url } => Text::of(&format!("{message}\n{url}")),
                Ask::Completion(parameters) => Text::of_json(parameters),
                Ask::Roots => Text::of("the folders that the caller works in"),
            };
            (question.key.clone(), text)
        });
        Self::Asked { questions: questions.collect() }
    }
}

/// Shows the pieces of an answer or of a message.
pub(crate) fn pieces<'a>(blocks: impl IntoIterator<Item = &'a Block>) -> Vec<Piece> {
    let mut blocks = blocks.into_iter();
    let mut pieces: Vec<Piece> = blocks.by_ref().take(PIECES).map(piece).collect();
    let more = blocks.count();
    if more > 0 {
        pieces.push(Piece::Other(format!("{more} more pieces are not shown")));
    }
    pieces
}

fn piece(block: &Block) -> Piece {
    match &block.content {
        BlockContent::Text(text) => Piece::Text(Text::of(text)),
        BlockContent::Image { media_type, data } => picture(media_type, data),
        BlockContent::Audio { media_type, data } => Piece::Other(format!(
            "something to listen to ({media_type}, {}), which this page does not play",
            figures::size(data.len() as u64)
        )),
        BlockContent::Link(ResourceLink { uri, name, title, .. }) => Piece::Link {
            name: title.clone().unwrap_or_else(|| name.clone()),
            uri: uri.clone(),
            target: target(uri),
        },
        BlockContent::Embedded { content: EmbeddedContent::Text(text), .. } => {
            Piece::Text(Text::of(text))
        }
        BlockContent::Embedded { uri, media_type, content: EmbeddedContent::Bytes(bytes) } => {
            let media_type = media_type.as_deref().unwrap_or("application/octet-stream");
            match picture(media_type, bytes) {
                Piece::Other(_) => Piece::Other(format!(
                    "`{uri}` ({media_type}, {}), which this page does not show",
                    figures::size(bytes.len() as u64)
                )),
                picture => picture,
            }
        }
    }
}

fn picture(media_type: &str, data: &[u8]) -> Piece {
    let known = PICTURES.into_iter().find(|known| known.eq_ignore_ascii_case(media_type));
    match known {
        Some(media_type) if data.len() <= PICTURE => Piece::Picture {
            uri: format!("data:{media_type};base64,{}", STANDARD.encode(data)),
            media_type,
        },
        _ => Piece::Other(format!(
            "a picture ({media_type}, {}), which this page does not show",
            figures::size(data.len() as u64)
        )),
    }
}

/// Returns where a link may lead: to a document here, or out into the web.
/// Any other scheme could be one that browsers run.
pub(crate) fn target(uri: &str) -> Option<String> {
    if let Some(id) = uri.strip_prefix("ctx://document/") {
        let is_id = !id.is_empty() && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
        return is_id.then(|| format!("/documents/{id}"));
    }
    let is_web = uri.starts_with("https://") || uri.starts_with("http://");
    is_web.then(|| uri.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(media_type: &str, data: Vec<u8>) -> Piece {
        let content = BlockContent::Image { media_type: media_type.to_owned(), data };
        piece(&Block { content, annotations: None })
    }

    #[test]
    fn a_long_text_is_cut_where_a_character_ends() {
        let text = Text::of(&format!("a{}", "ü".repeat(TEXT)));
        assert_eq!(text.text.len(), TEXT - 1);
        assert_eq!(text.note, "cut here: this is the beginning of 128.0 KiB");
        assert_eq!(Text::of("short").note, "");
    }

    #[test]
    fn json_is_laid_out_and_what_is_none_is_left_alone() {
        assert_eq!(Text::of_json("{\"a\":1}").text, "{\n  \"a\": 1\n}");
        assert_eq!(Text::of_json("{a").text, "{a");
    }

    #[test]
    fn only_pictures_that_run_nothing_are_drawn() {
        let uri = "data:image/png;base64,AQI=".to_owned();
        assert_eq!(image("image/PNG", vec![1, 2]), Piece::Picture { uri, media_type: "image/png" });
        for media_type in ["image/svg+xml", "text/html", "image/png\" onload=\"x"] {
            assert!(matches!(image(media_type, vec![1]), Piece::Other(_)), "{media_type}");
        }
        assert!(matches!(image("image/png", vec![0; PICTURE + 1]), Piece::Other(_)));
    }

    #[test]
    fn a_link_leads_to_a_document_or_into_the_web() {
        assert_eq!(target("ctx://document/12-ab").as_deref(), Some("/documents/12-ab"));
        assert_eq!(target("https://example.com").as_deref(), Some("https://example.com"));
        for uri in ["javascript:alert(1)", "data:text/html,x", "ctx://document/../x", "//x", ""] {
            assert_eq!(target(uri), None, "{uri}");
        }
    }
}

//! The web-fetch tool: fetches a page and gives its readable text, cut to what
//! a model wants of it.

use ctx_sdk::{Error, Hints, Reply, Result, Schema, Tool, ToolInfo, http};
use serde::Deserialize;
use services::{Asked, settings};

/// Characters of an answer, if nobody says.
const LENGTH: u64 = 10_000;

/// The most of it that is worth reading at once.
const LONGEST: u64 = 1_000_000;

struct WebFetch;

#[derive(Deserialize)]
struct Arguments {
    url: String,
    #[serde(default, deserialize_with = "settings::number")]
    max_length: Option<u64>,
}

impl Tool for WebFetch {
    const NAME: &'static str = "web-fetch";
    type Arguments = Arguments;

    fn describe() -> ToolInfo {
        ToolInfo::new("Fetches a web page and returns its readable text")
            .title("Fetch a web page")
            .input(
                Schema::object()
                    .closed()
                    .required("url", Schema::string().describe("The address: https://…"))
                    .optional(
                        "max_length",
                        Schema::integer()
                            .describe("Characters of the text at most")
                            .between(1, LONGEST)
                            .default(LENGTH),
                    ),
            )
            .hints(Hints::READ_ONLY | Hints::IDEMPOTENT | Hints::OPEN_WORLD)
    }

    fn call(arguments: Arguments) -> Result<Reply> {
        let url = arguments.url.trim();
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return Err(Error::invalid_input(format!(
                "`url` is `{url}`, and must begin with `https://`"
            )));
        }
        let accept = "text/html, application/xhtml+xml, text/plain, text/markdown, application/json;q=0.9, */*;q=0.1";
        let asked = services::fetch(url, |url| http::get(url).header("accept", accept))?;
        if !asked.answer.is_ok() {
            return Err(services::refused(&asked, "url"));
        }
        let text = readable(&asked)?;
        let most = usize::try_from(arguments.max_length.unwrap_or(LENGTH)).unwrap_or(usize::MAX);
        Ok(Reply::text(cut(&text, most)))
    }
}

/// Returns what a person would read of an answer.
fn readable(asked: &Asked) -> Result<String> {
    let Asked { url, answer } = asked;
    let media_type = answer.header("content-type").unwrap_or("text/html").to_ascii_lowercase();
    let (kind, _) = media_type.split_once(';').unwrap_or((&media_type, ""));
    let body = String::from_utf8_lossy(&answer.body);
    match kind.trim() {
        "text/html" | "application/xhtml+xml" => {
            let page = page::read(&body);
            let title = page.title.as_deref().map(str::trim).filter(|title| !title.is_empty());
            // A page whose text begins with its title need not say it twice.
            let head =
                title.filter(|title| !page.text.trim_start_matches(['#', ' ']).starts_with(title));
            let head = head.map(|title| format!("# {title}\n\n")).unwrap_or_default();
            Ok(format!("{head}{}", page.text))
        }
        kind if kind.starts_with("text/") || kind.ends_with("json") || kind.ends_with("xml") => {
            Ok(body.into_owned())
        }
        kind => Err(Error::invalid_input(format!("`{url}` is `{kind}`, which is no text"))),
    }
}

/// Cuts a text at the end of a word, and says how much is left.
fn cut(text: &str, most: usize) -> String {
    let text = text.trim_end();
    let Some((end, _)) = text.char_indices().nth(most) else { return text.to_owned() };
    let kept = &text[..end];
    let kept =
        kept.rfind(char::is_whitespace).filter(|at| at * 2 > end).map_or(kept, |at| &kept[..at]);
    let left = text.chars().count() - kept.chars().count();
    format!("{}\n\n[{left} more characters; ask with a larger `max_length`]", kept.trim_end())
}

ctx_sdk::export!(tools: [WebFetch]);

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_long_text_ends_with_a_word_and_says_how_much_is_left() {
        assert_eq!(cut("one two", 7), "one two");
        assert_eq!(
            cut("one two three", 9),
            "one two\n\n[6 more characters; ask with a larger `max_length`]"
        );
        assert!(cut("ääääää", 3).starts_with("äää\n"));
    }
}

//! A page, token by token. No tree is built, so that a page which nests a
//! million elements costs no more than its bytes.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::{RawKind, Rawtext, Rcdata, ScriptData};
use html5ever::tokenizer::{
    BufferQueue, CharacterTokens, StartTag, Tag, TagToken, Token, TokenSink, TokenSinkResult,
    Tokenizer, TokenizerOpts,
};

use crate::text::{Gap, Text};

/// Lists nested deeper than this are not indented further.
const DEEPEST: usize = 16;

/// What a page says, and says of itself.
#[derive(Default)]
pub struct Page {
    pub text: String,
    pub title: Option<String>,
    pub language: Option<String>,
    /// `<meta>` elements: name or property, and content.
    pub meta: Vec<(String, String)>,
}

/// Reads a page.
pub fn read(html: &str) -> Page {
    match run(html, true) {
        (page, true) => page,
        // Something that is left out was never closed, and took the rest of
        // the page with it.
        (_, false) => run(html, false).0,
    }
}

/// Returns the page, and whether all that was opened to be left out was
/// closed.
fn run(html: &str, leaves_out: bool) -> (Page, bool) {
    let sink = Sink(RefCell::new(State {
        page: Page::default(),
        text: Text::new(),
        title: None,
        leaves_out,
        left_out: None,
        verbatim: 0,
        lists: Vec::new(),
        cells: 0,
    }));
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    while !input.is_empty() {
        // It stops at each script, and goes on when it is asked again.
        drop(tokenizer.feed(&input));
    }
    tokenizer.end();
    let mut state = tokenizer.sink.0.into_inner();
    state.page.text = state.text.finish();
    if state.page.title.is_none() {
        state.page.title = state.title;
    }
    (state.page, state.left_out.is_none())
}

struct Sink(RefCell<State>);

struct State {
    page: Page,
    text: Text,
    /// While a title is open.
    title: Option<String>,
    leaves_out: bool,
    /// An element that is left out, and how often it is open.
    left_out: Option<(String, usize)>,
    /// How many elements are open whose white space stays.
    verbatim: usize,
    /// Open lists: the number of the next item, or none for a bullet.
    lists: Vec<Option<u32>>,
    /// Cells of the row so far.
    cells: usize,
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        let mut state = self.0.borrow_mut();
        match token {
            CharacterTokens(text) => state.characters(&text),
            TagToken(tag) if tag.kind == StartTag => {
                state.start(&tag);
                if let Some(kind) = raw(&tag.name) {
                    return TokenSinkResult::RawData(kind);
                }
            }
            TagToken(tag) => state.end(&tag.name),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

/// Elements whose content is text, whatever it looks like.
fn raw(name: &str) -> Option<RawKind> {
    match name {
        "title" | "textarea" => Some(Rcdata),
        "style" | "xmp" | "iframe" | "noembed" | "noframes" => Some(Rawtext),
        "script" => Some(ScriptData),
        _ => None,
    }
}

/// Elements that nobody reads.
fn is_left_out(name: &str) -> bool {
    matches!(
        name,
        "script"
            | "style"
            | "template"
            | "noscript"
            | "iframe"
            | "noembed"
            | "noframes"
            | "svg"
            | "canvas"
            | "object"
            | "nav"
            | "select"
            | "textarea"
            | "button"
    )
}

/// Elements that stand on lines of their own, and the room around them.
fn room(name: &str) -> Option<Gap> {
    match name {
        "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "blockquote" | "pre" | "ul" | "ol"
        | "dl" | "table" | "section" | "article" | "header" | "footer" | "main" | "aside"
        | "figure" | "form" | "fieldset" | "hr" | "address" | "details" | "body" => {
            Some(Gap::Paragraph)
        }
        "div" | "li" | "dt" | "dd" | "tr" | "br" | "caption" | "figcaption" | "summary"
        | "option" | "legend" => Some(Gap::Line),
        _ => None,
    }
}

fn level(name: &str) -> Option<usize> {
    match name.as_bytes() {
        [b'h', digit @ b'1'..=b'6'] => Some(usize::from(digit - b'0')),
        _ => None,
    }
}

impl State {
    fn characters(&mut self, text: &str) {
        if self.left_out.is_some() {
            return;
        }
        match &mut self.title {
            Some(title) => title.push_str(text),
            None if self.verbatim > 0 => self.text.verbatim(text),
            None => self.text.words(text),
        }
    }

    fn start(&mut self, tag: &Tag) {
        let name: &str = &tag.name;
        if let Some((open, depth)) = &mut self.left_out {
            if open == name && !tag.self_closing {
                *depth += 1;
            }
            return;
        }
        // What is raw is never read; the rest only if it closes again.
        let unread = is_left_out(name) && (self.leaves_out || raw(name).is_some());
        if unread && !tag.self_closing {
            self.left_out = Some((name.to_owned(), 1));
            return;
        }
        if let Some(gap) = room(name) {
            self.text.gap(gap);
        }
        match name {
            "html" => self.page.language = attribute(tag, "lang"),
            "title" if self.page.title.is_none() => self.title = Some(String::new()),
            "meta" => self.meta(tag),
            "img" => {
                if let Some(alt) = attribute(tag, "alt") {
                    self.text.words(&alt);
                }
            }
            "ul" if self.lists.len() < DEEPEST => self.lists.push(None),
            "ol" if self.lists.len() < DEEPEST => self.lists.push(Some(1)),
            "li" => self.item(),
            "tr" => self.cells = 0,
            "td" | "th" => {
                self.cells += 1;
                if self.cells > 1 {
                    self.text.words(" | ");
                }
            }
            "pre" => {
                self.verbatim += 1;
                if self.verbatim == 1 {
                    self.text.verbatim("```\n");
                }
            }
            _ => {
                if let Some(level) = level(name) {
                    self.text.mark(&format!("{} ", &"######"[..level]));
                }
            }
        }
    }

    fn end(&mut self, name: &str) {
        if let Some((open, depth)) = &mut self.left_out {
            if open == name {
                *depth -= 1;
                if *depth == 0 {
                    self.left_out = None;
                }
            }
            return;
        }
        match name {
            "title" => {
                let title = self.title.take().unwrap_or_default();
                let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
                if self.page.title.is_none() && !title.is_empty() {
                    self.page.title = Some(title);
                }
            }
            "ul" | "ol" => {
                self.lists.pop();
            }
            "pre" if self.verbatim > 0 => {
                self.verbatim -= 1;
                if self.verbatim == 0 {
                    self.text.gap(Gap::Line);
                    self.text.verbatim("```");
                }
            }
            _ => {}
        }
        if name == "li" || level(name).is_some() {
            self.text.unmark();
        }
        if let Some(gap) = room(name) {
            self.text.gap(gap);
        }
    }

    fn item(&mut self) {
        let indent = "  ".repeat(self.lists.len().saturating_sub(1));
        let mark = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number = number.saturating_add(1);
                format!("{indent}{}. ", *number - 1)
            }
            _ => format!("{indent}- "),
        };
        self.text.mark(&mark);
    }

    fn meta(&mut self, tag: &Tag) {
        let name = attribute(tag, "name").or_else(|| attribute(tag, "property"));
        if let (Some(name), Some(content)) = (name, attribute(tag, "content")) {
            self.page.meta.push((name.to_ascii_lowercase(), content));
        }
    }
}

/// Returns an attribute that is there and says something.
fn attribute(tag: &Tag, name: &str) -> Option<String> {
    let found = tag.attrs.iter().find(|attribute| &*attribute.name.local == name)?;
    let value = found.value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

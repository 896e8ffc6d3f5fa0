//! What a conversation may say, beside being TOML of the right shape.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use super::{Conversation, ConversationError, Exchange, File, Kept, Step, VERSION};
use crate::parse_time;

/// Kinds that the contract has for failures on purpose.
const KINDS: [&str; 7] =
    ["invalid-input", "not-found", "denied", "unavailable", "exhausted", "cancelled", "internal"];

/// Bytes that a file may be said to have.
const SIZE: u64 = 64 << 20;

/// Names of a folder that would be a place of the machine.
const LONGEST_NAME: usize = 255;

type Checked = Result<(), ConversationError>;

pub(super) fn check(conversation: &Conversation) -> Checked {
    if conversation.conversation != VERSION {
        return wrong(format!(
            "`conversation = {}` is a version of the format that this does not read; it reads {VERSION}",
            conversation.conversation
        ));
    }
    time("now", &conversation.now)?;
    if conversation.steps.is_empty() {
        return wrong("it has no `[[step]]`");
    }
    if let Some(path) = &conversation.extension
        && (path.starts_with('/') || path.contains('\0') || path.contains('\\'))
    {
        return wrong("`extension` must be a path from this file");
    }
    conversation.files.iter().try_for_each(file)?;
    conversation.kept.iter().try_for_each(kept)?;
    for (at, one) in conversation.steps.iter().enumerate() {
        step(one).map_err(|error| ConversationError(format!("step {}: {error}", at + 1)))?;
    }
    Ok(())
}

fn step(step: &Step) -> Checked {
    let asked = [step.sync.is_some(), step.call.is_some(), step.prompt.is_some()];
    if asked.iter().filter(|asked| **asked).count() != 1 {
        return wrong("it must have one of `sync`, `call` and `prompt`");
    }
    if let Some(now) = &step.now {
        time("now", now)?;
    }
    for (at, one) in step.http.iter().enumerate() {
        exchange(one).map_err(|error| ConversationError(format!("http {}: {error}", at + 1)))?;
    }
    for document in step.expect.documents.iter().flatten() {
        for time in [&document.created, &document.modified].into_iter().flatten() {
            self::time("a time of a document", time)?;
        }
    }
    if let Some(kind) = step.expect.error.as_ref().and_then(|error| error.kind.as_deref()) {
        let ours = kind.split_once(':').map_or(kind, |(way, _)| way);
        if !KINDS.contains(&kind) && !["refused", "stopped"].contains(&ours) {
            return wrong(format!(
                "`{kind}` is no kind of error; there are {}, `refused` and `stopped`",
                KINDS.map(|kind| format!("`{kind}`")).join(", ")
            ));
        }
    }
    Ok(())
}

fn exchange(exchange: &Exchange) -> Checked {
    let url = Url::parse(&exchange.url)
        .map_err(|error| ConversationError(format!("`{}` is no URL: {error}", exchange.url)))?;
    if !["http", "https"].contains(&url.scheme()) {
        return wrong(format!("`{}` is neither http nor https", exchange.url));
    }
    if !(100..=599).contains(&exchange.status) {
        return wrong(format!("{} is no status", exchange.status));
    }
    let is_token = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
    for (name, value) in exchange.headers.iter().chain(&exchange.answer_headers) {
        let is_value = value.bytes().all(|b| b == b'\t' || b >= b' ' && b != 0x7f);
        if !is_token(name) || name.contains(':') || !is_value {
            return wrong(format!("`{name}` is no header"));
        }
    }
    one_body("answer", exchange.answer.as_deref(), exchange.answer_base64.as_deref())
}

fn file(file: &File) -> Checked {
    let is_plain = |name: &str| {
        !name.is_empty()
            && name.len() <= LONGEST_NAME
            && name != "."
            && name != ".."
            && !name.contains(['\\', '\0', ':'])
    };
    if !is_plain(&file.folder) || file.folder.contains('/') || file.folder.starts_with('.') {
        return wrong(format!("`{}` is no name of a folder", file.folder));
    }
    if !file.path.split('/').all(is_plain) {
        return wrong(format!("`{}` does not stay in its folder", file.path));
    }
    if file.size.is_some_and(|size| size > SIZE) {
        return wrong(format!("`{}` is larger than {} MiB", file.path, SIZE >> 20));
    }
    if let Some(modified) = &file.modified {
        time("`modified` of a file", modified)?;
    }
    one_body("text", file.text.as_deref(), file.base64.as_deref())
}

fn kept(kept: &Kept) -> Checked {
    one_body("text", kept.text.as_deref(), kept.base64.as_deref())
}

fn one_body(what: &str, text: Option<&str>, base64: Option<&str>) -> Checked {
    match (text, base64) {
        (Some(_), Some(_)) => wrong(format!("it has `{what}` as text and as base64")),
        (_, Some(base64)) if STANDARD.decode(base64).is_err() => wrong("its base64 is none"),
        _ => Ok(()),
    }
}

fn time(what: &str, text: &str) -> Checked {
    match parse_time(text) {
        Some(seconds) if seconds >= 0 => Ok(()),
        _ => wrong(format!("{what}: `{text}` is no time; write `2026-11-01T12:00:00Z`")),
    }
}

fn wrong(why: impl Into<String>) -> Checked {
    Err(ConversationError(why.into()))
}

//! Whether what came of a step is what must come of it, and what differs.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::format::{Expect, ExpectedDocument, ExpectedError, ExpectedSkip};
use crate::matching::{json, quoted};
use crate::parse_time;

/// Differences that one step names.
const NAMED: usize = 12;

/// What came of a step.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Seen {
    /// In the order in which they came.
    pub documents: Vec<SeenDocument>,
    /// What was stored before, and is no more.
    pub removed: Vec<String>,
    /// What could not be given, and why.
    pub skipped: Vec<(Option<String>, String)>,
    pub text: String,
    pub structured: Option<Value>,
    pub system: String,
    pub messages: Vec<String>,
    pub tools: Option<Vec<String>>,
    /// Seconds.
    pub slept: f64,
    pub ended: Ended,
}

/// A document, as it is stored.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SeenDocument {
    pub id: String,
    pub title: Option<String>,
    pub url: Option<String>,
    pub author: Option<String>,
    pub media_type: String,
    /// Seconds since the epoch.
    pub created: Option<i64>,
    pub modified: Option<i64>,
    pub metadata: Value,
    pub text: String,
    /// The digest of its body as it was given, before anything was made of it.
    pub given: String,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Ended {
    #[default]
    Well,
    Failed {
        /// `unavailable`, `refused:http`, `stopped:fuel`.
        kind: String,
        message: String,
        /// Seconds.
        retry_after: Option<f64>,
    },
}

/// Returns the digest of a body, as a conversation writes it.
pub fn digest(body: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(body).iter().fold(String::new(), |mut digest, byte| {
        // Writing to a string cannot fail.
        let _ = write!(digest, "{byte:02x}");
        digest
    })
}

/// Says what differs. Empty if all is as it must be.
pub fn judge(expect: &Expect, seen: &Seen) -> Vec<String> {
    let mut all = Vec::new();
    ended(expect.error.as_ref(), &seen.ended, &mut all);
    if let Some(wanted) = &expect.documents {
        documents(wanted, expect.more, seen, &mut all);
    }
    lists("removed", &expect.removed, &seen.removed, &mut all);
    skips(&expect.skipped, &seen.skipped, &mut all);
    if let Some(text) = &expect.text
        && *text != seen.text
    {
        all.push(format!("the answer is {}, not {}", quoted(&seen.text), quoted(text)));
    }
    contains("the answer", &expect.text_contains, &seen.text, &mut all);
    if let Some(wanted) = &expect.structured {
        let wanted = serde_json::to_value(wanted).unwrap_or_default();
        let found = seen.structured.clone().unwrap_or_default();
        all.extend(
            within(&wanted, &found, "").map(|why| format!("in the structured answer, {why}")),
        );
    }
    contains("the system prompt", &expect.system_contains, &seen.system, &mut all);
    contains("the messages", &expect.messages_contains, &seen.messages.join("\n"), &mut all);
    if let Some(tools) = &expect.tools {
        lists("tools", tools, seen.tools.as_deref().unwrap_or_default(), &mut all);
    }
    if let Some(slept) = expect.slept
        && (slept - seen.slept).abs() > 0.001
    {
        all.push(format!("it waited {} s, not {slept} s", seen.slept));
    }
    let more = all.len().saturating_sub(NAMED);
    if more > 0 {
        all.truncate(NAMED);
        all.push(format!("and {more} more differences"));
    }
    all
}

fn ended(wanted: Option<&ExpectedError>, found: &Ended, all: &mut Vec<String>) {
    let (wanted, kind, message, retry) = match (wanted, found) {
        (None, Ended::Well) => return,
        (None, Ended::Failed { kind, message, .. }) => {
            all.push(format!("it failed: {message} ({kind})"));
            return;
        }
        (Some(_), Ended::Well) => {
            all.push("it ended well, and should have failed".to_owned());
            return;
        }
        (Some(wanted), Ended::Failed { kind, message, retry_after }) => {
            (wanted, kind, message, retry_after)
        }
    };
    if let Some(expected) = &wanted.kind {
        let way = kind.split_once(':').map_or(kind.as_str(), |(way, _)| way);
        if expected != kind && expected != way {
            all.push(format!("it failed as `{kind}` ({message}), not as `{expected}`"));
        }
    }
    contains("the error", &wanted.contains, message, all);
    if let Some(seconds) = wanted.retry_after
        && *retry != Some(seconds)
    {
        let found = retry.map_or_else(|| "nothing".to_owned(), |found| format!("{found} s"));
        all.push(format!("it says to try again after {found}, not after {seconds} s"));
    }
}

fn documents(wanted: &[ExpectedDocument], more: bool, seen: &Seen, all: &mut Vec<String>) {
    let ids: Vec<&str> = seen.documents.iter().map(|document| document.id.as_str()).collect();
    let named: Vec<&str> = wanted.iter().map(|document| document.id.as_str()).collect();
    let in_order = if more {
        let mut rest = ids.iter();
        named.iter().all(|id| rest.any(|found| found == id))
    } else {
        ids == named
    };
    if !in_order {
        let shown = |ids: &[&str]| match ids.len() {
            0 => "none".to_owned(),
            _ => ids.iter().take(20).map(|id| quoted(id)).collect::<Vec<_>>().join(", "),
        };
        all.push(format!("the documents are {}, not {}", shown(&ids), shown(&named)));
    }
    for document in wanted {
        // The last of an id is what is stored.
        if let Some(found) = seen.documents.iter().rev().find(|found| found.id == document.id) {
            one(document, found, all);
        }
    }
}

fn one(wanted: &ExpectedDocument, found: &SeenDocument, all: &mut Vec<String>) {
    let mut told = Vec::new();
    let texts = [
        ("title", &wanted.title, &found.title),
        ("url", &wanted.url, &found.url),
        ("author", &wanted.author, &found.author),
        ("media_type", &wanted.media_type, &Some(found.media_type.clone())),
    ];
    for (name, wanted, found) in texts {
        if let Some(wanted) = wanted
            && found.as_ref() != Some(wanted)
        {
            let found = found.as_deref().map_or_else(|| "absent".to_owned(), quoted);
            told.push(format!("`{name}` is {found}, not {}", quoted(wanted)));
        }
    }
    let times = [
        ("created", &wanted.created, found.created),
        ("modified", &wanted.modified, found.modified),
    ];
    for (name, wanted, found) in times {
        if let Some(wanted) = wanted
            && found != parse_time(wanted)
        {
            let found = found.and_then(|time| jiff::Timestamp::from_second(time).ok());
            let found = found.map_or_else(|| "absent".to_owned(), |time| format!("`{time}`"));
            told.push(format!("`{name}` is {found}, not {}", quoted(wanted)));
        }
    }
    contains("its text", &wanted.contains, &found.text, &mut told);
    for words in &wanted.lacks {
        if found.text.contains(words) {
            told.push(format!("its text has {}", quoted(words)));
        }
    }
    if let Some(text) = &wanted.text
        && *text != found.text
    {
        told.push(format!("its text is {}, not {}", quoted(&found.text), quoted(text)));
    }
    if let Some(wanted) = &wanted.digest
        && *wanted != digest(found.text.as_bytes())
    {
        told.push(format!("its text is another: {}", quoted(&found.text)));
    }
    if !wanted.metadata.is_empty() {
        let wanted = serde_json::to_value(&wanted.metadata).unwrap_or_default();
        told.extend(within(&wanted, &found.metadata, "metadata"));
    }
    all.extend(told.into_iter().map(|why| format!("document `{}`: {why}", found.id)));
}

/// Finds the first key that is wanted and is not so; others may be there.
fn within(wanted: &Value, found: &Value, at: &str) -> Option<String> {
    let Value::Object(wanted) = wanted else { return json(wanted, found, at) };
    wanted.iter().find_map(|(key, value)| {
        let place = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
        match found.get(key) {
            None => Some(format!("`{place}` is missing")),
            Some(other) => within(value, other, &place),
        }
    })
}

fn contains(what: &str, wanted: &[String], text: &str, all: &mut Vec<String>) {
    for words in wanted {
        if !text.contains(words) {
            all.push(format!("{what} lacks {}: {}", quoted(words), quoted(text)));
        }
    }
}

fn lists(what: &str, wanted: &[String], found: &[String], all: &mut Vec<String>) {
    let sorted = |list: &[String]| {
        let mut list = list.to_vec();
        list.sort();
        list
    };
    if sorted(wanted) != sorted(found) {
        let shown = |list: &[String]| match list.len() {
            0 => "none".to_owned(),
            _ => list.iter().map(|id| quoted(id)).collect::<Vec<_>>().join(", "),
        };
        all.push(format!("`{what}` is {}, not {}", shown(found), shown(wanted)));
    }
}

fn skips(wanted: &[ExpectedSkip], found: &[(Option<String>, String)], all: &mut Vec<String>) {
    let is_it = |wanted: &ExpectedSkip, (id, why): &(Option<String>, String)| {
        (wanted.id.is_none() || wanted.id == *id)
            && wanted.contains.iter().all(|words| why.contains(words))
    };
    for wanted in wanted {
        if !found.iter().any(|found| is_it(wanted, found)) {
            let id = wanted.id.as_deref().map_or_else(|| "one".to_owned(), quoted);
            all.push(format!("{id} should have been skipped: {}", wanted.contains.join(", ")));
        }
    }
    for found in found {
        if !wanted.iter().any(|wanted| is_it(wanted, found)) {
            let id = found.0.as_deref().map_or_else(|| "something".to_owned(), quoted);
            all.push(format!("{id} was skipped: {}", found.1));
        }
    }
}

#[cfg(test)]
mod tests;

//! What was too long to be answered at once: kept in parts for a while, and
//! read as resources. Nobody finds one who was not given its name, and there
//! are never many: the oldest make room.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rmcp::model::{JsonObject, MetaObject, ResourceContents};
use serde_json::json;

pub(crate) const PREFIX: &str = "ctx://answer/";

/// Answers that are kept.
const MOST: usize = 64;

/// Bytes that all of them may hold.
const BUDGET: usize = 32 << 20;

/// Bytes of randomness in a name.
const RANDOM: usize = 16;

/// The key in `_meta` of the part that comes after one.
const NEXT: &str = "ctx/next";

/// The answers.
#[derive(Default)]
pub(crate) struct Kept(Mutex<VecDeque<Answer>>);

struct Answer {
    name: String,
    parts: Vec<String>,
    media_type: &'static str,
    until: Instant,
}

impl Kept {
    /// Keeps an answer and returns the name of its first part. Nothing if it
    /// is more than all may hold.
    pub(crate) fn keep(
        &self,
        parts: Vec<String>,
        media_type: &'static str,
        time: Duration,
    ) -> Option<String> {
        let size = |answer: &Answer| answer.parts.iter().map(String::len).sum::<usize>();
        let name = ctx_core::random::hex::<RANDOM>().ok()?;
        let answer = Answer { name: name.clone(), parts, media_type, until: Instant::now() + time };
        if size(&answer) > BUDGET {
            return None;
        }
        let mut all = self.fresh();
        all.push_back(answer);
        while all.len() > MOST || all.iter().map(size).sum::<usize>() > BUDGET {
            all.pop_front();
        }
        Some(uri(&name, 0))
    }

    /// Reads a part, if it is there still.
    pub(crate) fn read(&self, wanted: &str) -> Option<ResourceContents> {
        let (name, part) = wanted.strip_prefix(PREFIX)?.split_once('/')?;
        let at = part.parse::<usize>().ok()?.checked_sub(1)?;
        let all = self.fresh();
        let answer = all.iter().find(|answer| answer.name == name)?;
        let text = answer.parts.get(at)?.clone();
        let contents = ResourceContents::text(text, wanted).with_mime_type(answer.media_type);
        if at + 1 == answer.parts.len() {
            return Some(contents);
        }
        let mut meta = JsonObject::new();
        meta.insert(NEXT.to_owned(), json!(uri(name, at + 1)));
        Some(contents.with_meta(MetaObject(meta)))
    }

    /// Returns those whose time is not over.
    fn fresh(&self) -> MutexGuard<'_, VecDeque<Answer>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        all.retain(|answer| answer.until > now);
        all
    }
}

/// Names a part, counted from one as people do.
fn uri(name: &str, at: usize) -> String {
    format!("{PREFIX}{name}/{}", at + 1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

    use super::*;

    const LONG: Duration = Duration::from_mins(10);

    fn text(kept: &Kept, uri: &str) -> Option<String> {
        match kept.read(uri)? {
            ResourceContents::TextResourceContents { text, .. } => Some(text),
            _ => panic!("no text"),
        }
    }

    #[test]
    fn parts_are_read_one_by_one() {
        let kept = Kept::default();
        let first = kept.keep(vec!["a".into(), "b".into()], "text/plain", LONG).unwrap();
        assert_eq!(text(&kept, &first).as_deref(), Some("a"));
        let stem = first.strip_suffix('1').unwrap();
        assert_eq!(text(&kept, &format!("{stem}2")).as_deref(), Some("b"));
        for wrong in ["0", "3", "x", "", "18446744073709551616"] {
            assert_eq!(text(&kept, &format!("{stem}{wrong}")), None, "{wrong}");
        }
        assert_eq!(text(&kept, "ctx://answer/00/1"), None);
    }

    #[test]
    fn what_is_too_old_or_one_too_many_is_gone() {
        let kept = Kept::default();
        let keep = |text: &str, time| kept.keep(vec![text.to_owned()], "text/plain", time).unwrap();
        let over = keep("over", Duration::ZERO);
        assert_eq!(text(&kept, &over), None);
        let first = keep("first", LONG);
        for _ in 0..MOST {
            keep("next", LONG);
        }
        assert_eq!(text(&kept, &first), None);
        let large = "x".repeat(BUDGET / 2 + 1);
        let (one, two) = (keep(&large, LONG), keep(&large, LONG));
        assert!(text(&kept, &one).is_none() && text(&kept, &two).is_some());
        assert!(kept.keep(vec!["x".repeat(BUDGET + 1)], "text/plain", LONG).is_none());
    }
}

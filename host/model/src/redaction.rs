//! Secrets that a run has come by, taken out of what is written down: log
//! lines, failures and reasons, which people read, and recordings. A run's
//! answers are its own.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

/// What stands in a secret's place.
const GONE: &str = "[secret]";

/// Bytes of a secret that is taken out; shorter ones would take ordinary words
/// apart.
const SHORTEST: usize = 4;

/// The secrets of one run, each with what stands in its place. Shared, because
/// the host puts some into requests beside the run.
#[derive(Clone, Default)]
pub struct Redaction(Arc<Mutex<Vec<(String, String)>>>);

impl Redaction {
    /// Remembers a secret, and what it looks like in JSON and in a URL.
    pub fn learn(&self, secret: &str) {
        self.learn_as(secret, GONE);
    }

    /// Remembers a secret, and what is to stand in its place. What was said of
    /// it first stays.
    pub fn learn_as(&self, secret: &str, instead: &str) {
        if secret.len() < SHORTEST {
            return;
        }
        let quoted = Value::from(secret).to_string();
        let escaped = quoted[1..quoted.len() - 1].to_owned();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for form in [secret.to_owned(), escaped, encoded(secret)] {
            if !known.iter().any(|(one, _)| *one == form) {
                known.push((form, instead.to_owned()));
            }
        }
        // One may be a part of another, of which no rest is to stay.
        known.sort_by_key(|(form, _)| std::cmp::Reverse(form.len()));
    }

    /// Whether a secret is too short to be taken out of a text: it would take
    /// ordinary words apart.
    pub fn is_too_short(secret: &str) -> bool {
        secret.len() < SHORTEST
    }

    /// Takes secrets out of a text.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut text = Cow::Borrowed(text);
        for (form, instead) in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            if text.contains(form.as_str()) {
                text = Cow::Owned(text.replace(form.as_str(), instead));
            }
        }
        text
    }

    /// Takes secrets out of JSON, however they are escaped there.
    pub fn json(&self, json: String) -> String {
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
            return json;
        }
        match serde_json::from_str::<Value>(&json) {
            Ok(value) => self.value(value).to_string(),
            Err(_) => self.text(&json).into_owned(),
        }
    }

    fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => self.text(&text).into_owned().into(),
            Value::Array(all) => all.into_iter().map(|one| self.value(one)).collect(),
            Value::Object(all) => all
                .into_iter()
                .map(|(key, one)| (self.text(&key).into_owned(), self.value(one)))
                .collect(),
            Value::Number(number) => {
                let text = number.to_string();
                let clean = self.text(&text).into_owned();
                if clean == text { number.into() } else { clean.into() }
            }
            other => other,
        }
    }
}

/// Writes a text as a part of a URL.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knowing(secrets: &[&str]) -> Redaction {
        let redaction = Redaction::default();
        for secret in secrets {
            redaction.learn(secret);
        }
        redaction
    }

    #[test]
    fn no_rest_of_a_longer_secret_stays() {
        let redaction = knowing(&["hunter", "hunter2", "abc"]);
        assert_eq!(redaction.text("hunter2 hunter abc"), "[secret] [secret] abc");
    }

    #[test]
    fn each_secret_has_what_stands_in_its_place() {
        let redaction = knowing(&["hunter2"]);
        redaction.learn_as("s3cret!", "secret-token");
        redaction.learn_as("hunter2", "never");
        assert_eq!(
            redaction.text("hunter2 s3cret! s3cret%21"),
            "[secret] secret-token secret-token"
        );
    }

    #[test]
    fn a_secret_is_known_in_json_and_in_urls() {
        let redaction = knowing(&["a\"b\\c/d"]);
        assert_eq!(redaction.text("k=a%22b%5Cc%2Fd"), "k=[secret]");
        assert_eq!(redaction.text("{\"k\":\"a\\\"b\\\\c/d\"}"), "{\"k\":\"[secret]\"}");
    }

    #[test]
    fn json_stays_json_however_a_secret_is_written_in_it() {
        let redaction = knowing(&["söcret/1", "12345678"]);
        let json = r#"{"s\u00f6cret\/1":["x s\u00F6cret\/1 y",12345678,{"n":1}]}"#;
        let clean = r#"{"[secret]":["x [secret] y","[secret]",{"n":1}]}"#;
        assert_eq!(redaction.json(json.to_owned()), clean);
        assert_eq!(redaction.json("{12345678".to_owned()), "{[secret]");
    }
}

//! Writes a conversation down while it is held: everything that a run gets
//! from the host, with secrets taken out wherever they stand.

mod clean;
mod ports;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ctx_model::{
    Answered, Exchanges, FilesHeard, HttpAnswer, HttpRequest, LentFile, PlayedTime, Redaction,
};
use serde_json::Value;
use thiserror::Error;

use crate::format::{Conversation, Exchange, File, Found, Kept, Looked, Step, version};

/// Headers of a request that must be there again. The others are the guest's
/// affair, or hold what opens doors.
const ASKED: [&str; 2] = ["accept", "content-type"];

/// Headers of an answer that say nothing to whoever hears it again, and
/// cookies.
const DROPPED: [&str; 13] = [
    "set-cookie",
    "set-cookie2",
    "connection",
    "keep-alive",
    "transfer-encoding",
    "content-length",
    "date",
    "server",
    "alt-svc",
    "strict-transport-security",
    "content-security-policy",
    "report-to",
    "nel",
];

/// Words in the name of a setting that holds what opens doors.
const SECRET_WORDS: [&str; 13] = [
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "credential",
    "cookie",
    "api_key",
    "apikey",
    "access_key",
    "account_key",
    "private_key",
    "signing_key",
];

/// Why a recording is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unkept {
    /// It would take ordinary words apart.
    #[error("`{0}` is so short that it cannot be told from other text, so it cannot be taken out")]
    Short(String),
    #[error("a secret is a part of what cannot be changed: {0}")]
    Inside(String),
    #[error("what was recorded cannot be written: {0}")]
    Format(String),
}

/// Whether the name of a setting says that its value is to be kept secret.
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('-', "_");
    SECRET_WORDS.iter().any(|word| name.contains(word))
        || name == "key"
        || name.split('_').any(|part| ["auth", "pass", "pat"].contains(&part))
}

/// Returns what stands in the place of a secret.
pub fn placeholder(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    format!("secret-{}", name.chars().map(plain).collect::<String>())
}

/// Hears a run.
pub struct Recorder {
    time: Arc<PlayedTime>,
    seed: u64,
    redaction: Redaction,
    tape: Mutex<Tape>,
}

/// A file that was lent, and its bytes if they were read.
type Given = (LentFile, Option<Vec<u8>>);

#[derive(Default)]
struct Tape {
    http: Vec<Exchange>,
    looked: Vec<Looked>,
    documents: Vec<Found>,
    /// Absent if it was not there before.
    kept: BTreeMap<(String, String), Option<Vec<u8>>>,
    files: BTreeMap<(String, String), Given>,
    secrets: BTreeMap<String, String>,
    env: BTreeMap<String, String>,
    /// What requests showed at a door: a name for it, and the secret.
    shown: Vec<(String, String)>,
    /// Secrets that cannot be taken out.
    short: Vec<String>,
}

impl Recorder {
    /// Begins. The clock stands at `now` and goes on by what the guest sleeps,
    /// which takes its time.
    pub fn new(now: i64, seed: u64) -> Arc<Self> {
        Arc::new(Self {
            time: Arc::new(PlayedTime::new(now, seed, true)),
            seed,
            redaction: Redaction::default(),
            tape: Mutex::default(),
        })
    }

    /// Returns the time of the run.
    pub fn time(&self) -> Arc<PlayedTime> {
        self.time.clone()
    }

    /// Remembers a secret, and what is to stand in its place.
    pub fn learn(&self, name: &str, secret: &str) {
        if secret.is_empty() {
            return;
        }
        if Redaction::is_too_short(secret) {
            self.tape().short.push(name.to_owned());
            return;
        }
        self.redaction.learn_as(secret, &placeholder(name));
        // As headers have it, and as forms do.
        let instead = STANDARD.encode(placeholder(name));
        self.redaction.learn_as(&STANDARD.encode(secret), &instead);
        let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        self.redaction.learn_as(&form, &placeholder(name));
    }

    /// Takes secrets out of a text.
    pub fn clean(&self, text: &str) -> String {
        self.redaction.text(text).into_owned()
    }

    /// Writes down what was heard while one step was done with these settings.
    /// `is_secret` says which of them are.
    pub fn conversation(
        &self,
        settings: &serde_json::Map<String, Value>,
        is_secret: &dyn Fn(&str) -> bool,
        step: Step,
    ) -> Result<Conversation, Unkept> {
        let settings = self.settings(settings, is_secret);
        // What has a name of its own goes by it, wherever it was shown.
        let shown = std::mem::take(&mut self.tape().shown);
        for (name, secret) in shown {
            self.learn(&name, &secret);
        }
        let tape = self.tape();
        if let Some(name) = tape.short.first() {
            return Err(Unkept::Short(name.clone()));
        }
        let kept = tape.kept.iter().filter_map(|((bucket, key), value)| {
            let (text, base64) = body(value.as_deref()?);
            Some(Kept { bucket: bucket.clone(), key: key.clone(), text, base64 })
        });
        let began = self.time.now().saturating_sub(self.time.slept());
        let began = i64::try_from(began.as_secs()).unwrap_or(0);
        let conversation = Conversation {
            conversation: version(),
            about: String::new(),
            from: Vec::new(),
            recorded: Some(crate::now()),
            extension: None,
            now: jiff::Timestamp::from_second(began).map(|now| now.to_string()).unwrap_or_default(),
            seed: self.seed,
            settings: toml::Table::try_from(settings)
                .map_err(|error| Unkept::Format(error.to_string()))?,
            secrets: tape.secrets.clone(),
            env: tape.env.clone(),
            kept: kept.collect(),
            files: tape.files.values().map(|(file, bytes)| lent(file, bytes.as_deref())).collect(),
            documents: tape.documents.clone(),
            steps: vec![Step { http: tape.http.clone(), context: tape.looked.clone(), ..step }],
        };
        drop(tape);
        clean::clean(&conversation, &self.redaction)
    }

    /// Returns the settings as they may be written down.
    fn settings(
        &self,
        settings: &serde_json::Map<String, Value>,
        is_secret: &dyn Fn(&str) -> bool,
    ) -> serde_json::Map<String, Value> {
        let is_absent = |value: &Value| value.is_null();
        let one = |(name, value): (&String, &Value)| {
            let value = match value {
                Value::Object(inner) => Value::Object(self.settings(inner, is_secret)),
                Value::String(text) if is_secret(name) && !text.is_empty() => {
                    self.learn(name, text);
                    // One that is the same as another goes by the other's name.
                    self.clean(text).into()
                }
                Value::Number(number) if is_secret(name) => {
                    self.learn(name, &number.to_string());
                    placeholder(name).into()
                }
                Value::Array(all) if is_secret(name) => {
                    let texts = all.iter().filter_map(Value::as_str);
                    let texts = texts.enumerate().map(|(at, text)| {
                        let name = format!("{name}-{}", at + 1);
                        self.learn(&name, text);
                        Value::from(self.clean(text))
                    });
                    Value::Array(texts.collect())
                }
                other => other.clone(),
            };
            (name.clone(), value)
        };
        settings.iter().filter(|(_, value)| !is_absent(value)).map(one).collect()
    }

    fn tape(&self) -> MutexGuard<'_, Tape> {
        self.tape.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Learns what a request shows at a door.
    fn learn_from(&self, request: &HttpRequest) {
        for (name, value) in &request.headers {
            match name.as_str() {
                "authorization" | "proxy-authorization" => self.learn_credentials(value),
                "cookie" => {
                    for pair in value.split(';') {
                        let (_, value) = pair.split_once('=').unwrap_or(("", pair));
                        self.learn_quietly("cookie", value.trim().trim_matches('"'));
                    }
                }
                name if is_secret_name(name) => self.learn_quietly(name, value),
                _ => {}
            }
        }
    }

    fn learn_credentials(&self, value: &str) {
        let Some((scheme, rest)) = value.split_once(' ') else {
            return self.learn_quietly("authorization", value);
        };
        let rest = rest.trim();
        if scheme.eq_ignore_ascii_case("basic")
            && let Some(pair) =
                STANDARD.decode(rest).ok().and_then(|pair| String::from_utf8(pair).ok())
            && let Some((_, password)) = pair.split_once(':')
        {
            self.learn_quietly("password", password);
        }
        self.learn_quietly("authorization", rest);
    }

    /// Learns what never stands in the file by itself, so that it may be short.
    fn learn_quietly(&self, name: &str, secret: &str) {
        if !Redaction::is_too_short(secret) {
            let shown = (name.to_owned(), secret.to_owned());
            let all = &mut self.tape().shown;
            if !all.contains(&shown) {
                all.push(shown);
            }
        }
    }
}

impl Exchanges for Recorder {
    fn uses_network(&self) -> bool {
        true
    }

    fn answer(&self, _: &HttpRequest) -> Answered {
        Answered::Network
    }

    fn heard(&self, request: &HttpRequest, answer: Result<&HttpAnswer, &str>) {
        self.learn_from(request);
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
        let headers = request.headers.iter();
        let headers = headers.filter(|(name, _)| ASKED.contains(&name.as_str())).cloned().collect();
        let (mut status, mut answer_headers) = (200, BTreeMap::new());
        let (mut said, mut said_base64) = (None, None);
        if let Ok(answer) = answer {
            status = answer.status;
            for (name, value) in &answer.headers {
                let name = name.to_ascii_lowercase();
                if !DROPPED.contains(&name.as_str()) {
                    let all: &mut String = answer_headers.entry(name).or_default();
                    if !all.is_empty() {
                        all.push_str(", ");
                    }
                    all.push_str(value);
                }
            }
            (said, said_base64) = body(&answer.body);
        }
        self.tape().http.push(Exchange {
            method: request.method.clone(),
            url: request.url.clone(),
            headers,
            body: text(&request.body).filter(|body| !body.is_empty()),
            unreachable: answer.is_err(),
            status,
            answer_headers,
            answer: said.filter(|body| !body.is_empty()),
            answer_base64: said_base64,
        });
    }
}

impl FilesHeard for Recorder {
    fn listed(&self, file: LentFile) {
        // What comes with the extension is there again.
        if !file.is_directory && !file.folder.starts_with('.') {
            let key = (file.folder.clone(), file.path.clone());
            self.tape().files.entry(key).or_insert((file, None));
        }
    }

    fn read(&self, folder: &str, path: &str, bytes: &[u8]) {
        if folder.starts_with('.') {
            return;
        }
        let unlisted = || LentFile {
            folder: folder.to_owned(),
            path: path.to_owned(),
            is_directory: false,
            size: bytes.len() as u64,
            modified: (0, 0),
        };
        let key = (folder.to_owned(), path.to_owned());
        let mut tape = self.tape();
        let (_, read) = tape.files.entry(key).or_insert_with(|| (unlisted(), None));
        *read = Some(bytes.to_vec());
    }
}

fn lent(file: &LentFile, bytes: Option<&[u8]>) -> File {
    let (seconds, nanoseconds) = file.modified;
    let modified = jiff::Timestamp::new(seconds, i32::try_from(nanoseconds).unwrap_or(0));
    let (text, base64) = bytes.map_or((None, None), body);
    File {
        folder: file.folder.clone(),
        path: file.path.clone(),
        modified: modified.ok().map(|time| time.to_string()),
        size: if bytes.is_none() { Some(file.size) } else { None },
        text,
        base64,
    }
}

/// Writes bytes as text if they are some.
fn body(bytes: &[u8]) -> (Option<String>, Option<String>) {
    // A carriage return would not survive in a text of several lines.
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => (Some(text.to_owned()), None),
        _ => (None, Some(STANDARD.encode(bytes))),
    }
}

#[cfg(test)]
mod tests;

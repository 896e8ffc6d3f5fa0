//! The world that a conversation describes, behind the ports that a host
//! lends. Nothing in it reaches the network or a file.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ctx_model::{
    Answered, Content, Context, ContextError, Document, DocumentId, Environment, Exchanges,
    ExtensionName, Hit, Hits, HttpAnswer, HttpRequest, KeyPage, KeyValue, KeyValueError, Network,
    PlayedTime, Query, Secrets, SecretsError, SourceStatus, Span, Stored,
};

use crate::format::{Conversation, Exchange, Found, Looked, Step};
use crate::matching::{differences, nearest, quoted};

/// Strangers that one step tells of.
const TOLD: usize = 8;

/// The world of one conversation.
pub struct World {
    time: Arc<PlayedTime>,
    secrets: BTreeMap<String, String>,
    env: BTreeMap<String, String>,
    /// All that any step finds.
    found: Vec<Found>,
    play: Mutex<Play>,
}

/// One step of it.
#[derive(Default)]
struct Play {
    exchanges: Vec<(Exchange, bool)>,
    looked: Vec<(Looked, bool)>,
    /// What was asked and is not in the conversation.
    strangers: Vec<String>,
    kept: BTreeMap<(String, String), Vec<u8>>,
}

impl World {
    /// Makes the world of a conversation, before its first step.
    pub fn new(conversation: &Conversation) -> Arc<Self> {
        let bytes = |text: &Option<String>, base64: &Option<String>| match (text, base64) {
            (Some(text), _) => text.clone().into_bytes(),
            (None, base64) => {
                STANDARD.decode(base64.as_deref().unwrap_or_default()).unwrap_or_default()
            }
        };
        let kept = conversation
            .kept
            .iter()
            .map(|kept| ((kept.bucket.clone(), kept.key.clone()), bytes(&kept.text, &kept.base64)));
        let looked = conversation.steps.iter().flat_map(|step| &step.context);
        Arc::new(Self {
            time: Arc::new(PlayedTime::new(0, conversation.seed, false)),
            secrets: conversation.secrets.clone(),
            env: conversation.env.clone(),
            found: conversation
                .documents
                .iter()
                .chain(looked.flat_map(|looked| &looked.results))
                .cloned()
                .collect(),
            play: Mutex::new(Play { kept: kept.collect(), ..Play::default() }),
        })
    }

    /// Returns its time.
    pub fn time(&self) -> Arc<PlayedTime> {
        self.time.clone()
    }

    /// Begins a step, at a time.
    pub fn begin(&self, step: &Step, now: i64) {
        self.time.begin(now);
        let mut play = self.play();
        play.exchanges = step.http.iter().map(|one| (one.clone(), false)).collect();
        play.looked = step.context.iter().map(|one| (one.clone(), false)).collect();
        play.strangers.clear();
    }

    /// Ends a step. Says what was asked beside the conversation, and what of it
    /// was never asked.
    pub fn end(&self) -> Vec<String> {
        let mut play = self.play();
        let mut told = std::mem::take(&mut play.strangers);
        for (at, (exchange, is_used)) in play.exchanges.iter().enumerate() {
            if !is_used {
                told.push(format!("http {} was never asked: {}", at + 1, named(exchange)));
            }
        }
        for (looked, is_used) in &play.looked {
            if !is_used {
                told.push(format!("context was never searched for {}", quoted(&looked.query)));
            }
        }
        told
    }

    fn play(&self) -> MutexGuard<'_, Play> {
        self.play.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Play {
    fn stranger(&mut self, told: String) {
        if self.strangers.len() < TOLD {
            self.strangers.push(told);
        }
    }

    fn told(&self, request: &HttpRequest) -> String {
        let asked = format!("{} {}", request.method, request.url);
        let unused = || self.exchanges.iter().enumerate().filter(|(_, (_, used))| !used);
        let left = nearest(unused().map(|(at, (one, _))| (at, one)), request);
        match left {
            Some((at, exchange, why)) => format!(
                "{asked} is not in the conversation; the nearest is http {} ({}), but {}",
                at + 1,
                named(exchange),
                why.join("; ")
            ),
            None => {
                match self.exchanges.iter().find(|(one, _)| differences(one, request).is_empty()) {
                    Some(_) => format!("{asked} is asked once more than the conversation has it"),
                    None => format!("{asked} is not in the conversation, of which nothing is left"),
                }
            }
        }
    }
}

fn named(exchange: &Exchange) -> String {
    format!("{} {}", exchange.method.to_ascii_uppercase(), exchange.url)
}

impl Network for World {
    fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn exchanges(&self) -> Option<&dyn Exchanges> {
        Some(self)
    }
}

impl Exchanges for World {
    fn uses_network(&self) -> bool {
        false
    }

    fn answer(&self, request: &HttpRequest) -> Answered {
        let mut play = self.play();
        let is_it = |(exchange, used): &(Exchange, bool)| {
            !used && differences(exchange, request).is_empty()
        };
        let Some(at) = play.exchanges.iter().position(is_it) else {
            let told = play.told(request);
            play.stranger(told);
            return Answered::Nowhere;
        };
        let (exchange, used) = &mut play.exchanges[at];
        *used = true;
        if exchange.unreachable {
            return Answered::Nowhere;
        }
        let body = match (&exchange.answer, &exchange.answer_base64) {
            (Some(text), _) => text.clone().into_bytes(),
            (None, Some(base64)) => STANDARD.decode(base64).unwrap_or_default(),
            (None, None) => Vec::new(),
        };
        let headers = exchange.answer_headers.iter();
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
        Answered::Here(HttpAnswer { status: exchange.status, headers: headers.collect(), body })
    }

    fn heard(&self, _: &HttpRequest, _: Result<&HttpAnswer, &str>) {}
}

impl Secrets for World {
    fn get(&self, name: &str) -> Result<String, SecretsError> {
        self.secrets.get(name).cloned().ok_or(SecretsError::NotSet)
    }
}

impl Environment for World {
    fn get(&self, name: &str) -> Option<String> {
        self.env.get(name).cloned()
    }
}

impl KeyValue for World {
    fn get(
        &self,
        _: &ExtensionName,
        bucket: &str,
        key: &str,
    ) -> Result<Option<Vec<u8>>, KeyValueError> {
        Ok(self.play().kept.get(&(bucket.to_owned(), key.to_owned())).cloned())
    }

    fn set(
        &self,
        _: &ExtensionName,
        bucket: &str,
        key: &str,
        value: &[u8],
    ) -> Result<(), KeyValueError> {
        self.play().kept.insert((bucket.to_owned(), key.to_owned()), value.to_vec());
        Ok(())
    }

    fn delete(&self, _: &ExtensionName, bucket: &str, key: &str) -> Result<(), KeyValueError> {
        self.play().kept.remove(&(bucket.to_owned(), key.to_owned()));
        Ok(())
    }

    fn list_keys(
        &self,
        _: &ExtensionName,
        bucket: &str,
        prefix: &str,
        cursor: Option<&str>,
    ) -> Result<KeyPage, KeyValueError> {
        let play = self.play();
        let keys = play.kept.keys().filter(|(one, _)| one == bucket).map(|(_, key)| key);
        let keys = keys.filter(|key| {
            key.starts_with(prefix) && cursor.is_none_or(|cursor| key.as_str() > cursor)
        });
        Ok(KeyPage { keys: keys.cloned().collect(), cursor: None })
    }
}

impl Context for World {
    fn search(&self, query: &Query) -> Result<Hits, ContextError> {
        let mut play = self.play();
        let place = play.looked.iter().position(|(one, used)| !used && one.query == query.text);
        let Some(at) = place else {
            let left: Vec<String> = play
                .looked
                .iter()
                .filter(|(_, used)| !used)
                .map(|(one, _)| quoted(&one.query))
                .collect();
            let left = if left.is_empty() { "nothing".to_owned() } else { left.join(", ") };
            let asked = quoted(&query.text);
            play.stranger(format!(
                "a search for {asked} is not in the conversation, which has {left} left"
            ));
            return Err(ContextError::Other("the conversation has no such search".to_owned()));
        };
        let (looked, used) = &mut play.looked[at];
        *used = true;
        let most = if query.limit == 0 { usize::MAX } else { query.limit as usize };
        let hits = looked.results.iter().take(most).map(hit).collect();
        Ok(Hits { hits, mode: query.mode, ..Hits::default() })
    }

    fn get(&self, id: &str) -> Result<Option<Stored>, ContextError> {
        let is_it = |found: &&Found| identity(found).to_string() == id || found.id == id;
        Ok(self.found.iter().find(is_it).map(stored))
    }

    fn sources(&self) -> Result<Vec<SourceStatus>, ContextError> {
        let mut counted: BTreeMap<&str, u64> = BTreeMap::new();
        for found in &self.found {
            *counted.entry(&found.source).or_default() += 1;
        }
        let status = |(name, documents): (&str, u64)| SourceStatus {
            name: name.to_owned(),
            extension: name.to_owned(),
            configured: true,
            ready: true,
            note: None,
            documents,
            chunks: documents,
            synced: None,
        };
        Ok(counted.into_iter().map(status).collect())
    }
}

fn hit(found: &Found) -> Hit {
    Hit {
        id: identity(found),
        source: found.source.clone(),
        document_id: found.id.clone(),
        title: found.title.clone(),
        uri: found.url.clone(),
        media_type: "text/plain".to_owned(),
        modified: None,
        span: Span { start: 0, end: u32::try_from(found.snippet.len()).unwrap_or(u32::MAX) },
        snippet: found.snippet.clone(),
        score: found.score,
    }
}

fn stored(found: &Found) -> Stored {
    Stored {
        id: identity(found),
        source: found.source.clone(),
        document: Document {
            id: found.id.clone(),
            version: String::new(),
            title: Some(found.title.clone()),
            author: None,
            uri: found.url.clone(),
            media_type: "text/plain".to_owned(),
            language: None,
            created: None,
            modified: None,
            data_classes: None,
            metadata: "{}".to_owned(),
            content: Content::Text(found.text.clone().unwrap_or_else(|| found.snippet.clone())),
        },
        chunks: Vec::new(),
    }
}

/// Returns the id of a document that is found: its own if it has the form of
/// one, or one that is always the same for it.
fn identity(found: &Found) -> DocumentId {
    use sha2::{Digest as _, Sha256};
    found.id.parse().unwrap_or_else(|_| {
        let hash = Sha256::digest(format!("{}\0{}", found.source, found.id));
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        DocumentId(id)
    })
}

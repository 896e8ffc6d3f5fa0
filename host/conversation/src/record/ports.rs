//! The ports of a host, with a recorder that listens.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use ctx_model::{
    Content, Context, ContextError, Environment, Exchanges, ExtensionName, Hits, KeyPage, KeyValue,
    KeyValueError, Network, Query, Secrets, SecretsError, SourceStatus, Stored,
};

use super::Recorder;
use crate::format::{Found, Looked};

/// A port, and who listens to it.
struct Heard<P: ?Sized> {
    port: Arc<P>,
    recorder: Arc<Recorder>,
}

impl Recorder {
    /// Listens to the network.
    pub fn network(self: &Arc<Self>, port: Arc<dyn Network>) -> Arc<dyn Network> {
        Arc::new(Heard { port, recorder: self.clone() })
    }

    /// Listens to secrets.
    pub fn secrets(self: &Arc<Self>, port: Arc<dyn Secrets>) -> Arc<dyn Secrets> {
        Arc::new(Heard { port, recorder: self.clone() })
    }

    /// Listens to the environment.
    pub fn env(self: &Arc<Self>, port: Arc<dyn Environment>) -> Arc<dyn Environment> {
        Arc::new(Heard { port, recorder: self.clone() })
    }

    /// Listens to what is kept.
    pub fn kv(self: &Arc<Self>, port: Arc<dyn KeyValue>) -> Arc<dyn KeyValue> {
        Arc::new(Heard { port, recorder: self.clone() })
    }

    /// Listens to searches.
    pub fn context(self: &Arc<Self>, port: Arc<dyn Context>) -> Arc<dyn Context> {
        Arc::new(Heard { port, recorder: self.clone() })
    }
}

impl Network for Heard<dyn Network> {
    fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        self.port.resolve(host)
    }

    fn route(&self, address: SocketAddr) -> SocketAddr {
        self.port.route(address)
    }

    fn exchanges(&self) -> Option<&dyn Exchanges> {
        Some(&*self.recorder)
    }
}

impl Secrets for Heard<dyn Secrets> {
    fn get(&self, name: &str) -> Result<String, SecretsError> {
        let found = self.port.get(name);
        if let Ok(secret) = &found {
            self.recorder.learn(name, secret);
            let instead = self.recorder.clean(secret);
            self.recorder.tape().secrets.insert(name.to_owned(), instead);
        }
        found
    }
}

impl Environment for Heard<dyn Environment> {
    fn get(&self, name: &str) -> Option<String> {
        let found = self.port.get(name);
        // Often a token, and no less private than a secret.
        if let Some(value) = &found {
            self.recorder.learn(name, value);
            let instead = self.recorder.clean(value);
            self.recorder.tape().env.insert(name.to_owned(), instead);
        }
        found
    }
}

impl KeyValue for Heard<dyn KeyValue> {
    fn get(
        &self,
        extension: &ExtensionName,
        bucket: &str,
        key: &str,
    ) -> Result<Option<Vec<u8>>, KeyValueError> {
        let found = self.port.get(extension, bucket, key)?;
        self.was(bucket, key, found.clone());
        Ok(found)
    }

    fn set(
        &self,
        extension: &ExtensionName,
        bucket: &str,
        key: &str,
        value: &[u8],
    ) -> Result<(), KeyValueError> {
        // What it writes without a look was not there, for all that it knows.
        self.was(bucket, key, None);
        self.port.set(extension, bucket, key, value)
    }

    fn delete(
        &self,
        extension: &ExtensionName,
        bucket: &str,
        key: &str,
    ) -> Result<(), KeyValueError> {
        self.was(bucket, key, None);
        self.port.delete(extension, bucket, key)
    }

    fn list_keys(
        &self,
        extension: &ExtensionName,
        bucket: &str,
        prefix: &str,
        cursor: Option<&str>,
    ) -> Result<KeyPage, KeyValueError> {
        let page = self.port.list_keys(extension, bucket, prefix, cursor)?;
        for key in &page.keys {
            let value = self.port.get(extension, bucket, key)?;
            self.was(bucket, key, value);
        }
        Ok(page)
    }
}

impl Heard<dyn KeyValue> {
    /// Notes what a key held before the run, if nothing is known of it yet.
    fn was(&self, bucket: &str, key: &str, value: Option<Vec<u8>>) {
        let key = (bucket.to_owned(), key.to_owned());
        self.recorder.tape().kept.entry(key).or_insert(value);
    }
}

impl Context for Heard<dyn Context> {
    fn search(&self, query: &Query) -> Result<Hits, ContextError> {
        let hits = self.port.search(query)?;
        let results = hits.hits.iter().map(|hit| Found {
            source: hit.source.clone(),
            id: hit.id.to_string(),
            title: hit.title.clone(),
            url: hit.uri.clone(),
            snippet: hit.snippet.clone(),
            score: hit.score,
            text: None,
        });
        let looked = Looked { query: query.text.clone(), results: results.collect() };
        self.recorder.tape().looked.push(looked);
        Ok(hits)
    }

    fn get(&self, id: &str) -> Result<Option<Stored>, ContextError> {
        let found = self.port.get(id)?;
        if let Some(stored) = &found {
            let text = match &stored.document.content {
                Content::Text(text) => Some(text.clone()),
                Content::Bytes(_) | Content::Deferred => None,
            };
            self.recorder.tape().documents.push(Found {
                source: stored.source.clone(),
                id: stored.id.to_string(),
                title: stored.document.title.clone().unwrap_or_default(),
                url: stored.document.uri.clone(),
                snippet: String::new(),
                score: 0.0,
                text,
            });
        }
        Ok(found)
    }

    fn sources(&self) -> Result<Vec<SourceStatus>, ContextError> {
        self.port.sources()
    }
}

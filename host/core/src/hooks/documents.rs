//! Documents in hooks: brought into shape before they are cut, looked at
//! before they are stored.

use ctx_model::{Caller, Content, Document, Phase};
use serde_json::{Map, Value, json};

use super::{Classes, HookContext, HookError, PhaseCall, PhaseReport};
use crate::host::Host;

impl Host {
    /// Returns the classes of data that the operator gave a source.
    pub(crate) fn source_classes(&self, source: &str) -> Vec<String> {
        let authority = self.authority();
        let mut classes = Vec::new();
        // A workspace adds to the user's own word, and takes nothing from it.
        for config in [&authority.user, &authority.config] {
            if let Some(source) = config.sources.get(source) {
                super::merge::tags(&mut classes, source.data_classes.clone());
            }
        }
        classes
    }

    /// Has hooks bring a document of text into shape.
    pub(crate) async fn normalized(
        &self,
        source: &str,
        mut document: Document,
        caller: &Caller,
    ) -> Result<Document, String> {
        if !self.listens(Phase::Normalize) {
            return Ok(document);
        }
        let call = self.call_of(source, &document, caller);
        let report = self.run_phase(Phase::Normalize, call).await;
        let PhaseReport { changes, .. } = report.map_err(|error| error.to_string())?;
        for (key, value) in changes {
            if let Err(why) = change(&mut document, &key, &value) {
                tracing::warn!(document = document.id, key, why, "a change was left out");
            }
        }
        Ok(document)
    }

    /// Asks hooks whether a document may be stored.
    pub(crate) async fn validated(
        &self,
        source: &str,
        document: &Document,
        caller: &Caller,
    ) -> Result<(), String> {
        if !self.listens(Phase::PreSaveValidate) {
            return Ok(());
        }
        let call = self.call_of(source, document, caller);
        match self.run_phase(Phase::PreSaveValidate, call).await {
            Ok(_) => Ok(()),
            Err(HookError::Rejected { problems, .. }) => {
                Err(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
            }
            Err(error) => Err(error.to_string()),
        }
    }

    fn call_of(&self, source: &str, document: &Document, caller: &Caller) -> PhaseCall {
        PhaseCall {
            kind: "document".to_owned(),
            subject: entity(source, document),
            context: HookContext::default(),
            classes: Classes::of_document(&self.source_classes(source), document),
            document: Some(format!("document:{source}/{}", document.id)),
            dry_run: false,
            caller: caller.clone(),
        }
    }
}

/// Returns a document as hooks see it.
fn entity(source: &str, document: &Document) -> Value {
    let metadata = serde_json::from_str(&document.metadata).unwrap_or_else(|_| json!({}));
    let text = match &document.content {
        Content::Text(text) => text.as_str(),
        Content::Bytes(_) | Content::Deferred => "",
    };
    let mut entity = Map::new();
    for (key, value) in [
        ("source", Some(json!(source))),
        ("id", Some(json!(document.id))),
        ("media_type", Some(json!(document.media_type))),
        ("title", document.title.as_ref().map(|it| json!(it))),
        ("author", document.author.as_ref().map(|it| json!(it))),
        ("uri", document.uri.as_ref().map(|it| json!(it))),
        ("language", document.language.as_ref().map(|it| json!(it))),
        ("created", document.created.map(|it| json!(it))),
        ("modified", document.modified.map(|it| json!(it))),
        ("metadata", Some(metadata)),
        ("text", Some(json!(text))),
    ] {
        if let Some(value) = value {
            entity.insert(key.to_owned(), value);
        }
    }
    Value::Object(entity)
}

/// Sets one key of a document. What tells it from others stays.
fn change(document: &mut Document, key: &str, value: &Value) -> Result<(), &'static str> {
    let text = || match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        _ => Err("it is neither a string nor null"),
    };
    let time = || match value {
        Value::Null => Ok(None),
        Value::Number(number) => number.as_i64().map(Some).ok_or("it is no whole number"),
        _ => Err("it is neither a number of seconds nor null"),
    };
    match key {
        "title" => document.title = text()?,
        "author" => document.author = text()?,
        "uri" => document.uri = text()?,
        "language" => document.language = text()?,
        "created" => document.created = time()?,
        "modified" => document.modified = time()?,
        "metadata" if value.is_object() => document.metadata = value.to_string(),
        "metadata" => return Err("it is no object"),
        "text" => document.content = Content::Text(text()?.ok_or("a document has a text")?),
        _ => return Err("no hook may change it"),
    }
    Ok(())
}

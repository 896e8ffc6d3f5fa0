//! Modules of LeanCTX (`wasm-abi-v1`): what they say of themselves by what they
//! export, and the items that they fetch as documents.

use std::sync::Arc;

use ctx_model::{
    CallError, Change, Content, Document, Failure, FailureKind, Limits, Page, Receipt, Role,
    SourceInfo, TransformInfo, Usage,
};
use ctx_sandbox::{AbiModule, Description, Lent, Sandbox};
use serde_json::{Value, json};

/// Items of one answer of which more are cut off.
const MOST: usize = 10_000;

/// Says what a module is: a compressor under its file's name, a connector with
/// what its `STEM.provider.json` says, or both, by what it exports.
pub(crate) fn describe(
    module: &AbiModule,
    stem: &str,
    provider: Option<&str>,
) -> Result<Description, String> {
    let mut description = Description::default();
    if module.compresses {
        description.roles.push(Role::Compressor);
        description.transforms.compressors.push(TransformInfo {
            name: stem.to_owned(),
            description: format!("`{stem}`, a module of wasm-abi-v1"),
            ..TransformInfo::default()
        });
    }
    if module.fetches {
        let said: Value = match provider {
            None => json!({}),
            Some(text) => serde_json::from_str(text)
                .map_err(|error| format!("its `{stem}.provider.json` is no JSON: {error}"))?,
        };
        let display = said["display"].as_str().or(said["id"].as_str()).unwrap_or(stem);
        let mut actions: Vec<&str> =
            said["actions"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if actions.is_empty() {
            actions.push("fetch");
        }
        let text = |what: &str| json!({"type": "string", "description": what});
        let schema = json!({
            "type": "object",
            "properties": {
                "action": {"type": "string", "enum": actions, "default": actions[0]},
                "project": text("Which project"),
                "state": text("Which state"),
                "query": text("Words to look for"),
                "id": text("One item"),
                "limit": {"type": "integer", "minimum": 1, "description": "At most so many"},
            },
            "additionalProperties": false,
        });
        description.roles.insert(0, Role::Connector);
        description.source = Some(SourceInfo {
            description: display.to_owned(),
            settings_schema: schema.to_string(),
            incremental: false,
            // A list that is cut short says so, and then tells no absence.
            complete: true,
            streaming: false,
        });
    }
    Ok(description)
}

/// A walk through what a module fetches: one page.
pub(crate) struct Fetching {
    pub(crate) sandbox: Sandbox,
    pub(crate) module: AbiModule,
    pub(crate) lent: Lent,
    pub(crate) limits: Limits,
    /// The settings of the source, as JSON.
    pub(crate) settings: String,
    pub(crate) is_over: bool,
    pub(crate) spent: Usage,
}

impl Fetching {
    /// Gives the one page there is.
    pub(crate) async fn next(&mut self) -> Receipt<Option<Page>> {
        if std::mem::replace(&mut self.is_over, true) {
            return Receipt { outcome: Ok(None), usage: self.spent };
        }
        let mut params: Value = serde_json::from_str(&self.settings).unwrap_or_default();
        let action = params.as_object_mut().and_then(|all| all.remove("action"));
        let request = json!({"action": action.unwrap_or("fetch".into()), "params": params});
        let (lent, limits) = (self.lent.clone(), self.limits.clone());
        let extension = lent.loan.extension.clone();
        let fetched =
            self.sandbox.fetch_with_module(&self.module, lent, limits, request.to_string());
        let Receipt { outcome, usage } = Box::pin(fetched).await;
        self.spent = usage;
        let outcome = outcome.and_then(|text| match page(&text) {
            Ok(page) => Ok(Some(page)),
            Err(message) => {
                let kind = FailureKind::Internal;
                let failure = Failure { kind, message, retry_after: None, details: None };
                Err(CallError::Failed { extension, failure })
            }
        });
        Receipt { outcome, usage }
    }

    /// What was put off is nothing: each item has its body.
    pub(crate) fn read(&self, id: &str) -> Receipt<Content> {
        let failure = Failure {
            kind: FailureKind::NotFound,
            message: format!("`{id}` was not put off"),
            retry_after: None,
            details: None,
        };
        let extension = self.lent.loan.extension.clone();
        Receipt { outcome: Err(CallError::Failed { extension, failure }), usage: self.spent }
    }
}

/// Reads what a module answered. An item without an id, and an answer without
/// items, are faults and no empty lists.
fn page(text: &str) -> Result<Page, String> {
    let answer: Value =
        serde_json::from_str(text).map_err(|error| format!("its answer is no JSON: {error}"))?;
    let Some(items) = answer["items"].as_array() else {
        return Err("its answer has no list `items`".to_owned());
    };
    let kind = answer["resource_type"].as_str().unwrap_or("item");
    let mut changes = Vec::with_capacity(items.len().min(MOST));
    for (at, item) in items.iter().take(MOST).enumerate() {
        let field = |name: &str| match &item[name] {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let Some(id) = field("id") else {
            return Err(format!("item {at} of its answer has no `id`"));
        };
        let time = |name: &str| {
            let text = item[name].as_str()?;
            text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
        };
        let metadata = json!({
            "resource_type": kind,
            "state": item["state"],
            "labels": item["labels"],
        });
        changes.push(Change::Upsert(Document {
            version: String::new(),
            title: field("title"),
            author: field("author"),
            uri: field("url"),
            media_type: "text/markdown".to_owned(),
            language: None,
            created: time("created_at"),
            modified: time("updated_at"),
            data_classes: None,
            metadata: metadata.to_string(),
            content: Content::Text(field("body").or_else(|| field("title")).unwrap_or_default()),
            id,
        }));
    }
    let is_cut = answer["truncated"].as_bool() == Some(true) || items.len() > MOST;
    if is_cut {
        changes.push(Change::Skip(ctx_model::Skipped {
            id: None,
            reason: "its answer was truncated".to_owned(),
        }));
    }
    Ok(Page { changes, checkpoint: None, total: answer["total_count"].as_u64() })
}

/// What a module is compiled from, and what it is called.
pub(crate) struct ForeignCode {
    pub(crate) stem: String,
    pub(crate) provider: Option<String>,
    pub(crate) prepared: std::sync::OnceLock<Result<AbiModule, ctx_sandbox::PrepareError>>,
    pub(crate) bytes: Arc<[u8]>,
}

impl ForeignCode {
    /// Compiles it on first use. Blocks.
    pub(crate) fn prepared(
        &self,
        sandbox: &Sandbox,
    ) -> Result<&AbiModule, ctx_sandbox::PrepareError> {
        let prepare = || sandbox.prepare_module(&self.bytes);
        self.prepared.get_or_init(prepare).as_ref().map_err(Clone::clone)
    }
}

//! `search`: which documents are about something.

use async_trait::async_trait;
use ctx_model::{CallRequest, Failure, FailureKind, Hit, Mode, Query, Reply, Timestamp, ToolInfo};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::super::{NativeTool, Surroundings};
use super::{answered, arguments, broken, budget_schema, failure, offered, refused, shape, time};
use crate::shape::Shape;

/// Hits of one answer at most.
const MOST: u32 = 1000;

pub(super) struct Search;

#[async_trait]
impl NativeTool for Search {
    fn info(&self) -> ToolInfo {
        let schema = json!({
            "type": "object",
            "properties": {
                "query": {"type": "string", "description": "Words to look for"},
                "mode": {
                    "type": "string",
                    "enum": ["keyword", "semantic", "hybrid"],
                    "default": "keyword",
                    "description": "How to look",
                },
                "limit": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": MOST,
                    "default": 12,
                    "description": "At most so many results",
                },
                "view": {
                    "type": "string",
                    "description": "A read-mode: show each document through it",
                },
                "compress": {
                    "type": "string",
                    "description": "A compressor, such as `markdown`: show whole passages",
                },
                "budget": budget_schema("What all snippets may take"),
                "filters": {
                    "type": "object",
                    "description": "Which documents to look at",
                    "properties": {
                        "source": {"type": "string", "description": "Only this source"},
                        "since": {"type": "string", "description": "Not older than this, as YYYY-MM-DD"},
                        "until": {"type": "string", "description": "Older than this, as YYYY-MM-DD"},
                    },
                },
            },
            "required": ["query"],
        });
        offered("search", "Search", "Search the gathered documents", &schema)
    }

    async fn call(&self, request: CallRequest, around: Surroundings) -> Result<Reply, Failure> {
        let arguments = arguments(&request.arguments)?;
        let (query, wanted) = (query(&arguments)?, shape(&arguments)?);
        let hits = around.context.search(&query).map_err(broken)?;
        let wanted = Shape { query: Some(query.text), ..wanted };
        let hits = around.transforms.hits(hits, wanted).await.map_err(refused)?;
        let results: Vec<Value> = hits.hits.iter().map(result).collect();
        let mut answer = json!({"results": results});
        if !hits.notices.is_empty() {
            let said = hits.notices.iter().map(ToString::to_string);
            answer["notices"] = said.collect::<Vec<_>>().into();
        }
        Ok(answered(&answer))
    }
}

fn query(arguments: &Value) -> Result<Query, Failure> {
    let text = arguments["query"].as_str().unwrap_or_default();
    if text.trim().is_empty() {
        return Err(failure(FailureKind::InvalidInput, "query must not be empty"));
    }
    let filters = &arguments["filters"];
    let source = filters["source"].as_str().map(str::to_owned);
    let limit = arguments["limit"].as_u64().and_then(|limit| u32::try_from(limit).ok());
    Ok(Query {
        text: text.to_owned(),
        mode: match arguments["mode"].as_str() {
            Some("semantic") => Mode::Semantic,
            Some("hybrid") => Mode::Hybrid,
            _ => Mode::Keyword,
        },
        sources: source.into_iter().collect(),
        since: day("since", filters)?,
        until: day("until", filters)?,
        limit: limit.unwrap_or(12).clamp(1, MOST),
        ..Query::default()
    })
}

/// Reads the beginning of a day.
fn day(key: &str, filters: &Value) -> Result<Option<Timestamp>, Failure> {
    let Some(text) = filters[key].as_str() else { return Ok(None) };
    let day = text.parse::<Date>().and_then(|day| day.to_zoned(TimeZone::UTC));
    match day {
        Ok(day) => Ok(Some(day.timestamp().as_second())),
        Err(_) => Err(failure(
            FailureKind::InvalidInput,
            format!("`{key}` is `{text}`, and no date such as 2025-01-31"),
        )),
    }
}

fn result(hit: &Hit) -> Value {
    json!({
        "id": hit.id.to_string(),
        "score": hit.score,
        "title": (!hit.title.is_empty()).then_some(&hit.title),
        "source": hit.source,
        "source_id": hit.document_id,
        "updated_at": time(hit.modified),
        "snippet": hit.snippet,
        "source_url": hit.uri,
    })
}

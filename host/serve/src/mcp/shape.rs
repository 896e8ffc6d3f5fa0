//! How a client's model gets the text of a tool's answer: as the request says
//! beside its arguments, else as the config says for all of them.

use ctx_core::{Host, Shape};
use ctx_model::Budget;
use rmcp::model::RequestMetaObject;
use serde_json::Value;

/// What a request may say under `_meta`: a read-mode and what it is to compare
/// with, a compressor, and what the text may take, in tokens or in bytes with
/// their unit.
const VIEW: &str = "ctx/view";
const AGAINST: &str = "ctx/against";
const COMPRESS: &str = "ctx/compress";
const BUDGET: &str = "ctx/budget";

/// Reads how the text of an answer is wanted.
pub(crate) fn asked(meta: &RequestMetaObject) -> Shape {
    let budget = match meta.get(BUDGET) {
        Some(Value::Number(tokens)) => {
            tokens.as_u64().and_then(|tokens| u32::try_from(tokens).ok()).map(Budget::Tokens)
        }
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    let text = |key: &str| meta.get(key).and_then(Value::as_str).map(str::to_owned);
    let (view, against, compress) = (text(VIEW), text(AGAINST), text(COMPRESS));
    Shape { view, against, compress, budget, ..Shape::default() }
}

/// Returns how the text of a tool's answer is given.
pub(crate) fn of_answer(asked: &Shape, host: &Host) -> Shape {
    host.answer_shape(asked.clone())
}

/// Returns how a document is given.
pub(crate) fn of_document(asked: &Shape, host: &Host) -> Shape {
    host.document_shape(asked.clone())
}

//! The short way of a call whose answer is a single message: no session, no
//! stream, no task of its own. rmcp spawns four of them for each request,
//! which costs more than a small tool. What is out of the ordinary in any way
//! takes the long way, where rmcp says what is wrong with it.

use std::sync::Arc;

use ::http::request::Parts;
use ::http::{HeaderMap, Response, StatusCode, header};
use axum::body::Body;
use rmcp::ErrorData;
use rmcp::model::{
    CallToolRequestParams, ErrorCode, JsonRpcVersion2_0, ProtocolVersion, RequestId,
    ServerJsonRpcMessage, ServerResult,
};
use serde::Deserialize;

use super::caller::Client;
use super::session::Server;
use super::tools;

const METHOD: &str = "tools/call";

/// A call, as it stands in a body.
#[derive(Deserialize)]
struct Message {
    #[serde(rename = "jsonrpc")]
    _version: JsonRpcVersion2_0,
    id: RequestId,
    method: String,
    params: CallToolRequestParams,
}

/// Whether the headers promise an ordinary call.
pub(crate) fn may_be(headers: &HeaderMap) -> bool {
    let is = |name: &str, value: &str| only(headers, name).is_some_and(|text| text == value);
    let accepts = only(headers, header::ACCEPT.as_str()).is_some_and(|accepted| {
        let has = |kind| accepted.split(',').any(|one| one.trim() == kind);
        has("application/json") && has("text/event-stream")
    });
    accepts
        && is(header::CONTENT_TYPE.as_str(), "application/json")
        && is("mcp-protocol-version", ProtocolVersion::V_2026_07_28.as_str())
        && is("mcp-method", METHOD)
        && !headers.contains_key("mcp-session-id")
        && !headers.keys().any(|name| name.as_str().starts_with("mcp-param-"))
}

/// Answers an ordinary call, or nothing if it is none.
pub(crate) async fn answer(
    server: &Arc<Server>,
    parts: &Parts,
    body: &[u8],
) -> Option<Response<Body>> {
    let Message { id, method, mut params, .. } = serde_json::from_slice(body).ok()?;
    let meta = params.meta.take()?;
    let capabilities = meta.client_capabilities()?;
    let is_ordinary = method == METHOD
        && only(&parts.headers, "mcp-name").is_some_and(|name| name == params.name)
        && meta.protocol_version() == Some(ProtocolVersion::V_2026_07_28)
        // Whoever wants to hear of it while it runs needs a stream.
        && meta.get_progress_token().is_none()
        && meta.log_level().is_none();
    let catalog = server.host.current()?;
    if !is_ordinary || server.listed.of(&catalog).takes_headers(&params.name) {
        return None;
    }
    let client = Client::alone(server, parts, &meta, capabilities);
    Some(match tools::call(server, params, &client).await {
        Ok(result) => {
            written(StatusCode::OK, &ServerJsonRpcMessage::response(ServerResult::from(result), id))
        }
        Err(error) => {
            let status = status(&error);
            written(status, &ServerJsonRpcMessage::error(error, Some(id)))
        }
    })
}

fn status(error: &ErrorData) -> StatusCode {
    match error.code {
        ErrorCode::MISSING_REQUIRED_CLIENT_CAPABILITY => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    }
}

fn written(status: StatusCode, message: &ServerJsonRpcMessage) -> Response<Body> {
    let (status, body) = match serde_json::to_vec(message) {
        Ok(body) => (status, body),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Vec::new()),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// Returns a header that is there once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

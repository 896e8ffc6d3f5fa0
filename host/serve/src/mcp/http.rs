//! MCP over streamable HTTP: one service for both eras. Whoever mounts it has
//! checked `Host`, `Origin` and the token; refusals of the transport itself
//! leave here as JSON-RPC errors with a code of ours.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use ::http::{Method, Request, Response, StatusCode, header};
use axum::body::Body;
use bytes::Bytes;
use ctx_core::Host;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use rmcp::transport::streamable_http_server::session::SessionId;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::ahead::ahead;
use super::direct;
use super::gathered::gathered;
use super::owner::Owner;
use super::session::{Server, Session};
use super::sessions::{self, Sessions};

/// How long a stream's answers are kept for a client that lost its connection.
const KEPT: Duration = Duration::from_secs(10);

/// Bytes of the message that begins a session. All of it is kept as long as the
/// session is.
const FIRST: usize = 64 << 10;

/// The header that names a session.
const SESSION: &str = "mcp-session-id";

/// The name of a session that there never is.
const NOBODYS: header::HeaderValue = header::HeaderValue::from_static("nobodys");

/// How to serve.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// Ends the streams that would never end by themselves. Calls in flight
    /// go on.
    pub shutdown: CancellationToken,
    /// Bytes of a request's body.
    pub body_limit: usize,
    /// How long a session lives that nobody uses. An open stream is a use.
    pub idle: Duration,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            shutdown: CancellationToken::new(),
            body_limit: 4 * 1024 * 1024,
            idle: Duration::from_mins(5),
        }
    }
}

/// The endpoint, to be mounted at one path.
#[derive(Clone)]
pub struct HttpService {
    inner: StreamableHttpService<Session, LocalSessionManager>,
    server: Arc<Server>,
    sessions: Arc<Sessions>,
    body_limit: usize,
}

/// Serves MCP over HTTP. Idle sessions are ended by a task of the executor that
/// this is called on.
pub fn http(host: Arc<Host>, options: HttpOptions) -> HttpService {
    let HttpOptions { shutdown, body_limit, idle } = options;
    let server = Server::new(host, None, shutdown.clone());
    let mut kept = LocalSessionManager::default();
    // It would end sessions whose stream is open; ours are ended by `Sessions`.
    kept.session_config.keep_alive = None;
    kept.session_config.completed_cache_ttl = KEPT;
    let kept = Arc::new(kept);
    let sessions = Sessions::new(kept.clone(), idle);
    tokio::spawn(sessions::watch(Arc::downgrade(&sessions), idle, shutdown));
    // Its own token would cut off calls in flight; `shutdown` ends no more
    // than what waits for ever.
    let config = StreamableHttpServerConfig::default()
        .with_json_response(true)
        .with_max_request_body_bytes(body_limit)
        .disable_allowed_hosts()
        .disable_allowed_origins();
    let shared = server.clone();
    let inner = StreamableHttpService::new(move || Ok(shared.session()), kept, config);
    HttpService { inner, server, sessions, body_limit }
}

impl tower::Service<Request<Body>> for HttpService {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let service = self.clone();
        Box::pin(async move { Ok(service.answer(request).await) })
    }
}

impl HttpService {
    async fn answer(&self, mut request: Request<Body>) -> Response<Body> {
        let owner = Owner::of(request.extensions());
        if let Some(id) = session(request.headers()) {
            // An answer that is still to come is a use as well.
            let Some(used) = self.sessions.using(&id, &owner, Instant::now()).await else {
                // It may be somebody else's, who is not to be found out.
                request.headers_mut().insert(SESSION, NOBODYS);
                return self.pass_on(request).await;
            };
            let response = self.pass_on(request).await;
            return response.map(|body| used.until_read(body));
        }
        if request.method() != Method::POST {
            return self.pass_on(request).await;
        }
        let (parts, body) = request.into_parts();
        let body = match self.read(body).await {
            Ok(body) => body,
            Err(refusal) => return refusal,
        };
        if direct::may_be(&parts.headers)
            && let Some(response) = direct::answer(&self.server, &parts, &body).await
        {
            return response;
        }
        if body.len() > FIRST && may_begin(&body) {
            let text = format!("an `initialize` may have {FIRST} bytes, and this one has more");
            return worded(StatusCode::PAYLOAD_TOO_LARGE, -32600, "too_large", &text);
        }
        let response = self.pass_on(Request::from_parts(parts, Body::from(body))).await;
        match session(response.headers()) {
            Some(id) if !self.sessions.begun(&id, owner, Instant::now()).await => crowded(),
            _ => response,
        }
    }

    /// Reads a body to its end.
    async fn read(&self, body: Body) -> Result<Bytes, Response<Body>> {
        match Limited::new(body, self.body_limit).collect().await {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) => Err(unread(&*error)),
        }
    }

    async fn pass_on(&self, request: Request<Body>) -> Response<Body> {
        let method = request.method().clone();
        let (parts, body) = request.into_parts();
        // The gate has read it; here it is counted and kept.
        let sent = match self.read(body).await {
            Ok(sent) => sent,
            Err(refusal) => return refusal,
        };
        let says_json = is_json(&parts.headers);
        let request = Request::from_parts(parts, Body::from(sent.clone()));
        let mut response = self.inner.handle(request).await;
        if !response.status().is_success() && !is_json(response.headers()) {
            return refused(response, says_json, &sent).await;
        }
        // Clients take nothing else for the end of a session.
        if method == Method::DELETE && response.status().is_success() {
            *response.status_mut() = StatusCode::NO_CONTENT;
        }
        match method {
            // The stream of a session would never end.
            Method::GET => response.map(|body| ahead(body, self.server.shutdown.clone())),
            Method::POST if is_stream(response.headers()) => gathered(response).await,
            _ => response.map(Body::new),
        }
    }
}

/// Returns the session that a message belongs to.
fn session(headers: &header::HeaderMap) -> Option<SessionId> {
    headers.get(SESSION)?.to_str().ok().map(SessionId::from)
}

/// Whether a body may begin a session. One that says so in an odd way may.
fn may_begin(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Head {
        method: Option<String>,
    }
    match serde_json::from_slice(body) {
        Ok(Head { method }) => method.is_some_and(|method| method == "initialize"),
        Err(error) => error.is_data(),
    }
}

/// Says that no more sessions can be held.
fn crowded() -> Response<Body> {
    let text = format!(
        "{} sessions are open and all are in use; end one, or try again later",
        sessions::MOST
    );
    worded(StatusCode::SERVICE_UNAVAILABLE, -32603, "crowded", &text)
}

/// Says why a body was not read to its end.
fn unread(error: &(dyn std::error::Error + Send + Sync + 'static)) -> Response<Body> {
    if error.is::<LengthLimitError>() {
        let text = "the body is longer than this server reads";
        return worded(StatusCode::PAYLOAD_TOO_LARGE, -32600, "too_large", text);
    }
    worded(StatusCode::BAD_REQUEST, -32600, "body", &format!("the body broke off: {error}"))
}

fn is_json(headers: &header::HeaderMap) -> bool {
    is_kind(headers, "application/json")
}

fn is_stream(headers: &header::HeaderMap) -> bool {
    is_kind(headers, "text/event-stream")
}

fn is_kind(headers: &header::HeaderMap, wanted: &str) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(wanted))
}

/// Words a refusal of the transport, which comes as plain text.
async fn refused(
    response: Response<BoxBody<Bytes, Infallible>>,
    says_json: bool,
    sent: &[u8],
) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let Ok(text) = body.collect().await;
    let text = String::from_utf8_lossy(&text.to_bytes()).into_owned();
    let (number, code, message) = match parts.status {
        StatusCode::NOT_FOUND => {
            (-32600, "session", "there is no such session; initialize again".to_owned())
        }
        StatusCode::METHOD_NOT_ALLOWED => (
            -32600,
            "method",
            "this endpoint takes POST, and of sessions GET and DELETE".to_owned(),
        ),
        StatusCode::NOT_ACCEPTABLE => (
            -32600,
            "accept",
            "a client must accept both `application/json` and `text/event-stream`".to_owned(),
        ),
        StatusCode::PAYLOAD_TOO_LARGE => {
            (-32600, "too_large", "the body is longer than this server reads".to_owned())
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE if says_json => {
            parts.status = StatusCode::BAD_REQUEST;
            match serde_json::from_slice::<IgnoredAny>(sent) {
                Ok(_) => (-32600, "message", format!("the body is no message of JSON-RPC: {text}")),
                Err(error) => (-32700, "json", format!("the body is no JSON: {error}")),
            }
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            (-32600, "content_type", "the body must be `application/json`".to_owned())
        }
        status if status.is_server_error() => (-32603, "failed", text),
        _ => (-32600, "request", text),
    };
    let (worded, body) = worded(parts.status, number, code, &message).into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.extend(worded.headers);
    Response::from_parts(parts, body)
}

/// Writes an error that belongs to no request.
fn worded(status: StatusCode, number: i32, code: &str, message: &str) -> Response<Body> {
    let data = json!({"code": format!("ctx::mcp::{code}")});
    let error = json!({"code": number, "message": message, "data": data});
    let body = json!({"jsonrpc": "2.0", "error": error});
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

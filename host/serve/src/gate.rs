//! What every request goes through, once: its id, who it comes from, its body;
//! and every answer: the id, what browsers must be told, a word in the log.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, REFERRER_POLICY,
    WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderName, HeaderValue, StatusCode};

use crate::app::App;
use crate::guard::Visitor;
use crate::problem::Problem;
use crate::rejection::Rejection;
use crate::request::{RequestId, TRACE};
use crate::rest::compat;
use crate::server::UnderWay;
use crate::{auth, page, session};

/// The header that tells a client its request's id.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is no page needs nothing.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";

/// Passes a request on, if it may come in, and its answer back.
pub(crate) async fn pass(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    let begun = Instant::now();
    let id = RequestId::of(request.headers());
    let asked = request.headers().get(HOST).cloned();
    let path = request.uri().path().to_owned();
    let method = request.method().clone();
    let is_compat = compat::is_at(request.uri().path());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "(unknown)".to_owned(), |path| path.as_str().to_owned());
    let mut response = match enter(&app, &id, &route, &mut request).await {
        Ok(()) => {
            let _under_way = request.extensions().get().map(UnderWay::begin);
            next.run(request).await
        }
        Err(rejection) => page::turned_away(request.method(), request.headers(), rejection),
    };
    if is_bare(&response) {
        response = dressed(&response).into_response();
    }
    if is_compat {
        response = compat::worded(response);
    }
    let status = response.status();
    let challenge = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            let problem = response.extensions().get::<Box<Problem>>().map(AsRef::as_ref);
            let asked = asked.into_iter().map(|host| (HOST, host)).collect();
            auth::challenge(&app.host.access(), &asked, &path, status, problem)
        }
        _ => None,
    };
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id.header());
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(NOTHING));
    if let Some(challenge) = challenge {
        headers.entry(WWW_AUTHENTICATE).or_insert(challenge);
    }
    app.metrics.request(&route, status.as_u16());
    let took_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    tracing::debug!(
        request = id.id(),
        %method,
        route,
        status = status.as_u16(),
        took_us,
        "answered"
    );
    response
}

/// Checks who it is and takes the body in.
async fn enter(
    app: &App,
    id: &RequestId,
    route: &str,
    request: &mut Request,
) -> Result<(), Rejection> {
    let is_signed_in = app.sessions.knows(session::cookie(request.headers(), &app.cookie));
    let visitor = app.guard.check(request.method(), request.uri(), request.headers(), is_signed_in);
    let mut admitted = None;
    let visitor = match visitor {
        Ok(visitor) => Some(visitor),
        // It has come to the right place; whose token it shows is seen here.
        Err(rejection) if rejection.status == StatusCode::UNAUTHORIZED => {
            match app.auth.admit(&app.host, request.headers()).await {
                Some(Ok(somebody)) => {
                    auth::check_route(&somebody, request.method(), route)?;
                    admitted = Some(somebody);
                    Some(Visitor::Bearer)
                }
                // Whoever is let in nowhere else may sign in, and look at the
                // style.
                Some(Err(_)) | None if app.is_public(request.uri()) => None,
                Some(Err(rejection)) => return Err(rejection),
                None => return Err(rejection),
            }
        }
        Err(rejection) => return Err(rejection),
    };
    let body = std::mem::replace(request.body_mut(), Body::empty());
    let collected = match visitor {
        Some(_) => app.bodies.collect(body).await?,
        None => app.bodies.collect_few(body).await?,
    };
    *request.body_mut() = Body::from(collected.bytes.clone());
    if let Some(somebody) = &admitted
        && route == "/mcp"
    {
        auth::check_message(app, somebody, &collected.bytes).await?;
    }
    let extensions = request.extensions_mut();
    extensions.insert(id.clone());
    if let Some(visitor) = visitor {
        extensions.insert(visitor);
    }
    if let Some(somebody) = admitted {
        extensions.insert(somebody);
    }
    // Held until the request is over.
    extensions.insert(Arc::new(collected));
    if let Ok(trace) = HeaderValue::from_str(id.trace()) {
        request.headers_mut().insert(TRACE, trace);
    }
    Ok(())
}

/// Whether an answer says that something is wrong, and nothing else.
fn is_bare(response: &Response) -> bool {
    let status = response.status();
    (status.is_client_error() || status.is_server_error())
        && !response.headers().contains_key(CONTENT_TYPE)
        && http_body::Body::size_hint(response.body()).upper() == Some(0)
}

/// Words for an answer that had none, with what it said in its headers.
fn dressed(response: &Response) -> (http::HeaderMap, Rejection) {
    let status = response.status();
    let mut headers = http::HeaderMap::new();
    if let Some(allow) = response.headers().get(ALLOW) {
        headers.insert(ALLOW, allow.clone());
    }
    let rejection = Rejection::new(
        status,
        "ctx::http::refused",
        format!("the request was refused: {}", status.canonical_reason().unwrap_or("error")),
    );
    (headers, rejection.with_help("see /openapi.json for what there is"))
}

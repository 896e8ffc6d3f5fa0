//! Signing in: with the code that the server prints when it starts, once, or
//! with the token. Whoever is signed in has a cookie that other sites' pages
//! cannot bring.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;

use super::frame::Frame;
use super::html;
use super::posted::{FromHere, Posted, Signed};
use crate::app::App;
use crate::rejection::Rejection;
use crate::rest::Asked;
use crate::session::cookie;

/// Scripts do not see it, and other sites do not bring it. Not `Secure`: on
/// this machine there is no TLS.
const RULES: &str = "HttpOnly; SameSite=Strict; Path=/";

#[derive(Template)]
#[template(path = "sign-in.html")]
struct Page {
    frame: Frame,
    /// What was wrong with the code.
    notice: &'static str,
    /// What was wrong with the token.
    problem: &'static str,
}

/// A code, if one came.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    code: Option<String>,
}

/// Signs in with a code, or shows the form.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    frame: Frame,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Rejection> {
    let frame = frame.at("sign-in");
    match wanted.code {
        Some(code) if app.sessions.redeem(&code) => begun(&app),
        // Somebody who went back, or opened the link twice.
        Some(_) if frame.is_operator => Ok(Redirect::to("/").into_response()),
        Some(_) => {
            let notice = "This link was used before, or belongs to a server that has stopped.";
            let page = Page { frame, notice, problem: "" };
            Ok(html(StatusCode::UNAUTHORIZED, &page))
        }
        None => Ok(html(StatusCode::OK, &Page { frame, notice: "", problem: "" })),
    }
}

/// Signs in with the token.
pub(super) async fn enter(
    State(app): State<Arc<App>>,
    frame: Frame,
    _: FromHere,
    posted: Posted,
) -> Result<Response, Rejection> {
    if app.guard.is_token(posted.get("token").unwrap_or_default().trim()) {
        return begun(&app);
    }
    let problem = "This is not the server's token.";
    let page = Page { frame: frame.at("sign-in"), notice: "", problem };
    Ok(html(StatusCode::UNAUTHORIZED, &page))
}

/// Signs out.
pub(super) async fn leave(
    State(app): State<Arc<App>>,
    _: Signed,
    headers: HeaderMap,
) -> Result<Response, Rejection> {
    if let Some(session) = cookie(&headers, &app.cookie) {
        app.sessions.end(session);
    }
    with_cookie(&app, "", "; Max-Age=0")
}

fn begun(app: &App) -> Result<Response, Rejection> {
    match app.sessions.begin() {
        Some(session) => with_cookie(app, &session, ""),
        None => Err(unrandom()),
    }
}

fn with_cookie(app: &App, session: &str, end: &str) -> Result<Response, Rejection> {
    let mut response = Redirect::to("/").into_response();
    let cookie = format!("{}={session}; {RULES}{end}", app.cookie);
    let cookie = HeaderValue::from_str(&cookie).map_err(|_| unrandom())?;
    response.headers_mut().insert(SET_COOKIE, cookie);
    Ok(response)
}

fn unrandom() -> Rejection {
    Rejection::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "ctx::page::session",
        "no session can be made: the machine gives no randomness",
    )
}

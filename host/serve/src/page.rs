//! The page for people: what is installed and how it does, forms to try it,
//! and search. Rendered here and complete without a script; the policy that
//! goes out with it allows none.

mod agent;
mod document;
mod error;
mod extension;
mod form;
mod frame;
mod moment;
mod overview;
mod posted;
mod search;
mod shown;
mod sign_in;
mod style;
pub(crate) mod tool;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::Request;
use axum::handler::Handler as _;
use axum::middleware::from_fn;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use http::{HeaderValue, StatusCode};

use self::frame::Frame;
use crate::app::App;
use crate::guard::Visitor;
use crate::rejection::Rejection;

pub(crate) use self::error::turned_away;

/// What the page may do: show itself and pictures, and send its own forms.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The routes of the page.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(overview::show))
        .route("/extensions/{name}", get(extension::show))
        .route("/tools/{name}", get(tool::show))
        .route("/agents/{name}", get(agent::show).post(agent::prompt))
        .route("/search", get(search::show))
        .route("/documents/{id}", get(document::show))
        .route("/sign-in", get(sign_in::show).post(sign_in::enter))
        .route("/sign-out", post(sign_in::leave))
        .route_layer(from_fn(error::dressed))
        .route("/style.css", get(style::sheet))
}

/// Answers a form that was sent to where programs call a tool, too.
pub(crate) async fn tool_form(app: Arc<App>, request: Request) -> Response {
    let frame = Frame::new(request.extensions().get::<Visitor>().copied());
    error::dress(frame, tool::call.call(request, app).await)
}

/// Renders a template as an answer.
fn html<T: Template>(status: StatusCode, page: &T) -> Response {
    let text = match page.render() {
        Ok(text) => text,
        Err(error) => {
            return Rejection::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "ctx::page::unwritable",
                format!("the page cannot be written: {error}"),
            )
            .into_response();
        }
    };
    let mut response = (status, text).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    // Without any referrer, browsers call the origin of a form `null`.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

//! What came back from a form, and whether it may have come at all.
//!
//! A form carries no secret of its own. The session's cookie is strict, so no
//! other site's form brings it; and a program on another port of this machine,
//! which counts as the same site, cannot forge the headers that are asked for
//! here.

use axum::extract::{Form, FromRequest, FromRequestParts, Request};
use axum::http::HeaderMap;
use http::StatusCode;
use http::header::ORIGIN;
use http::request::Parts;

use crate::guard::Visitor;
use crate::rejection::Rejection;

/// That a form of our own was sent.
pub(crate) struct FromHere;

/// That the operator sent a form of our own.
pub(crate) struct Signed;

/// Fields of a form, in their order.
pub(crate) struct Posted(pub(crate) Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for FromHere {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        if is_from_here(&parts.headers) {
            return Ok(Self);
        }
        Err(Rejection::new(
            StatusCode::FORBIDDEN,
            "ctx::page::origin",
            "the form does not say that it was sent from this page",
        )
        .with_help("open the page in a browser and send the form from there")
        .with_help("programs call `POST /v1/tools/{name}` instead; see /docs"))
    }
}

/// Browsers say where a form comes from. An `Origin` that got this far leads
/// here, which the guard has seen to.
fn is_from_here(headers: &HeaderMap) -> bool {
    match headers.get("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => headers.contains_key(ORIGIN),
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Signed {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        if parts.extensions.get::<Visitor>() != Some(&Visitor::Operator) {
            return Err(Rejection::new(
                StatusCode::UNAUTHORIZED,
                "ctx::page::sign_in",
                "running something from this page takes the token",
            )
            .with_help("sign in at /sign-in; `ctx token` prints the token"));
        }
        FromHere::from_request_parts(parts, state).await.map(|_| Self)
    }
}

impl<S: Send + Sync> FromRequest<S> for Posted {
    type Rejection = Rejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, Rejection> {
        match Form::from_request(request, state).await {
            Ok(Form(fields)) => Ok(Self(fields)),
            Err(error) => Err(Rejection::new(error.status(), "ctx::page::form", error.body_text())),
        }
    }
}

impl Posted {
    /// Returns a field.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| &**value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(headers: &[(&'static str, &'static str)], expected: bool) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, http::HeaderValue::from_static(value));
        }
        assert_eq!(is_from_here(&map), expected, "{headers:?}");
    }

    #[test]
    fn a_form_must_say_where_it_comes_from() {
        check(&[], false);
        check(&[("origin", "http://127.0.0.1:7331")], true);
        check(&[("sec-fetch-site", "same-origin")], true);
    }

    #[test]
    fn another_port_of_this_machine_is_elsewhere() {
        check(&[("sec-fetch-site", "same-site"), ("origin", "http://localhost:7331")], false);
        check(&[("sec-fetch-site", "none")], false);
        check(&[("sec-fetch-site", "cross-site")], false);
    }
}

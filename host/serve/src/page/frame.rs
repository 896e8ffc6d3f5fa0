//! What surrounds every page: where one is, and who one is.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::guard::Visitor;

/// What surrounds a page.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Frame {
    /// Whether the visitor is signed in, and may run things.
    pub(crate) is_operator: bool,
    /// Which of the links above is this page.
    pub(crate) place: &'static str,
    pub(crate) version: &'static str,
}

impl Frame {
    /// Frames a page for somebody.
    pub(crate) fn new(visitor: Option<Visitor>) -> Self {
        Self {
            is_operator: visitor == Some(Visitor::Operator),
            place: "",
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    /// Says where one is.
    pub(crate) fn at(self, place: &'static str) -> Self {
        Self { place, ..self }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Frame {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::new(parts.extensions.get::<Visitor>().copied()))
    }
}

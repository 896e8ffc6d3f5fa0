//! Whose something is that outlives a request, a session or a task: whoever
//! began it. To everybody else it is as if it were not there.

use std::sync::Arc;

use ::http::Extensions;
use ::http::request::Parts;

use crate::auth::Admitted;

/// Somebody who is known by a token of their own. Whoever needs none, or has
/// the operator's, is the operator: a client's name for itself proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Owner(Option<String>);

impl Owner {
    /// Reads who a request comes from.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        Self(extensions.get::<Arc<Admitted>>().map(|admitted| admitted.id.clone()))
    }

    /// The same where there may be no request, as between pipes.
    pub(crate) fn behind(parts: Option<&Parts>) -> Self {
        parts.map(|parts| Self::of(&parts.extensions)).unwrap_or_default()
    }

    #[cfg(test)]
    pub(crate) fn named(name: &str) -> Self {
        Self(Some(name.to_owned()))
    }
}

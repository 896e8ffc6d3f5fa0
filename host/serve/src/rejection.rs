//! A problem as an HTTP answer: RFC 9457, with a stable code.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use ctx_core::HostError;
use ctx_model::{Broke, CallError, FailureKind, Limit};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::{Class, Problem, Refused};

/// A problem and the status that it goes out with.
#[derive(Debug, Clone)]
pub(crate) struct Rejection {
    pub(crate) status: StatusCode,
    pub(crate) problem: Box<Problem>,
}

/// What a client gets when something went wrong (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemDetails<'a> {
    /// A URN of the code.
    r#type: String,
    /// The status in words.
    title: &'a str,
    /// The HTTP status.
    status: u16,
    /// What happened, and to which extension.
    detail: &'a str,
    /// Stable; for programs.
    code: &'a str,
    /// What to do next, one line each.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    help: &'a [String],
    /// Which extension it happened to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    extension: Option<&'a str>,
    /// Milliseconds to wait before trying again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    retry_after_ms: Option<u64>,
    /// What the extension added, as any JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, nullable = false)]
    details: Option<&'a serde_json::Value>,
}

impl Rejection {
    pub(crate) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        let class = match status.as_u16() {
            500.. => Class::Failed(None),
            _ => Class::Misused,
        };
        Self { status, problem: Box::new(Problem::new(class, code, message)) }
    }

    #[must_use]
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.problem.help.push(help.into());
        self
    }
}

impl From<Problem> for Rejection {
    fn from(problem: Problem) -> Self {
        Self { status: status(problem.class), problem: Box::new(problem) }
    }
}

impl From<&CallError> for Rejection {
    fn from(error: &CallError) -> Self {
        let rejection = Self::from(Problem::from(error));
        match error {
            // The deadline is the one limit that a gateway has a status for.
            CallError::Broke { broke: Broke::Limit(Limit::Time(_)), .. } => {
                Self { status: StatusCode::GATEWAY_TIMEOUT, ..rejection }
            }
            _ => rejection,
        }
    }
}

impl From<&HostError> for Rejection {
    fn from(error: &HostError) -> Self {
        match error {
            HostError::Call(error) => error.into(),
            error => Problem::from(error).into(),
        }
    }
}

/// Says that work ended without an end: it was broken off, or panicked.
pub(crate) fn broken(error: &tokio::task::JoinError) -> Rejection {
    Rejection::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "ctx::host::broken",
        format!("the work was broken off: {error}"),
    )
}

/// Returns the status that tells a client who said no.
fn status(class: Class) -> StatusCode {
    match class {
        Class::Misused => StatusCode::BAD_REQUEST,
        Class::Refused(Refused::Unknown) => StatusCode::NOT_FOUND,
        Class::Refused(Refused::Invalid) => StatusCode::UNPROCESSABLE_ENTITY,
        Class::Refused(Refused::Denied) => StatusCode::FORBIDDEN,
        Class::Refused(Refused::Unusable | Refused::Halted) => StatusCode::SERVICE_UNAVAILABLE,
        Class::Refused(Refused::Busy) => StatusCode::CONFLICT,
        Class::Failed(Some(kind)) => match kind {
            FailureKind::InvalidInput => StatusCode::BAD_REQUEST,
            FailureKind::NotFound => StatusCode::NOT_FOUND,
            FailureKind::Denied => StatusCode::FORBIDDEN,
            FailureKind::Unavailable | FailureKind::Cancelled => StatusCode::SERVICE_UNAVAILABLE,
            FailureKind::Exhausted | FailureKind::Internal => StatusCode::BAD_GATEWAY,
        },
        Class::Failed(None) => StatusCode::INTERNAL_SERVER_ERROR,
        Class::Stopped => StatusCode::BAD_GATEWAY,
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let Self { status, problem } = self;
        let details = ProblemDetails {
            r#type: format!(
                "urn:ctx:problem:{}",
                problem.code.trim_start_matches("ctx::").replace("::", ":")
            ),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: &problem.message,
            code: &problem.code,
            help: &problem.help,
            extension: problem.extension.as_deref(),
            retry_after_ms: problem.retry_after_ms,
            details: problem.details.as_ref(),
        };
        let body = serde_json::to_vec(&details).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(wait) = problem.retry_after_ms {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait.div_ceil(1000)));
        }
        // For the page, which words it for people.
        response.extensions_mut().insert(problem);
        response
    }
}

//! Problems in Context Harness's words: `{"error": {"code", "message"}}`, by
//! what happened and never by how it was worded.

use axum::body::Body;
use axum::response::Response;
use ctx_model::FailureKind;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::{Class, Problem, Refused};

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CompatError)]
pub(crate) struct Error<'a> {
    error: Told<'a>,
}

/// What went wrong, for programs and for people.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CompatErrorDetails)]
struct Told<'a> {
    /// `not_found`, `bad_request`, `timeout`, `tool_error`, `forbidden` and a
    /// few that only the transport has.
    code: &'static str,
    message: &'a str,
    /// What to do next, one line each.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    help: &'a [String],
    /// The code that the other routes give.
    problem: &'a str,
}

/// Turns a problem into what clients of Context Harness expect. Answers and
/// pages are left alone.
pub(crate) fn worded(mut response: Response) -> Response {
    let Some(problem) = response.extensions_mut().remove::<Box<Problem>>() else {
        return response;
    };
    let (status, code) = told(response.status(), &problem);
    let error =
        Told { code, message: &problem.message, help: &problem.help, problem: &problem.code };
    let body = serde_json::to_vec(&Error { error }).unwrap_or_default();
    *response.body_mut() = Body::from(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.remove(CONTENT_LENGTH);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Returns Context Harness's status and code.
fn told(status: StatusCode, problem: &Problem) -> (StatusCode, &'static str) {
    let tool_error = (StatusCode::INTERNAL_SERVER_ERROR, "tool_error");
    match (problem.class, status) {
        (_, StatusCode::GATEWAY_TIMEOUT | StatusCode::REQUEST_TIMEOUT) => {
            (StatusCode::REQUEST_TIMEOUT, "timeout")
        }
        // A tool that loops for ever may run out of fuel before its time is up.
        (Class::Stopped, _) if problem.code == "ctx::limit::fuel" => {
            (StatusCode::REQUEST_TIMEOUT, "timeout")
        }
        (Class::Stopped, _) => tool_error,
        // What cannot be used is not there for Context Harness; the message says why.
        (Class::Refused(Refused::Unusable), _) if problem.code == "ctx::extension::unusable" => {
            (StatusCode::NOT_FOUND, "not_found")
        }
        (Class::Failed(Some(kind)), _) => match kind {
            FailureKind::InvalidInput => (StatusCode::BAD_REQUEST, "bad_request"),
            FailureKind::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            FailureKind::Denied => (StatusCode::FORBIDDEN, "forbidden"),
            FailureKind::Unavailable
            | FailureKind::Exhausted
            | FailureKind::Cancelled
            | FailureKind::Internal => tool_error,
        },
        (_, StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY) => {
            (StatusCode::BAD_REQUEST, "bad_request")
        }
        (_, StatusCode::NOT_FOUND) => (status, "not_found"),
        (_, StatusCode::UNAUTHORIZED) => (status, "unauthorized"),
        (_, StatusCode::FORBIDDEN) => (status, "forbidden"),
        (_, StatusCode::METHOD_NOT_ALLOWED) => (status, "method_not_allowed"),
        (_, StatusCode::CONFLICT) => (status, "conflict"),
        (_, StatusCode::PAYLOAD_TOO_LARGE) => (status, "payload_too_large"),
        (_, StatusCode::UNSUPPORTED_MEDIA_TYPE) => (status, "unsupported_media_type"),
        (_, StatusCode::SERVICE_UNAVAILABLE) => (status, "unavailable"),
        _ => (status, "internal"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_that_loops_until_its_fuel_is_gone_has_timed_out() {
        let problem = |code| Problem::new(Class::Stopped, code, String::new());
        let told = |code| told(StatusCode::BAD_GATEWAY, &problem(code));
        assert_eq!(told("ctx::limit::fuel"), (StatusCode::REQUEST_TIMEOUT, "timeout"));
        assert_eq!(told("ctx::limit::memory"), (StatusCode::INTERNAL_SERVER_ERROR, "tool_error"));
    }
}

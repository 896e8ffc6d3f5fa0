//! What a client is told that was not let in, or not this far: where to get a
//! token, and with which scopes (RFC 6750, RFC 9728).

use ctx_core::Access;
use http::header::HOST;
use http::{HeaderMap, HeaderValue, StatusCode, Uri};

use super::INVALID;
use super::metadata::AT;
use crate::problem::{OUT_OF_REACH, Problem};

/// Words the challenge of an answer; nothing if it is none.
pub(crate) fn challenge(
    access: &Access,
    headers: &HeaderMap,
    path: &str,
    status: StatusCode,
    problem: Option<&Problem>,
) -> Option<HeaderValue> {
    let code = problem.map(|problem| problem.code.as_str()).unwrap_or_default();
    let mut said: Vec<(&str, String)> = Vec::new();
    match status {
        StatusCode::UNAUTHORIZED if code == INVALID => {
            said.push(("error", "invalid_token".to_owned()));
            let why = problem.map(|problem| problem.message.clone()).unwrap_or_default();
            said.push(("error_description", why));
        }
        StatusCode::UNAUTHORIZED => {}
        StatusCode::FORBIDDEN if code == OUT_OF_REACH => {
            said.push(("error", "insufficient_scope".to_owned()));
        }
        _ => return None,
    }
    if access.issuer.is_some() {
        said.push(("resource_metadata", metadata(access, headers, path)));
    }
    let scopes = match problem.and_then(|problem| problem.details.as_ref()) {
        Some(details) if code == OUT_OF_REACH => {
            // One is enough: the narrowest that opens it.
            let id = details["needs"].as_str().unwrap_or_default();
            opening(access, id).map(str::to_owned).into_iter().collect()
        }
        _ => access.scopes.keys().cloned().collect::<Vec<_>>(),
    };
    if !scopes.is_empty() && (access.issuer.is_some() || code == OUT_OF_REACH) {
        said.push(("scope", scopes.join(" ")));
    }
    let said: Vec<String> =
        said.iter().map(|(key, value)| format!("{key}=\"{}\"", quoted(value))).collect();
    HeaderValue::from_str(format!("Bearer {}", said.join(", ")).trim()).ok()
}

/// Returns the scope that opens something, of several the one that opens
/// least.
pub(super) fn opening<'a>(access: &'a Access, id: &str) -> Option<&'a str> {
    let is_operators = id == "@operator";
    let (extension, name) = id.split_once('/').unwrap_or(("", id));
    let opens = |patterns: &[ctx_model::Pattern]| {
        let reach = ctx_model::Reach::everything().narrowed(patterns.to_vec());
        if is_operators { reach.is_operator() } else { reach.holds(extension, name, name) }
    };
    let width = |patterns: &[ctx_model::Pattern]| {
        let one = |pattern: &ctx_model::Pattern| match pattern.to_string() {
            text if text == "*" => 1000,
            text if text.ends_with('*') => 10,
            _ => 1,
        };
        patterns.iter().map(one).sum::<usize>()
    };
    let fitting = access.scopes.iter().filter(|(_, patterns)| opens(patterns));
    fitting.min_by_key(|(_, patterns)| width(patterns)).map(|(name, _)| name.as_str())
}

/// Returns where this server says whose tokens count: below its own address.
fn metadata(access: &Access, headers: &HeaderMap, path: &str) -> String {
    let suffix = if path == "/mcp" { "/mcp" } else { "" };
    format!("{}{AT}{suffix}", origin(access, headers))
}

/// Returns this server's own address, as its tokens name it or its client did.
pub(super) fn origin(access: &Access, headers: &HeaderMap) -> String {
    let named = access.issuer.iter().flat_map(|issuer| &issuer.audience);
    let mut named = named.filter_map(|text| text.parse::<Uri>().ok());
    let own = named.find_map(|uri| {
        let scheme = uri.scheme_str().filter(|scheme| ["http", "https"].contains(scheme))?;
        Some(format!("{scheme}://{}", uri.authority()?))
    });
    own.unwrap_or_else(|| {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        format!("http://{host}")
    })
}

/// Leaves out what has no place between quotes of a header.
fn quoted(text: &str) -> String {
    text.chars().filter(|c| (' '..='~').contains(c) && !matches!(c, '"' | '\\')).collect()
}

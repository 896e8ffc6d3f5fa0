//! What a token must open for each route. What stands nowhere is the
//! operator's own.

use http::{Method, StatusCode};

use super::Admitted;
use crate::problem::OUT_OF_REACH;
use crate::rejection::Rejection;

/// What a route wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// Any token; what it asks for is looked at there.
    Any,
    /// The built-in tool that does the same.
    Tool(&'static str),
    Operator,
}

fn need(method: &Method, route: &str) -> Need {
    let is_read = method.is_safe();
    match route {
        "/health" | "/openapi.json" | "/style.css" => Need::Any,
        "/v1/tools" | "/v1/agents" | "/tools/list" | "/agents/list" if is_read => Need::Any,
        "/v1/tools/{name}" | "/v1/agents/{name}/prompt" if *method == Method::POST => Need::Any,
        "/tools/list" | "/tools/{name}" | "/agents/{name}/prompt" if *method == Method::POST => {
            Need::Any
        }
        "/mcp" => Need::Any,
        "/tools/sources" => Need::Tool("sources"),
        "/v1/sources" if is_read => Need::Tool("sources"),
        "/v1/search" if is_read => Need::Tool("search"),
        "/v1/documents/{id}" if is_read => Need::Tool("get"),
        docs if is_read && docs.starts_with("/docs") => Need::Any,
        known if is_read && known.starts_with("/.well-known/") => Need::Any,
        _ => Need::Operator,
    }
}

/// Checks that a token opens a route.
pub(crate) fn check(admitted: &Admitted, method: &Method, route: &str) -> Result<(), Rejection> {
    let (id, is_open) = match need(method, route) {
        Need::Any => return Ok(()),
        Need::Tool(name) => {
            (format!("builtin/{name}"), admitted.reach.holds("builtin", name, name))
        }
        Need::Operator => ("@operator".to_owned(), admitted.reach.is_operator()),
    };
    if is_open { Ok(()) } else { Err(closed(&id)) }
}

/// Says that a token does not open something.
pub(super) fn closed(id: &str) -> Rejection {
    let mut rejection = Rejection::new(
        StatusCode::FORBIDDEN,
        OUT_OF_REACH,
        format!("the scopes of this token do not open `{id}`"),
    );
    rejection.problem.details = Some(serde_json::json!({ "needs": id }));
    rejection.with_help("ask for a token with a scope that does")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_is_the_operators() {
        for (method, route, expected) in [
            (Method::GET, "/v1/tools", Need::Any),
            (Method::POST, "/v1/tools/{name}", Need::Any),
            (Method::GET, "/tools/{name}", Need::Operator),
            (Method::POST, "/mcp", Need::Any),
            (Method::DELETE, "/mcp", Need::Any),
            (Method::GET, "/v1/search", Need::Tool("search")),
            (Method::POST, "/v1/sources/{source}/syncs", Need::Operator),
            (Method::GET, "/v1/extensions/{name}/logs", Need::Operator),
            (Method::GET, "/v1/capabilities", Need::Operator),
            (Method::GET, "/metrics", Need::Operator),
            (Method::GET, "/", Need::Operator),
            (Method::GET, "(unknown)", Need::Operator),
            (Method::GET, "/docs/{*rest}", Need::Any),
        ] {
            assert_eq!(need(&method, route), expected, "{method} {route}");
        }
    }
}

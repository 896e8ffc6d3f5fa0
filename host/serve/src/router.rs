//! All routes: REST, the description of REST, MCP, and the page for people.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use http::header::CONTENT_SECURITY_POLICY;
use http::{HeaderValue, Method, StatusCode, Uri};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa_swagger_ui::SwaggerUi;

use crate::app::App;
use crate::rejection::Rejection;
use crate::{auth, gate, page, rest};

/// What the page of the description may do: its own scripts, its own styles,
/// and the styles that its scripts set.
const DOCS: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Builds the service, with MCP as it is given.
pub(crate) fn router<M>(app: &Arc<App>, mcp: M) -> Router
where
    M: tower::Service<Request, Error = std::convert::Infallible> + Clone + Send + Sync + 'static,
    M::Response: axum::response::IntoResponse,
    M::Future: Send + 'static,
{
    let (routes, mut description) = rest::routes().split_for_parts();
    let components = description.components.get_or_insert_default();
    components.security_schemes.insert(
        "token".to_owned(),
        SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()).into(),
    );
    // The token, or nothing where the server is bound to this machine.
    description.security = Some(vec![
        SecurityRequirement::default(),
        SecurityRequirement::new("token", Vec::<String>::new()),
    ]);
    let docs = Router::from(SwaggerUi::new("/docs").url("/openapi.json", description));
    Router::new()
        .merge(routes)
        .merge(auth::well_known())
        .merge(page::routes())
        .merge(docs.layer(axum::middleware::map_response(with_docs_policy)))
        .route_service("/mcp", mcp)
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        // The gate has read the body, within limits of its own.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(app.clone(), gate::pass))
        .with_state(app.clone())
}

async fn with_docs_policy(mut response: Response) -> Response {
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(DOCS));
    response
}

async fn no_route(uri: Uri) -> Rejection {
    Rejection::new(
        StatusCode::NOT_FOUND,
        "ctx::http::route",
        format!("there is nothing at `{}`", uri.path().escape_debug()),
    )
    .with_help("see /openapi.json for what there is")
}

async fn no_method(method: Method, uri: Uri) -> Rejection {
    Rejection::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "ctx::http::method",
        format!("`{}` cannot be asked with {method}", uri.path().escape_debug()),
    )
    .with_help("see /openapi.json for what can")
}

//! REST: one file for each noun. A handler reads its request, asks `Host` one
//! thing, and writes the answer.

mod agents;
mod bounds;
mod capabilities;
pub(crate) mod compat;
mod documents;
mod extensions;
mod health;
mod hooks;
mod search;
mod sources;
mod tools;
mod transforms;

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::extract::path::ErrorKind;
use axum::extract::rejection::{PathRejection, QueryRejection};
use http::StatusCode;
use http::request::Parts;
use serde::de::DeserializeOwned;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use ctx_core::{Host, HostError};
use ctx_model::Caller;

use crate::app::App;
use crate::auth::Admitted;
use crate::guard::Visitor;
use crate::problem::Problem;
use crate::rejection::{Rejection, broken};
use crate::request::RequestId;

/// What is said of the interface as a whole.
#[derive(OpenApi)]
#[openapi(
    // A page stands where clients of Context Harness call.
    paths(crate::page::tool::show),
    info(
        title = "ctx",
        description = "Every installed extension over HTTP. Errors are RFC 9457 problems with a stable `code`; every answer carries its request's id in `X-Request-Id`, and so do the log and the journal.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "call", description = "Tools and agents"),
        (name = "context", description = "Sources, documents and search"),
        (name = "host", description = "What is installed, and how it is"),
        (name = "compatibility", description = "The routes of Context Harness, for clients that know no others")
    )
)]
struct Described;

/// Collects the routes and what is said of them.
pub(crate) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(Described::openapi())
        .routes(routes!(health::health))
        .routes(routes!(health::metrics))
        .routes(routes!(capabilities::capabilities))
        .routes(routes!(capabilities::schema))
        .routes(routes!(extensions::list))
        .routes(routes!(extensions::one))
        .routes(routes!(extensions::logs))
        .routes(routes!(extensions::set_state))
        .routes(routes!(extensions::config))
        .routes(routes!(hooks::list))
        .routes(routes!(hooks::run))
        .routes(routes!(hooks::turn))
        .routes(routes!(hooks::state))
        .routes(routes!(tools::list))
        .routes(routes!(tools::call))
        .routes(routes!(agents::list))
        .routes(routes!(agents::prompt))
        .routes(routes!(sources::list))
        .routes(routes!(sources::sync))
        .routes(routes!(search::search))
        .routes(routes!(documents::one))
        .routes(routes!(transforms::compress))
        .routes(routes!(transforms::chunk))
        .routes(routes!(transforms::look))
        .merge(compat::routes())
}

/// Who asks, for the host.
pub(crate) struct Asking(pub(crate) Caller);

impl<S: Send + Sync> FromRequestParts<S> for Asking {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let visitor = parts.extensions.get::<Visitor>().copied();
        let id = (visitor == Some(Visitor::Operator)).then(|| "operator".to_owned());
        let request = parts.extensions.get::<RequestId>().cloned();
        let mut caller = request.unwrap_or_else(RequestId::begin).caller(id);
        if let Some(admitted) = parts.extensions.get::<Arc<Admitted>>() {
            admitted.speak(&mut caller);
        }
        Ok(Self(caller))
    }
}

/// A part of the path.
pub(crate) struct Named(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        match axum::extract::Path::<String>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(name)) => Ok(Self(name)),
            Err(PathRejection::FailedToDeserializePathParams(error))
                if matches!(error.kind(), ErrorKind::InvalidUtf8InPathParam { .. }) =>
            {
                Err(Rejection::new(
                    StatusCode::BAD_REQUEST,
                    "ctx::http::path",
                    "a part of the path is not UTF-8",
                ))
            }
            Err(error) => Err(Rejection::new(error.status(), "ctx::http::path", error.body_text())),
        }
    }
}

/// What stands behind the question mark.
pub(crate) struct Asked<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let query = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        query.map(|query| Self(query.0)).map_err(|error: QueryRejection| {
            Rejection::new(StatusCode::BAD_REQUEST, "ctx::http::query", error.body_text())
                .with_help("see /openapi.json for what may be asked here")
        })
    }
}

/// Runs a verb that waits for the disk off the executor.
pub(crate) async fn blocking<T: Send + 'static>(
    host: &Arc<Host>,
    verb: impl FnOnce(&Host) -> Result<T, HostError> + Send + 'static,
) -> Result<T, Rejection> {
    let host = host.clone();
    match tokio::task::spawn_blocking(move || verb(&host)).await {
        Ok(done) => done.map_err(|error| Rejection::from(&error)),
        Err(error) => Err(broken(&error)),
    }
}

/// Says that there is no such thing, as the host would.
pub(crate) fn unknown(what: &'static str, name: String) -> Rejection {
    let refusal = ctx_model::Refusal::Unknown { what, name, near: Vec::new() };
    Problem::from(&refusal).into()
}

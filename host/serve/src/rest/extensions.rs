//! Extensions: what is installed, how it does, and what it says.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use ctx_core::HostError;
use ctx_model::{LogLevel, Refusal};
use ctx_store::LoggedFilter;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::bounds::{Count, Long};
use super::{Asked, Named, blocking};
use crate::app::App;
use crate::problem::Problem;
use crate::rejection::{ProblemDetails, Rejection};
use crate::{answer, body, wire};

/// What is in the extensions folders.
#[derive(Serialize, ToSchema)]
pub(crate) struct Extensions<'a> {
    extensions: Vec<wire::Extension<'a>>,
}

/// An extension, and how it does.
#[derive(Serialize, ToSchema)]
pub(crate) struct OneExtension<'a> {
    extension: wire::Extension<'a>,
    /// Its last runs, by role.
    runs: Vec<wire::Runs<'a>>,
}

/// What an extension said.
#[derive(Serialize, ToSchema)]
pub(crate) struct Lines<'a> {
    lines: Vec<wire::LogLine<'a>>,
}

/// Which lines to give.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// This loud or louder: trace, debug, info, warn or error.
    #[param(pattern = "^(trace|debug|info|warn|error)$")]
    level: Option<String>,
    /// Only of this request.
    request: Option<String>,
    /// Only lines with a higher number.
    #[param(inline, value_type = Option<Long>)]
    after: Option<i64>,
    /// At most so many, the last ones: 100 unless said, at least one, and never more than 1000.
    #[serde(default = "hundred")]
    #[param(inline, value_type = Count)]
    limit: u32,
}

fn hundred() -> u32 {
    100
}

/// List the installed extensions, and files that could not be loaded
#[utoipa::path(get, path = "/v1/extensions", operation_id = "list_extensions", tag = "host",
    responses((status = OK, body = Extensions<'_>), (status = "default", body = ProblemDetails<'_>,
        content_type = "application/problem+json")))]
pub(crate) async fn list(State(app): State<Arc<App>>) -> Result<Response, Rejection> {
    let catalog = app.host.catalog().await.map_err(|error| Rejection::from(&error))?;
    blocking(&app.host, move |host| {
        Ok(answer::json(&Extensions { extensions: wire::extensions(host, &catalog)? }))
    })
    .await
}

/// Describe one extension and how it does
#[utoipa::path(get, path = "/v1/extensions/{name}", operation_id = "get_extension", tag = "host",
    params(("name" = String, Path, description = "Its name")),
    responses((status = OK, body = OneExtension<'_>), (status = "default", body = ProblemDetails<'_>,
        content_type = "application/problem+json")))]
pub(crate) async fn one(
    State(app): State<Arc<App>>,
    Named(name): Named,
) -> Result<Response, Rejection> {
    let catalog = app.host.catalog().await.map_err(|error| Rejection::from(&error))?;
    blocking(&app.host, move |host| {
        let all = wire::extensions(host, &catalog)?;
        let found = all.into_iter().find(|extension| extension.name() == name);
        let Some(extension) = found else {
            let near = catalog.near_extensions(&name);
            return Err(Refusal::Unknown { what: "extension", name, near }.into());
        };
        let runs = match host.runs(Some(&name)) {
            // Without a workspace there is no journal.
            Err(HostError::NoWorkspace { .. }) => Vec::new(),
            runs => runs?,
        };
        let runs = runs.iter().map(wire::Runs::from).collect();
        Ok(answer::json(&OneExtension { extension, runs }))
    })
    .await
}

/// Whether an extension runs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    /// `enabled` or `disabled`.
    state: Wished,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Wished {
    Enabled,
    Disabled,
}

/// Whether an extension runs now.
#[derive(Serialize, ToSchema)]
pub(crate) struct Stated {
    extension: String,
    state: Wished,
    /// Whether that is new.
    changed: bool,
}

/// Let an extension run, or stop it in every process
///
/// What runs of a disabled extension ends within moments, and nothing of it
/// begins until it is enabled.
#[utoipa::path(put, path = "/v1/extensions/{name}/state", operation_id = "set_extension_state",
    tag = "host", params(("name" = String, Path, description = "Its name")),
    request_body(content = Wish),
    responses((status = OK, body = Stated), (status = "default", body = ProblemDetails<'_>,
        content_type = "application/problem+json")))]
pub(crate) async fn set_state(
    State(app): State<Arc<App>>,
    Named(name): Named,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Response, Rejection> {
    let Wish { state } = body::parsed(&headers, &sent)?;
    let catalog = app.host.catalog().await.map_err(|error| Rejection::from(&error))?;
    let Some(extension) = catalog.extension(&name) else {
        let near = catalog.near_extensions(&name);
        let refusal = Refusal::Unknown { what: "extension", name, near };
        return Err(Problem::from(&refusal).into());
    };
    let extension = extension.name.clone();
    let changed = match state {
        Wished::Enabled => app.host.enable(&extension),
        Wished::Disabled => app.host.disable(&extension),
    };
    let changed = changed.map_err(|error| {
        Rejection::new(StatusCode::INTERNAL_SERVER_ERROR, "ctx::host::io", error.to_string())
    })?;
    Ok(answer::json(&Stated { extension: name, state, changed }))
}

/// Show what the operator says of all extensions
#[utoipa::path(get, path = "/v1/extensions/config", operation_id = "get_extensions_config",
    tag = "host", responses((status = OK, body = wire::HookPolicy<'_>), (status = "default",
        body = ProblemDetails<'_>, content_type = "application/problem+json")))]
pub(crate) async fn config(State(app): State<Arc<App>>) -> Result<Response, Rejection> {
    Ok(answer::json(&wire::HookPolicy::from(&app.host.hook_policy())))
}

/// Give what an extension said
#[utoipa::path(get, path = "/v1/extensions/{name}/logs", operation_id = "get_extension_logs", tag = "host",
    params(("name" = String, Path, description = "Its name"), Wanted),
    responses((status = OK, body = Lines<'_>), (status = "default", body = ProblemDetails<'_>,
        content_type = "application/problem+json")))]
pub(crate) async fn logs(
    State(app): State<Arc<App>>,
    Named(name): Named,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Rejection> {
    let level = match &wanted.level {
        None => None,
        Some(word) => Some(LogLevel::parse(word).ok_or_else(|| {
            Rejection::new(
                StatusCode::BAD_REQUEST,
                "ctx::http::query",
                format!("`{}` is no level", word.escape_debug()),
            )
            .with_help("use trace, debug, info, warn or error")
        })?),
    };
    let catalog = app.host.catalog().await.map_err(|error| Rejection::from(&error))?;
    if catalog.extension(&name).is_none() {
        let near = catalog.near_extensions(&name);
        let refusal = Refusal::Unknown { what: "extension", name, near };
        return Err(Problem::from(&refusal).into());
    }
    let filter =
        LoggedFilter { extension: Some(name), request: wanted.request, level, after: wanted.after };
    let limit = wanted.limit.clamp(1, 1000) as usize;
    let lines = blocking(&app.host, move |host| host.logs(&filter, limit)).await?;
    Ok(answer::json(&Lines { lines: lines.iter().map(wire::LogLine::from).collect() }))
}

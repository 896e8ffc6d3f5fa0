//! Hooks: who listens, runs of a single phase for programs that hold a
//! conversation themselves, whole turns, and the state that comes of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use ctx_core::{
    ChatModel, Echo, HookContext, HookError, HookProblem, ModelConfig, PhaseCall, TurnCall,
    TurnError,
};
use ctx_model::{Caller, Phase};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};

use super::bounds::{self, Count, Name, PhaseName, Place, Spoken};
use super::{Asked, Asking, Named, unknown};
use crate::app::App;
use crate::openai::OpenAi;
use crate::rejection::{ProblemDetails, Rejection};
use crate::{answer, body, wire};

/// Who listens to each phase, in order.
#[derive(Serialize, ToSchema)]
pub(crate) struct Hooks<'a> {
    hooks: Vec<wire::Hook<'a>>,
}

/// How to run.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct How {
    /// Whether to find out what would come of it, and keep nothing.
    #[serde(default)]
    dry_run: bool,
}

/// On whose behalf, and what all hooks together may spend.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OnBehalf {
    #[schema(inline)]
    tenant_id: Option<Name>,
    #[schema(inline)]
    session_id: Option<Name>,
    role: Option<String>,
    #[schema(inline, value_type = Option<Count>)]
    time_budget_ms: Option<u32>,
    #[schema(inline, value_type = Option<Count>)]
    token_budget: Option<u32>,
}

/// What a phase is run on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Run {
    #[schema(schema_with = bounds::subject)]
    subject: Value,
    /// What that is; `turn` if it is absent.
    kind: Option<String>,
    #[serde(default)]
    context: OnBehalf,
    /// Classes of data by path in the subject: who may not see a class is not
    /// shown what is there.
    #[serde(default)]
    #[schema(value_type = BTreeMap<Place, Vec<String>>)]
    data_classes: BTreeMap<String, Vec<String>>,
    /// The document of state that transactions change; the session's if it is
    /// absent.
    #[schema(inline)]
    document: Option<Name>,
}

/// A turn of a conversation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Said {
    #[serde(deserialize_with = "bounds::conversation")]
    #[schema(schema_with = bounds::spoken)]
    messages: Vec<Spoken>,
    /// What a moderator says of the draft, as any JSON.
    #[schema(value_type = Value, required = false)]
    moderation: Option<Value>,
    #[serde(default)]
    #[schema(value_type = Object)]
    metadata: Map<String, Value>,
    #[serde(default)]
    context: OnBehalf,
    /// Classes of data by path in what the handlers are shown.
    #[serde(default)]
    #[schema(value_type = BTreeMap<Place, Vec<String>>)]
    data_classes: BTreeMap<String, Vec<String>>,
    /// The document of state that transactions change; the session's if it is
    /// absent.
    #[schema(inline)]
    document: Option<Name>,
}

/// Whose document it is.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Whose {
    /// `default` if it is absent.
    tenant: Option<String>,
}

/// A document of state.
#[derive(Serialize, ToSchema)]
pub(crate) struct StateDocument {
    /// 0 if nobody has written it.
    version: u64,
    #[schema(value_type = Object)]
    value: Value,
}

/// List who listens to which phase, and why in this order
#[utoipa::path(get, path = "/v1/hooks", operation_id = "list_hooks", tag = "host",
    responses((status = OK, body = Hooks<'_>), (status = "default", body = ProblemDetails<'_>,
        content_type = "application/problem+json")))]
pub(crate) async fn list(State(app): State<Arc<App>>) -> Result<Response, Rejection> {
    let mut all = Vec::new();
    for phase in Phase::ALL {
        let listeners = app.host.listeners(phase).await;
        all.extend(listeners.map_err(|error| Rejection::from(&error))?);
    }
    Ok(answer::json(&Hooks { hooks: all.iter().map(|one| wire::Hook::from(&**one)).collect() }))
}

/// Run the hooks of one phase
///
/// For programs that hold a conversation themselves: each calls the phase that
/// it has come to.
#[utoipa::path(post, path = "/v1/hooks/{phase}/runs", operation_id = "run_hooks", tag = "call",
    params(("phase" = inline(PhaseName), Path, description = "The name of the phase"), How),
    request_body(content = Run),
    responses((status = OK, body = wire::Phase<'_>), (status = "default", body = ProblemDetails<'_>,
        content_type = "application/problem+json")))]
pub(crate) async fn run(
    State(app): State<Arc<App>>,
    Named(phase): Named,
    Asked(how): Asked<How>,
    Asking(caller): Asking,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Response, Rejection> {
    let phase = Phase::parse(&phase).ok_or_else(|| unknown("phase", phase))?;
    let Run { subject, kind, context, data_classes, document } = body::parsed(&headers, &sent)?;
    fits(phase, &subject)?;
    let document = document.map(|name| name.0);
    let call = PhaseCall { document, dry_run: how.dry_run, ..called(context, caller) };
    let kind = kind.unwrap_or_else(|| "turn".to_owned());
    let call = PhaseCall { kind, subject, ..call };
    let call = call.with_classes(data_classes).map_err(|error| unreadable(&error))?;
    let report = app.host.run_phase(phase, call).await.map_err(|error| failed(&error))?;
    Ok(answer::json(&wire::Phase::from(&report)))
}

/// Run a turn of a conversation
///
/// All phases of a chat around the model that the config names. What a
/// moderator says comes with the request; nothing is moderated here.
#[utoipa::path(post, path = "/v1/turns", operation_id = "run_turn", tag = "call",
    params(How), request_body(content = Said),
    responses((status = OK, body = wire::Turn<'_>), (status = "default", body = ProblemDetails<'_>,
        content_type = "application/problem+json")))]
pub(crate) async fn turn(
    State(app): State<Arc<App>>,
    Asked(how): Asked<How>,
    Asking(caller): Asking,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Response, Rejection> {
    let Said { messages, moderation, metadata, context, data_classes, document } =
        body::parsed(&headers, &sent)?;
    let document = document.map(|name| name.0);
    let call = PhaseCall { document, dry_run: how.dry_run, ..called(context, caller) };
    let call = call.with_classes(data_classes).map_err(|error| unreadable(&error))?;
    let config = app.host.model_config();
    let backend = config.as_str();
    let model = model(&app, config)?;
    let messages = messages.into_iter().map(|one| Value::Object(one.0)).collect();
    let turn = TurnCall { messages, moderation, metadata, call };
    let report = app.host.turn(turn, &*model).await.map_err(|error| match error {
        TurnError::Hook(error) => failed(&error),
        TurnError::Model(_) => {
            Rejection::new(StatusCode::BAD_GATEWAY, "ctx::model::failed", error.to_string())
                .with_help("check `[model]` in the config")
        }
    })?;
    Ok(answer::json(&wire::Turn::new(&report, backend)))
}

/// Give a document of state
#[utoipa::path(get, path = "/v1/state/{document}", operation_id = "get_state", tag = "context",
    params(("document" = String, Path, description = "Its name"), Whose),
    responses((status = OK, body = StateDocument), (status = "default", body = ProblemDetails<'_>,
        content_type = "application/problem+json")))]
pub(crate) async fn state(
    State(app): State<Arc<App>>,
    Named(document): Named,
    Asked(whose): Asked<Whose>,
) -> Result<Response, Rejection> {
    let found = app.host.state_document(whose.tenant.as_deref(), &document).await;
    let (version, value) = found.map_err(|error| Rejection::from(&error))?;
    Ok(answer::json(&StateDocument { version, value }))
}

/// Holds a subject against what its phase is about. That depends on the path,
/// so it is none of the body's shape alone.
fn fits(phase: Phase, subject: &Value) -> Result<(), Rejection> {
    let is_query = phase == Phase::RetrievalEnrichment;
    let (status, code) = match subject {
        Value::String(_) if is_query => return Ok(()),
        Value::Object(_) if !is_query => return Ok(()),
        Value::String(_) | Value::Object(_) => {
            (StatusCode::UNPROCESSABLE_ENTITY, "ctx::hook::subject")
        }
        _ => (StatusCode::BAD_REQUEST, "ctx::http::shape"),
    };
    let text = "`subject` is an object, and the text of the query for `retrieval_enrichment`";
    Err(Rejection::new(status, code, text))
}

fn called(context: OnBehalf, caller: Caller) -> PhaseCall {
    let OnBehalf { tenant_id, session_id, role, time_budget_ms, token_budget } = context;
    let time_budget = time_budget_ms.map(|most| Duration::from_millis(most.into()));
    let (tenant, session) = (tenant_id.map(|name| name.0), session_id.map(|name| name.0));
    let context = HookContext { tenant, session, role, time_budget, token_budget };
    PhaseCall { context, caller, ..PhaseCall::default() }
}

fn model(app: &App, config: ModelConfig) -> Result<Box<dyn ChatModel>, Rejection> {
    Ok(match config {
        ModelConfig::Echo => Box::new(Echo::default()),
        ModelConfig::FixedDelay(delay) => Box::new(Echo { delay }),
        ModelConfig::OpenAi { url, model, secret, timeout } => {
            let secret = secret.map(|name| app.host.program_secret(&name)).transpose();
            let secret = secret.map_err(|why| {
                Rejection::new(StatusCode::SERVICE_UNAVAILABLE, "ctx::model::secret", why)
            })?;
            Box::new(OpenAi { url, model, secret, timeout })
        }
    })
}

/// Says that a path of the body is none.
fn unreadable(error: &HookError) -> Rejection {
    Rejection { status: StatusCode::BAD_REQUEST, ..failed(error) }
}

fn failed(error: &HookError) -> Rejection {
    let message = error.to_string();
    let listed = |problems: &[HookProblem]| {
        let one = |problem: &HookProblem| {
            serde_json::to_value(wire::Warning::from(problem)).unwrap_or_default()
        };
        json!({ "problems": problems.iter().map(one).collect::<Vec<_>>() })
    };
    let (status, code, details, extension) = match error {
        HookError::Host(error) => return Rejection::from(error),
        // Whether a document must be named depends on who listens.
        HookError::Invalid(_) => {
            (StatusCode::UNPROCESSABLE_ENTITY, "ctx::hook::invalid", None, None)
        }
        HookError::Conflict(_) => (StatusCode::CONFLICT, "ctx::state::conflict", None, None),
        HookError::Rejected { problems, .. } => {
            let details = Some(listed(problems));
            (StatusCode::UNPROCESSABLE_ENTITY, "ctx::hook::rejected", details, None)
        }
        HookError::Failed { problem, .. } => {
            let details = Some(listed(std::slice::from_ref(problem)));
            (StatusCode::BAD_GATEWAY, "ctx::hook::failed", details, Some(problem.extension.clone()))
        }
    };
    let mut rejection =
        Rejection::new(status, code, message).with_help("GET /v1/hooks lists who runs there");
    rejection.problem.details = details;
    rejection.problem.extension = extension;
    rejection
}

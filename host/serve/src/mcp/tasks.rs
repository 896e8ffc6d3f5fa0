//! Calls that outlive the request that started them. The client is given a
//! handle at once and asks how it stands; the guest asks its questions through
//! the same handle. What came of a call is kept for a while, in this process,
//! and is there for whoever began it.

mod owned;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use ctx_core::ToolCall;
use ctx_model::{
    CallError, Failure, FailureKind, Outcome, Questions, Refusal, Reply, Resumed, TaskSupport,
    ToolInfo,
};
use rmcp::ErrorData;
use rmcp::model::{
    CallToolResult, CancelTaskParams, ClientCapabilities, CreateTaskResult, ErrorCode,
    GetTaskParams, GetTaskResult, UpdateTaskParams,
};
use rmcp::task_manager::{TaskContext, TaskExit, TaskManager, TaskOptions};
use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

use self::owned::{KEPT, Owned, RUNNING};
use super::asking::{ROUNDS, question, rounds};
use super::owner::Owner;
use super::session::Server;
use super::tools::done;
use super::{cut, refusal};

/// How long a call may take that need not become a task.
const MOMENT: Duration = Duration::from_millis(200);

/// How often a client need look.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The tasks that there are, and whose each is.
#[derive(Default)]
pub(crate) struct Tasks(Owned);

/// When a call becomes a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    Never,
    /// If it takes longer than a moment.
    Late,
    AtOnce,
}

/// Says when a call becomes a task: the tool decides what may, the client what
/// it understands.
pub(crate) fn when(info: &ToolInfo, capabilities: &ClientCapabilities) -> Result<When, ErrorData> {
    match info.task {
        TaskSupport::Forbidden => Ok(When::Never),
        TaskSupport::Optional if capabilities.supports_tasks() => Ok(When::Late),
        TaskSupport::Optional => Ok(When::Never),
        TaskSupport::Required if capabilities.supports_tasks() => Ok(When::AtOnce),
        TaskSupport::Required => Err(ErrorData::missing_required_client_capability(
            ClientCapabilities::builder().enable_tasks().build(),
        )),
    }
}

/// A call that runs by itself, and ends when it is dropped.
pub(crate) type Running = AbortOnDropHandle<Outcome<Reply>>;

/// What a call came to in its first moment.
pub(crate) enum Begun {
    /// It is over, or it asks.
    Answered(Outcome<Reply>),
    Still(Running),
}

/// Runs a call for a moment.
pub(crate) async fn begun(server: &Arc<Server>, call: ToolCall) -> Begun {
    let server = server.clone();
    let running = async move { server.host.call(call).await.outcome };
    let mut running = AbortOnDropHandle::new(tokio::spawn(running));
    match timeout(MOMENT, &mut running).await {
        Ok(ended) => Begun::Answered(joined(ended)),
        Err(_) => Begun::Still(running),
    }
}

fn joined(ended: Result<Outcome<Reply>, JoinError>) -> Outcome<Reply> {
    ended.unwrap_or_else(|error| {
        Err(CallError::Refused(Refusal::NotReady { why: error.to_string() }))
    })
}

impl Tasks {
    /// Begins a call, and gives the handle of it to its owner.
    pub(crate) fn begin(
        &self,
        server: &Arc<Server>,
        owner: Owner,
        call: ToolCall,
        begun: Option<Running>,
        capabilities: ClientCapabilities,
    ) -> Result<CreateTaskResult, ErrorData> {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let options =
            TaskOptions::new().with_ttl_ms(millis(KEPT)).with_poll_interval_ms(millis(LOOK_EVERY));
        let server = server.clone();
        let task = self.0.begin(owner, |alone, size| {
            alone.spawn(options, move |context| {
                Box::pin(async move {
                    let over = context.clone();
                    let done = tokio::select! {
                        biased;
                        // Dropping the call stops the guest.
                        () = over.cancelled() => Err(TaskExit::Cancelled),
                        () = server.shutdown.cancelled() => Err(TaskExit::Cancelled),
                        done = run(&server, &context, call, begun, &capabilities) => done,
                    };
                    if let Ok(result) = &done {
                        size.set(serde_json::to_vec(result).map_or(0, |bytes| bytes.len()));
                    }
                    server.tasks.0.tidy();
                    done
                })
            })
        });
        task.map(CreateTaskResult::new).ok_or_else(|| {
            let text = format!("{RUNNING} tasks run already; try again once one of them is done");
            ErrorData::internal_error(text, None)
        })
    }

    /// Says how a task stands.
    pub(crate) fn get(
        &self,
        owner: &Owner,
        request: &GetTaskParams,
    ) -> Result<GetTaskResult, ErrorData> {
        let task = self.find(owner, &request.task_id)?.get_task(&request.task_id);
        task.map(GetTaskResult::new).map_err(|_| unknown(&request.task_id))
    }

    /// Hands answers to a task that asked.
    pub(crate) fn update(&self, owner: &Owner, request: UpdateTaskParams) -> Result<(), ErrorData> {
        let found = self.find(owner, &request.task_id)?;
        let done = found.update_task(&request.task_id, request.input_responses);
        done.map_err(|_| unknown(&request.task_id))
    }

    /// Stops a task.
    pub(crate) fn cancel(
        &self,
        owner: &Owner,
        request: &CancelTaskParams,
    ) -> Result<(), ErrorData> {
        let found = self.find(owner, &request.task_id)?;
        found.cancel_task(&request.task_id).map_err(|_| unknown(&request.task_id))
    }

    fn find(&self, owner: &Owner, id: &str) -> Result<TaskManager, ErrorData> {
        self.0.find(owner, id).ok_or_else(|| unknown(id))
    }
}

/// Calls until there is an answer, with what the client says in between.
async fn run(
    server: &Server,
    context: &TaskContext,
    mut call: ToolCall,
    mut begun: Option<Running>,
    capabilities: &ClientCapabilities,
) -> Result<CallToolResult, TaskExit> {
    let mut used = HashSet::new();
    for _ in 0..ROUNDS {
        let outcome = match begun.take() {
            Some(running) => joined(running.await),
            None => server.host.call(call.clone()).await.outcome,
        };
        let questions = match outcome {
            // What it promised is not known here, so that all of it stays.
            Ok(Reply::Done(output)) => return Ok(cut::within(server, done(output, true), true)),
            Ok(Reply::Ask(questions)) => questions,
            Err(error) => return failed(&error),
        };
        if let Some(lacking) = question::lacking(&questions, capabilities) {
            return Err(ErrorData::missing_required_client_capability(lacking).into());
        }
        let answers = asked(context, &call.tool, &questions, &mut used).await?;
        call.resumed = Some(Resumed { state: questions.state, answers });
    }
    Ok(refusal::told(&rounds(&call.tool)))
}

/// A call that broke down fails its task; what a tool says no to is an answer.
fn failed(error: &CallError) -> Result<CallToolResult, TaskExit> {
    match error {
        CallError::Broke { .. }
        | CallError::Failed { failure: Failure { kind: FailureKind::Internal, .. }, .. } => {
            let problem = crate::problem::Problem::from(error);
            let data = serde_json::to_value(&problem).ok();
            Err(ErrorData::new(ErrorCode::INTERNAL_ERROR, problem.message, data).into())
        }
        error => Ok(refusal::of_tool(error)?),
    }
}

/// Puts all questions of one round at once. A key that was used before gets a
/// number, since a client may answer each but once.
async fn asked(
    context: &TaskContext,
    tool: &str,
    questions: &Questions,
    used: &mut HashSet<String>,
) -> Result<Vec<ctx_model::Answer>, TaskExit> {
    let mut requests = match question::requests(tool, questions) {
        Ok(requests) => requests,
        Err(problem) => return Err(refusal::of_problem(&problem).into()),
    };
    let mut waiting = JoinSet::new();
    for (at, question) in questions.questions.iter().enumerate() {
        // Two questions of one key are one.
        let Some(request) = requests.remove(&question.key) else { continue };
        let mut key = question.key.clone();
        for round in 2.. {
            if used.insert(key.clone()) {
                break;
            }
            key = format!("{}-{round}", question.key);
        }
        let context = context.clone();
        waiting.spawn(async move { (at, context.request_input(key, request).await) });
    }
    let mut answers = Vec::new();
    while let Some(joined) = waiting.join_next().await {
        let internal = |error: tokio::task::JoinError| {
            TaskExit::Error(ErrorData::internal_error(error.to_string(), None))
        };
        let (at, value) = joined.map_err(internal)?;
        let question = &questions.questions[at];
        answers.extend(question::answer(&question.key, (&question.ask).into(), &value?));
    }
    Ok(answers)
}

fn unknown(id: &str) -> ErrorData {
    ErrorData::invalid_params(
        format!("there is no task `{id}`; it was never begun here, or is over and forgotten"),
        None,
    )
}

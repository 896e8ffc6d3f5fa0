//! What a tool or an agent asks, and how the answers get back to it. A client
//! of the newer protocol takes the questions as an answer and comes back; one
//! of the older is asked while its request waits. Either way no guest waits.

pub(super) mod question;
mod seal;

use std::time::Duration;

use ctx_core::Hearer;
use ctx_model::{
    Answer, AnswerOutcome, CallError, Caller, Digest, ExtensionName, FailureKind, Questions,
    Resumed,
};
use rmcp::model::{ClientResult, InputRequest, InputRequests, InputRequiredResult, ServerRequest};
use rmcp::service::{Peer, PeerRequestOptions, ServiceError};
use rmcp::{ErrorData, RoleServer};
use serde_json::Value;

use super::caller::Client;
use super::hearing::heard;
use super::session::Server;
use crate::problem::{Class, Problem, Refused};

pub(crate) use seal::Seal;

/// How often one request may ask before it is taken for one that never ends.
pub(super) const ROUNDS: usize = 16;

/// How long a person may think.
const PATIENCE: Duration = Duration::from_mins(10);

/// The request that the questions belong to. Answers to one answer no other.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) method: &'static str,
    pub(crate) name: &'a str,
    pub(crate) arguments: &'a Value,
    pub(crate) caller: &'a Caller,
    /// Who answers, and as what; absent if there is nobody.
    pub(crate) extension: Option<(&'a ExtensionName, Digest)>,
}

/// What one run came to.
pub(crate) enum Step<T> {
    Done(T),
    Ask(Questions),
}

/// What the request came to.
pub(crate) enum Ended<T> {
    Done(T),
    Failed(CallError),
    /// To be given to the client, which comes back with the answers.
    Asks(InputRequiredResult),
    /// The client cannot be asked.
    Stuck(Problem),
}

/// Runs until there is an answer, with what the client says in between.
pub(crate) async fn through<T, F>(
    server: &Server,
    client: &Client<'_>,
    subject: Subject<'_>,
    resumed: Option<Resumed>,
    run: impl Fn(Option<Resumed>, Hearer) -> F,
) -> Result<Ended<T>, ErrorData>
where
    F: Future<Output = Result<Step<T>, CallError>>,
{
    let mut resumed = resumed;
    for _ in 0..ROUNDS {
        let again = resumed.take();
        let questions = match heard(client.ears.as_ref(), |hearer| run(again, hearer)).await {
            Ok(Step::Done(answer)) => return Ok(Ended::Done(answer)),
            Ok(Step::Ask(questions)) => questions,
            Err(error) => return Ok(Ended::Failed(error)),
        };
        let requests = match question::requests(subject.name, &questions) {
            Ok(requests) => requests,
            Err(problem) => return Ok(Ended::Stuck(problem)),
        };
        let lacking = question::lacking(&questions, &client.capabilities);
        let Some(peer) = client.peer else {
            if let Some(lacking) = lacking {
                return Err(ErrorData::missing_required_client_capability(lacking));
            }
            let state = server.seal.state(subject, &questions)?;
            let requests = (!requests.is_empty()).then_some(requests);
            return Ok(Ended::Asks(InputRequiredResult::new(requests, Some(state))));
        };
        if lacking.is_some() {
            return Ok(Ended::Stuck(unable(subject.name, &questions)));
        }
        let answers = tokio::select! {
            biased;
            // Nobody may hold up the end by thinking.
            () = server.shutdown.cancelled() => {
                return Ok(Ended::Stuck(stopping(subject.name, &questions)));
            }
            // Seldom and large: kept out of the future of every call.
            answers = Box::pin(ask(peer, &questions, requests)) => answers?,
        };
        resumed = Some(Resumed { state: questions.state, answers });
    }
    Ok(Ended::Stuck(rounds(subject.name)))
}

/// Says that somebody asks and asks.
pub(super) fn rounds(name: &str) -> Problem {
    Problem::new(
        Class::Stopped,
        "ctx::mcp::rounds",
        format!("`{name}` asked {ROUNDS} times and has not answered"),
    )
}

/// Puts the questions to a client that waits for its answer.
async fn ask(
    peer: &Peer<RoleServer>,
    questions: &Questions,
    mut requests: InputRequests,
) -> Result<Vec<Answer>, ErrorData> {
    let mut answers = Vec::with_capacity(questions.questions.len());
    for question in &questions.questions {
        let request = match requests.remove(&question.key) {
            Some(InputRequest::Elicitation(request)) => ServerRequest::ElicitRequest(request),
            Some(InputRequest::CreateMessage(request)) => {
                ServerRequest::CreateMessageRequest(request)
            }
            Some(InputRequest::ListRoots(request)) => ServerRequest::ListRootsRequest(request),
            // Two questions of one key are one.
            _ => continue,
        };
        let refused = |outcome| Answer { key: question.key.clone(), outcome, value: None };
        match sent(peer, request).await {
            Ok(result) => {
                let value = serde_json::to_value(result).unwrap_or_default();
                answers.extend(question::answer(&question.key, (&question.ask).into(), &value));
            }
            // Its person or its policy said no.
            Err(ServiceError::McpError(_)) => answers.push(refused(AnswerOutcome::Declined)),
            Err(ServiceError::Timeout { .. }) => answers.push(refused(AnswerOutcome::Dismissed)),
            Err(error) => {
                return Err(ErrorData::internal_error(
                    format!("the client could not be asked: {error}"),
                    None,
                ));
            }
        }
    }
    Ok(answers)
}

async fn sent(
    peer: &Peer<RoleServer>,
    request: ServerRequest,
) -> Result<ClientResult, ServiceError> {
    let options = PeerRequestOptions::with_timeout(PATIENCE);
    peer.send_request_with_option(request, options).await?.await_response().await
}

/// Says what would have been asked, so that a model may ask it instead.
fn unable(name: &str, questions: &Questions) -> Problem {
    let problem = Problem::new(
        Class::Refused(Refused::Unusable),
        "ctx::mcp::cannot_ask",
        format!("`{name}` has a question, and this client takes none"),
    );
    asking(problem, questions)
}

/// Says that nobody waits for the answers any more.
fn stopping(name: &str, questions: &Questions) -> Problem {
    let problem = Problem::new(
        Class::Failed(Some(FailureKind::Cancelled)),
        "ctx::mcp::stopping",
        format!("`{name}` was cancelled while it waited for an answer: the server stops"),
    );
    asking(problem, questions).with_help("call it again once the server runs again")
}

fn asking(problem: Problem, questions: &Questions) -> Problem {
    let asked = questions.questions.iter().map(|question| question::shown(&question.ask));
    asked.fold(problem, |problem, asked| problem.with_help(format!("it asks: {asked}")))
}

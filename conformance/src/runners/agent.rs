//! Claims about an agent: it needs what it says that it needs, and prepares a
//! prompt that can be used.

use ctx_model::{AgentInfo, CallError, PromptReply, Refusal, Usage};
use serde_json::{Map, Value};

use super::{judged, judged_alike};
use crate::case::Action;
use crate::check::Verdict;
use crate::outcome;
use crate::trial::Trial;

pub(crate) async fn run(trial: &Trial, agent: &AgentInfo, action: Action) -> Verdict {
    match action {
        Action::PromptWithoutRequired => without_required(trial, agent).await,
        Action::PromptWithExample => with_example(trial, agent).await,
        Action::PromptTwice => {
            let [first, second] = trial.prompt(agent, &arguments(agent)).await;
            judged_alike(&first, &second)
        }
        _ => Verdict::skip("this is no claim about an agent"),
    }
}

/// Makes up the arguments that are required.
fn arguments(agent: &AgentInfo) -> Value {
    let required = agent.arguments.iter().filter(|argument| argument.required);
    let filled = required.map(|argument| (argument.name.clone(), Value::from("example")));
    Value::Object(filled.collect::<Map<_, _>>())
}

async fn without_required(trial: &Trial, agent: &AgentInfo) -> Verdict {
    let Some(required) = agent.arguments.iter().find(|argument| argument.required) else {
        return Verdict::skip("it requires no argument");
    };
    let name = &required.name;
    let mut given = arguments(agent);
    if let Value::Object(given) = &mut given {
        given.remove(name);
    }
    let [receipt, _] = trial.prompt(agent, &given).await;
    match &receipt.outcome {
        Err(CallError::Refused(Refusal::InvalidArguments { problems, .. })) => {
            if receipt.usage != Usage::default() {
                Verdict::fail("it was refused, and something had run").billed(receipt.usage)
            } else if problems.iter().any(|problem| problem.contains(name.as_str())) {
                Verdict::pass("")
            } else {
                Verdict::fail(format!(
                    "the refusal does not name `{name}`: {}",
                    problems.join("; ")
                ))
            }
        }
        Err(error) => {
            let ended = outcome::words(error);
            Verdict::fail(format!("without `{name}` it ended as `{ended}`")).billed(receipt.usage)
        }
        Ok(_) => Verdict::fail(format!("it was asked without `{name}`")).billed(receipt.usage),
    }
}

async fn with_example(trial: &Trial, agent: &AgentInfo) -> Verdict {
    let [receipt, _] = trial.prompt(agent, &arguments(agent)).await;
    let verdict = match &receipt.outcome {
        Ok(PromptReply::Ask(asked)) => {
            let keys: Vec<&str> = asked.questions.iter().map(|one| one.key.as_str()).collect();
            Verdict::pass(format!("it asks first: {}", keys.join(", ")))
        }
        Ok(PromptReply::Done(prompt)) => {
            let mut named = prompt.tools.iter().flatten();
            let outside = named.find(|tool| !agent.tools.is_empty() && !agent.tools.contains(tool));
            match outside {
                _ if prompt.system.trim().is_empty() && prompt.messages.is_empty() => {
                    Verdict::fail("its prompt says nothing")
                }
                Some(tool) => {
                    Verdict::fail(format!("its prompt names `{tool}`, which it does not declare"))
                }
                None => Verdict::pass(""),
            }
        }
        Err(error) => judged(error, true),
    };
    verdict.billed(receipt.usage)
}

//! An agent to try: a form for its arguments, and the prompt it prepared.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use ctx_core::{Agent, Catalog, Installed, PromptCall};
use ctx_model::{Prompt, PromptReply};
use http::StatusCode;

use super::form::{Control, Form};
use super::frame::Frame;
use super::html;
use super::posted::{Posted, Signed};
use super::shown::{Bill, Ended, Outcome, Piece, Text, pieces};
use crate::app::App;
use crate::rejection::Rejection;
use crate::rest::{Asking, Named, unknown};

#[derive(Template)]
#[template(path = "agent.html")]
struct Page {
    frame: Frame,
    name: String,
    title: String,
    extension: String,
    description: String,
    /// Tools in its scope, and whether they are installed.
    tools: Vec<(String, bool)>,
    form: Form,
    ended: Option<Ended>,
}

/// Shows the form.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    frame: Frame,
    Named(name): Named,
) -> Result<Response, Rejection> {
    let catalog = app.host.catalog().await.map_err(|error| Rejection::from(&error))?;
    let (extension, agent) = found(&catalog, name)?;
    let form = Form::of_agent(&agent.info);
    Ok(html(StatusCode::OK, &page(frame, &catalog, extension, agent, form, None)))
}

/// Has the agent prepare its prompt from what was filled in.
pub(super) async fn prompt(
    State(app): State<Arc<App>>,
    frame: Frame,
    Named(name): Named,
    _: Signed,
    Asking(caller): Asking,
    posted: Posted,
) -> Result<Response, Rejection> {
    let catalog = app.host.catalog().await.map_err(|error| Rejection::from(&error))?;
    let (extension, agent) = found(&catalog, name)?;
    let mut form = Form::of_agent(&agent.info);
    let Some(arguments) = form.read(&posted.0) else {
        let page = page(frame, &catalog, extension, agent, form, None);
        return Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    let request = caller.request().unwrap_or_default().to_owned();
    let agent_name = agent.wire_name.clone();
    let call = PromptCall { agent: agent_name, arguments, resumed: None, caller };
    let receipt = app.host.prompt(call).await;
    let (status, outcome) = match &receipt.outcome {
        Ok(PromptReply::Done(prompt)) => (StatusCode::OK, prompted(prompt)),
        Ok(PromptReply::Ask(questions)) => (StatusCode::OK, Outcome::asked(questions)),
        Err(error) => {
            let Rejection { status, problem } = error.into();
            (status, Outcome::failed(problem))
        }
    };
    let bill = Bill::new(&receipt.usage);
    let ended = Ended { outcome, bill, request, extension: extension.name.to_string() };
    Ok(html(status, &page(frame, &catalog, extension, agent, form, Some(ended))))
}

fn found(catalog: &Catalog, name: String) -> Result<(&Arc<Installed>, &Agent), Rejection> {
    catalog.agent(&name).ok_or_else(|| unknown("agent", name))
}

fn prompted(prompt: &Prompt) -> Outcome {
    let turns = prompt.messages.iter().map(|turn| (turn.role.as_str(), pieces(&turn.blocks)));
    Outcome::Prompted {
        system: Text::of(&prompt.system),
        turns: turns.collect(),
        tools: prompt.tools.clone().unwrap_or_default(),
    }
}

fn page(
    frame: Frame,
    catalog: &Catalog,
    extension: &Installed,
    agent: &Agent,
    form: Form,
    ended: Option<Ended>,
) -> Page {
    let info = &agent.info;
    let tools = info.tools.iter().map(|tool| (tool.clone(), catalog.tool(tool).is_some()));
    Page {
        frame: frame.at("agents"),
        name: agent.wire_name.clone(),
        title: info.title.clone().unwrap_or_default(),
        extension: extension.name.to_string(),
        description: info.description.clone(),
        tools: tools.collect(),
        form,
        ended,
    }
}

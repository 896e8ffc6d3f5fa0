//! Prompts with each sort of message.

use ctx_sdk::agent::{AgentInfo, Prompt, PromptReply};
use ctx_sdk::{Agent, Block, Error, Message, Result, Resumed};
use serde_json::Value;

use crate::asked::{questions, text, texts};
use crate::pictures::PNG;

/// Nothing is said before the first message.
fn prompt() -> Prompt {
    Prompt::new("")
}

fn argument(arguments: &Value, name: &str) -> Result<String> {
    let missing = || Error::invalid_input(format!("`{name}` must be a text"));
    arguments[name].as_str().map(str::to_owned).ok_or_else(missing)
}

pub(crate) struct Simple;

impl Agent for Simple {
    const NAME: &'static str = "test_simple_prompt";
    type Arguments = Value;

    fn describe() -> AgentInfo {
        AgentInfo::new("A prompt without arguments")
    }

    fn prepare(_: Value) -> Result<PromptReply> {
        Ok(prompt().message(Message::user("This is a simple prompt for testing.")).into())
    }
}

pub(crate) struct WithArguments;

impl Agent for WithArguments {
    const NAME: &'static str = "test_prompt_with_arguments";
    type Arguments = Value;

    fn describe() -> AgentInfo {
        AgentInfo::new("A prompt with two arguments")
            .required("arg1", "First test argument")
            .required("arg2", "Second test argument")
    }

    fn prepare(arguments: Value) -> Result<PromptReply> {
        let (first, second) = (argument(&arguments, "arg1")?, argument(&arguments, "arg2")?);
        let said = format!("Prompt with arguments: arg1='{first}', arg2='{second}'");
        Ok(prompt().message(Message::user(said)).into())
    }
}

pub(crate) struct WithResource;

impl Agent for WithResource {
    const NAME: &'static str = "test_prompt_with_embedded_resource";
    type Arguments = Value;

    fn describe() -> AgentInfo {
        AgentInfo::new("A prompt that carries a resource")
            .required("resourceUri", "The resource's address")
    }

    fn prepare(arguments: Value) -> Result<PromptReply> {
        let uri = argument(&arguments, "resourceUri")?;
        let text = "Embedded resource content for testing.";
        let resource = Message::user_with([Block::embedded(uri, "text/plain", text)]);
        let please = Message::user("Please process the embedded resource above.");
        Ok(prompt().message(resource).message(please).into())
    }
}

pub(crate) struct WithImage;

impl Agent for WithImage {
    const NAME: &'static str = "test_prompt_with_image";
    type Arguments = Value;

    fn describe() -> AgentInfo {
        AgentInfo::new("A prompt that carries a picture")
    }

    fn prepare(_: Value) -> Result<PromptReply> {
        let picture = Message::user_with([Block::image("image/png", PNG.to_vec())]);
        let please = Message::user("Please analyze the image above.");
        Ok(prompt().message(picture).message(please).into())
    }
}

pub(crate) struct AsksFirst;

impl AsksFirst {
    fn answer(resumed: Option<&Resumed>) -> Result<PromptReply> {
        let Some(context) = text(resumed, "user_context", "context") else {
            let message = "What context should the prompt use?";
            let asked = questions()?.form("user_context", message, texts(&["context"]));
            return Ok(PromptReply::ask(asked));
        };
        Ok(prompt().message(Message::user(format!("Use this context: {context}"))).into())
    }
}

impl Agent for AsksFirst {
    const NAME: &'static str = "test_input_required_result_prompt";
    type Arguments = Value;

    fn describe() -> AgentInfo {
        AgentInfo::new("A prompt that asks first")
    }

    fn prepare(_: Value) -> Result<PromptReply> {
        Self::answer(None)
    }

    fn resume(_: Value, resumed: Resumed) -> Result<PromptReply> {
        Self::answer(Some(&resumed))
    }
}

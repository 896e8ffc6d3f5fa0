//! Asking the caller: questions go out as an answer, and the call comes again
//! with what was said. No instance waits for a person.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bindings::lent::ctx::extension::asking;
use crate::{Result, Schema};

pub use asking::{Answer, Ask, Form, Outcome, Question, Questions, Resumed, Visit};

impl Questions {
    /// Starts a list of questions. `state` comes back with the answers.
    pub fn new(state: &impl Serialize) -> Result<Self> {
        Ok(Self { questions: Vec::new(), state: serde_json::to_string(state)?, expires: None })
    }

    /// Asks a person to fill in a form. `key` comes back with the answer.
    #[must_use]
    pub fn form(self, key: &str, message: &str, schema: Schema) -> Self {
        self.with(key, Ask::Form(Form { message: message.to_owned(), schema: schema.into_json() }))
    }

    /// Asks a person to open a page, for example to sign in.
    #[must_use]
    pub fn visit(self, key: &str, message: &str, url: &str) -> Self {
        self.with(key, Ask::Visit(Visit { message: message.to_owned(), url: url.to_owned() }))
    }

    /// Asks the client for its folders.
    #[must_use]
    pub fn roots(self, key: &str) -> Self {
        self.with(key, Ask::Roots)
    }

    /// Asks the client's model: the parameters of `sampling/createMessage`.
    #[must_use]
    pub fn completion(self, key: &str, parameters: &serde_json::Value) -> Self {
        self.with(key, Ask::Completion(parameters.to_string()))
    }

    fn with(mut self, key: &str, ask: Ask) -> Self {
        self.questions.push(Question { key: key.to_owned(), ask });
        self
    }
}

impl Resumed {
    /// Returns the state that the earlier call left.
    pub fn read_state<T: DeserializeOwned>(&self) -> Result<T> {
        Ok(serde_json::from_str(&self.state)?)
    }

    /// Returns what came of the question with this key.
    pub fn answer(&self, key: &str) -> Option<&Answer> {
        self.answers.iter().find(|answer| answer.key == key)
    }
}

impl Answer {
    /// Returns the value, or nothing if the person declined or went away.
    pub fn read<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        match &self.value {
            Some(value) if matches!(self.outcome, Outcome::Accepted) => {
                Ok(Some(serde_json::from_str(value)?))
            }
            _ => Ok(None),
        }
    }
}

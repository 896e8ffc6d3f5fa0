//! Tools: the trait that an author implements, and how a call finds its tool.
//!
//! One component may hold several; `export!` lists them.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bindings::lent::ctx::extension::asking;
use crate::bindings::lent::ctx::extension::types;
use crate::bindings::tool::exports::ctx::extension::tools;
use crate::error::lower;
use crate::{Block, Error, Questions, Result, Resumed, Schema};

pub use tools::{CallRequest, Hints, Output, Reply, TaskSupport, ToolInfo};

/// Does one thing when asked, and answers.
///
/// ```
/// use ctx_sdk::{Reply, Result, Schema, Tool, ToolInfo};
/// use serde::Deserialize;
///
/// struct Greet;
///
/// #[derive(Deserialize)]
/// struct Person {
///     name: String,
/// }
///
/// impl Tool for Greet {
///     const NAME: &'static str = "greet";
///     type Arguments = Person;
///
///     fn describe() -> ToolInfo {
///         ToolInfo::new("Greets a person")
///             .input(Schema::object().required("name", Schema::string()))
///     }
///
///     fn call(person: Person) -> Result<Reply> {
///         Ok(Reply::text(format!("Hello, {}", person.name)))
///     }
/// }
///
/// ctx_sdk::export!(tools: [Greet]);
/// # fn main() {}
/// ```
pub trait Tool {
    /// `[A-Za-z0-9_-]{1,64}`; unique within the extension.
    const NAME: &'static str;

    /// What the arguments are read as. `serde_json::Value` takes anything.
    type Arguments: DeserializeOwned;

    /// Describes the tool, with nothing granted.
    fn describe() -> ToolInfo;

    /// Answers one call. Each call gets a fresh instance; what should outlive
    /// it goes in [`kv`](crate::kv).
    fn call(arguments: Self::Arguments) -> Result<Reply>;

    /// Goes on where an earlier call of this tool returned [`Reply::ask`].
    fn resume(arguments: Self::Arguments, resumed: Resumed) -> Result<Reply> {
        let (_, _) = (arguments, resumed);
        Err(Error::invalid_input(format!("`{}` asked nothing", Self::NAME)))
    }
}

impl ToolInfo {
    /// Describes a tool that takes no arguments, in one sentence that helps a
    /// model choose. The host is told [`Tool::NAME`] as its name.
    pub fn new(description: impl Into<String>) -> Self {
        Self {
            name: String::new(),
            title: None,
            description: description.into(),
            input_schema: Schema::object().into_json(),
            output_schema: None,
            hints: Hints::empty(),
            task: TaskSupport::Forbidden,
            meta: None,
        }
    }

    /// Sets a name for people.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Sets the schema of the arguments, an object. The host checks them
    /// before each call.
    #[must_use]
    pub fn input(mut self, schema: Schema) -> Self {
        self.input_schema = schema.into_json();
        self
    }

    /// Sets the schema of structured answers. The host checks them after each
    /// call.
    #[must_use]
    pub fn output(mut self, schema: Schema) -> Self {
        self.output_schema = Some(schema.into_json());
        self
    }

    /// Says what a caller may assume, for example `Hints::READ_ONLY`.
    #[must_use]
    pub fn hints(mut self, hints: Hints) -> Self {
        self.hints = hints;
        self
    }
}

impl ToolInfo {
    /// Says whether a call may outlive the request that started it.
    #[must_use]
    pub fn task(mut self, task: TaskSupport) -> Self {
        self.task = task;
        self
    }

    /// Passes a JSON object with namespaced keys on to clients.
    #[must_use]
    pub fn meta(mut self, meta: &serde_json::Value) -> Self {
        self.meta = Some(meta.to_string());
        self
    }
}

impl Reply {
    /// Answers with text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::blocks([Block::text(text)])
    }

    /// Answers with anything a model can read.
    pub fn blocks(blocks: impl IntoIterator<Item = Block>) -> Self {
        Self::Done(Output { blocks: blocks.into_iter().collect(), structured: None, meta: None })
    }

    /// Answers with a value for programs, and with its JSON for the model.
    pub fn structured(value: &impl Serialize) -> Result<Self> {
        let json = serde_json::to_string(value)?;
        let blocks = vec![Block::text(json.as_str())];
        Ok(Self::Done(Output { blocks, structured: Some(json), meta: None }))
    }

    /// Asks the caller first. The answers come to [`Tool::resume`].
    pub fn ask(questions: Questions) -> Self {
        Self::Ask(questions)
    }
}

/// Describes one tool to the host. `export!` calls it.
#[doc(hidden)]
pub fn info<T: Tool>() -> ToolInfo {
    ToolInfo { name: T::NAME.to_owned(), ..T::describe() }
}

/// Answers one call for the host. `export!` calls it.
#[doc(hidden)]
pub fn answer<T: Tool>(
    arguments: &str,
    resumed: Option<asking::Resumed>,
) -> Result<Reply, types::Error> {
    let parsed = serde_json::from_str(arguments).map_err(|error| {
        Error::invalid_input(format!("the arguments of `{}` do not fit: {error}", T::NAME))
    });
    let reply = parsed.and_then(|arguments| match resumed {
        None => T::call(arguments),
        Some(resumed) => T::resume(arguments, resumed),
    });
    reply.map_err(lower)
}

/// Says that no tool has this name. `export!` calls it.
#[doc(hidden)]
pub fn unknown(name: &str) -> types::Error {
    lower(Error::not_found(format!("there is no tool `{name}`")))
}

#[cfg(test)]
mod tests;

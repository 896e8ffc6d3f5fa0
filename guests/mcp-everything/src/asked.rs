//! Tools that ask their caller, and what they make of the answers.

use ctx_sdk::asking::{Answer, Outcome};
use ctx_sdk::{Questions, Reply, Result, Resumed, Schema, ToolInfo};
use serde_json::{Value, json};

use crate::tool;

/// Returns a form of texts, all of which are required.
pub(crate) fn texts(names: &[&str]) -> Schema {
    names.iter().fold(Schema::object(), |form, name| form.required(name, Schema::string()))
}

/// Returns questions that leave nothing behind.
pub(crate) fn questions() -> Result<Questions> {
    Questions::new(&Value::Null)
}

/// Asks the client's model.
pub(crate) fn prompted(questions: Questions, key: &str, prompt: &str) -> Questions {
    let content = json!({"type": "text", "text": prompt});
    let messages = json!([{"role": "user", "content": content}]);
    questions.completion(key, &json!({"messages": messages, "maxTokens": 100}))
}

/// Returns a field of an answer that was accepted.
pub(crate) fn given(resumed: Option<&Resumed>, key: &str, field: &str) -> Option<Value> {
    let answer = resumed?.answer(key)?;
    answer.read::<Value>().ok()??.get(field).cloned()
}

/// Returns a field of an answer that is a text.
pub(crate) fn text(resumed: Option<&Resumed>, key: &str, field: &str) -> Option<String> {
    given(resumed, key, field)?.as_str().map(str::to_owned)
}

/// Puts what came of a question into words.
pub(crate) fn told(answer: Option<&Answer>) -> String {
    let action = match answer.map(|answer| answer.outcome) {
        Some(Outcome::Accepted) => "accept",
        Some(Outcome::Declined) => "decline",
        Some(Outcome::Dismissed) | None => "cancel",
    };
    let content = answer.and_then(|answer| answer.value.as_deref()).unwrap_or("{}");
    format!("action={action}, content={content}")
}

/// Returns what a model said.
pub(crate) fn said(resumed: &Resumed, key: &str) -> String {
    let answer = resumed.answer(key).and_then(|answer| answer.read::<Value>().ok().flatten());
    let content = answer.map(|answer| answer["content"].clone()).unwrap_or_default();
    let text = content["text"].as_str().or_else(|| content[0]["text"].as_str());
    text.unwrap_or("nothing").to_owned()
}

tool!(
    Sampling,
    "test_sampling",
    ToolInfo::new("Asks the client's model")
        .input(Schema::object().required("prompt", Schema::string())),
    |arguments, resumed| match resumed {
        None => {
            let prompt = arguments["prompt"].as_str().unwrap_or_default();
            Ok(Reply::ask(prompted(questions()?, "answer", prompt)))
        }
        Some(resumed) => Ok(Reply::text(format!("LLM response: {}", said(&resumed, "answer")))),
    }
);

tool!(
    Elicitation,
    "test_elicitation",
    ToolInfo::new("Asks who somebody is")
        .input(Schema::object().required("message", Schema::string())),
    |arguments, resumed| match resumed {
        None => {
            let message = arguments["message"].as_str().unwrap_or_default();
            let form = Schema::object()
                .required("username", Schema::string().describe("User's response"))
                .required("email", Schema::string().describe("User's email address"));
            Ok(Reply::ask(questions()?.form("user", message, form)))
        }
        Some(resumed) => {
            Ok(Reply::text(format!("User response: {}", told(resumed.answer("user")))))
        }
    }
);

tool!(
    Defaults,
    "test_elicitation_sep1034_defaults",
    ToolInfo::new("Asks with a default in each field"),
    |_, resumed| match resumed {
        None => {
            let status = Schema::string().one_of(["active", "inactive", "pending"]);
            let form = Schema::object()
                .optional("name", Schema::string().default("John Doe"))
                .optional("age", Schema::integer().default(30))
                .optional("score", Schema::number().default(95.5))
                .optional("status", status.default("active"))
                .optional("verified", Schema::boolean().default(true));
            Ok(Reply::ask(questions()?.form("values", "Please look at these values", form)))
        }
        Some(resumed) => {
            Ok(Reply::text(format!("Elicitation completed: {}", told(resumed.answer("values")))))
        }
    }
);

tool!(
    Enums,
    "test_elicitation_sep1330_enums",
    ToolInfo::new("Asks with a choice of each kind"),
    |_, resumed| match resumed {
        None => {
            let options = json!(["option1", "option2", "option3"]);
            let titled = |titles: [&str; 3]| {
                let titles = titles.iter().enumerate();
                let choice = |(at, title): (usize, &&str)| json!({"const": format!("value{}", at + 1), "title": title});
                Value::from(titles.map(choice).collect::<Vec<_>>())
            };
            let form = Schema::from(json!({
                "type": "object",
                "properties": {
                    "untitledSingle": {"type": "string", "enum": options},
                    "titledSingle": {
                        "type": "string",
                        "oneOf": titled(["First Option", "Second Option", "Third Option"]),
                    },
                    "legacyEnum": {
                        "type": "string",
                        "enum": ["opt1", "opt2", "opt3"],
                        "enumNames": ["Option One", "Option Two", "Option Three"],
                    },
                    "untitledMulti": {
                        "type": "array", "items": {"type": "string", "enum": options},
                    },
                    "titledMulti": {
                        "type": "array",
                        "items": {
                            "anyOf": titled(["First Choice", "Second Choice", "Third Choice"]),
                        },
                    },
                },
            }));
            Ok(Reply::ask(questions()?.form("choices", "Please choose", form)))
        }
        Some(resumed) => {
            Ok(Reply::text(format!("Elicitation completed: {}", told(resumed.answer("choices")))))
        }
    }
);

tool!(
    MissingCapability,
    "test_missing_capability",
    ToolInfo::new("Needs a client that samples"),
    |_, resumed| match resumed {
        None => Ok(Reply::ask(prompted(questions()?, "answer", "Are you there?"))),
        Some(resumed) => Ok(Reply::text(said(&resumed, "answer"))),
    }
);

tool!(
    Streaming,
    "test_streaming_elicitation",
    ToolInfo::new("Asks, and never sends a request of its own"),
    |_, resumed| match text(resumed.as_ref(), "name", "name") {
        None => Ok(Reply::ask(questions()?.form("name", "Who are you?", texts(&["name"])))),
        Some(name) => Ok(Reply::text(format!("Hello, {name}"))),
    }
);

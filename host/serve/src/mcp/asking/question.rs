//! Questions as MCP puts them, and what its clients answer.

use ctx_model::{Answer, AnswerOutcome, Ask, Questions};
use rmcp::model::{ClientCapabilities, InputRequest, InputRequests};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::problem::{Class, Problem};

/// Which of them it was, for when the answer comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Form,
    Visit,
    Completion,
    Roots,
}

impl From<&Ask> for Kind {
    fn from(ask: &Ask) -> Self {
        match ask {
            Ask::Form { .. } => Self::Form,
            Ask::Visit { .. } => Self::Visit,
            Ask::Completion(_) => Self::Completion,
            Ask::Roots => Self::Roots,
        }
    }
}

/// Writes questions as requests to the client, by their keys.
pub(crate) fn requests(name: &str, questions: &Questions) -> Result<InputRequests, Problem> {
    let requests = questions.questions.iter().map(|question| match request(&question.ask) {
        Ok(request) => Ok((question.key.clone(), request)),
        Err(error) => Err(Problem::new(
            Class::Failed(None),
            "ctx::mcp::question",
            format!("`{name}` asks `{}` in a way that MCP cannot put: {error}", question.key),
        )
        .with_help("this is a defect of the extension; its author would like to know")),
    });
    requests.collect()
}

fn request(ask: &Ask) -> Result<InputRequest, serde_json::Error> {
    let (method, params) = match ask {
        Ask::Form { message, schema } => (
            "elicitation/create",
            json!({
                "mode": "form",
                "message": message,
                "requestedSchema": serde_json::from_str::<Value>(schema)?,
            }),
        ),
        Ask::Visit { message, url } => (
            "elicitation/create",
            json!({"mode": "url", "message": message, "url": url, "elicitationId": random()}),
        ),
        Ask::Completion(parameters) => {
            ("sampling/createMessage", serde_json::from_str(parameters)?)
        }
        Ask::Roots => return serde_json::from_value(json!({"method": "roots/list"})),
    };
    serde_json::from_value(json!({"method": method, "params": params}))
}

/// Clients tell pages to visit apart by it; nothing else depends on it.
fn random() -> String {
    ctx_core::random::hex::<8>().unwrap_or_else(|_| "page".to_owned())
}

/// Reads an answer. One that makes no sense counts as none: whoever asked may
/// ask again.
pub(crate) fn answer(key: &str, kind: Kind, value: &Value) -> Option<Answer> {
    let key = key.to_owned();
    let accepted = |value: Option<&Value>| Answer {
        key: key.clone(),
        outcome: AnswerOutcome::Accepted,
        value: value.map(Value::to_string),
    };
    let refused = |outcome| Answer { key: key.clone(), outcome, value: None };
    match kind {
        Kind::Form | Kind::Visit => Some(match value.get("action")?.as_str()? {
            "accept" => accepted(value.get("content").filter(|content| !content.is_null())),
            "decline" => refused(AnswerOutcome::Declined),
            "cancel" => refused(AnswerOutcome::Dismissed),
            _ => return None,
        }),
        Kind::Completion => {
            value.get("content")?;
            Some(accepted(Some(value)))
        }
        Kind::Roots => Some(accepted(Some(value.get("roots")?))),
    }
}

/// Returns what the client would have to be capable of, unless it is.
pub(crate) fn lacking(
    questions: &Questions,
    client: &ClientCapabilities,
) -> Option<ClientCapabilities> {
    let lacking = questions.questions.iter().filter_map(|question| {
        let elicitation = client.elicitation.as_ref();
        match question.ask {
            // A client that names no mode means forms.
            Ask::Form { .. } => elicitation
                .is_none_or(|modes| modes.form.is_none() && modes.url.is_some())
                .then(|| json!({"elicitation": {"form": {}}})),
            Ask::Visit { .. } => elicitation
                .is_none_or(|modes| modes.url.is_none())
                .then(|| json!({"elicitation": {"url": {}}})),
            Ask::Completion(_) => client.sampling.is_none().then(|| json!({"sampling": {}})),
            Ask::Roots => client.roots.is_none().then(|| json!({"roots": {}})),
        }
    });
    let mut all: Option<Value> = None;
    for one in lacking {
        match &mut all {
            None => all = Some(one),
            Some(all) => merge(all, one),
        }
    }
    all.and_then(|all| serde_json::from_value(all).ok())
}

fn merge(into: &mut Value, more: Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (key, value) in more {
                merge(into.entry(key).or_insert_with(|| json!({})), value);
            }
        }
        (into, more) => *into = more,
    }
}

/// Puts a question into words.
pub(crate) fn shown(ask: &Ask) -> String {
    match ask {
        Ask::Form { message, .. } => message.clone(),
        Ask::Visit { message, url } => format!("{message} ({url})"),
        Ask::Completion(_) => "a completion by the client's model".to_owned(),
        Ask::Roots => "the folders that the client works in".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

    use ctx_model::Question;

    use super::*;

    fn questions(asks: impl IntoIterator<Item = Ask>) -> Questions {
        let questions = asks.into_iter().enumerate();
        Questions {
            questions: questions.map(|(at, ask)| Question { key: at.to_string(), ask }).collect(),
            state: "{}".to_owned(),
            expires: None,
        }
    }

    fn form(schema: &str) -> Ask {
        Ask::Form { message: "Who?".to_owned(), schema: schema.to_owned() }
    }

    #[test]
    fn each_question_is_a_request_of_its_kind() {
        let schema = r#"{"type":"object","properties":{"name":{"type":"string"}}}"#;
        let visit = Ask::Visit { message: "Sign in".to_owned(), url: "https://a".to_owned() };
        let completion =
            r#"{"messages":[{"role":"user","content":{"type":"text","text":"hi"}}],"maxTokens":9}"#;
        let asked =
            questions([form(schema), visit, Ask::Completion(completion.to_owned()), Ask::Roots]);
        let requests = serde_json::to_value(requests("t", &asked).unwrap()).unwrap();
        let methods: Vec<_> = (0..4).map(|at| requests[at.to_string()]["method"].clone()).collect();
        let expected =
            ["elicitation/create", "elicitation/create", "sampling/createMessage", "roots/list"];
        assert_eq!(methods, expected);
        assert_eq!(
            requests["0"]["params"]["requestedSchema"]["properties"]["name"]["type"],
            "string"
        );
        assert_eq!(requests["1"]["params"]["url"], "https://a");
    }

    #[test]
    fn a_form_that_is_none_names_its_question() {
        let problem = requests("t", &questions([form("[]")])).unwrap_err();
        assert!(problem.message.starts_with("`t` asks `0` in a way that MCP cannot put"));
    }

    #[test]
    fn answers_are_read_by_the_kind_of_their_question() {
        let check = |kind, value: Value, outcome: Option<(AnswerOutcome, Option<&str>)>| {
            let answer = answer("k", kind, &value);
            let got = answer.as_ref().map(|answer| (answer.outcome, answer.value.as_deref()));
            assert_eq!(got, outcome);
        };
        let accept = json!({"action": "accept", "content": {"a": 1}});
        check(Kind::Form, accept, Some((AnswerOutcome::Accepted, Some(r#"{"a":1}"#))));
        check(Kind::Visit, json!({"action": "accept"}), Some((AnswerOutcome::Accepted, None)));
        check(Kind::Form, json!({"action": "decline"}), Some((AnswerOutcome::Declined, None)));
        check(Kind::Form, json!({"action": "cancel"}), Some((AnswerOutcome::Dismissed, None)));
        check(Kind::Form, json!({"roots": []}), None);
        check(Kind::Roots, json!({"roots": []}), Some((AnswerOutcome::Accepted, Some("[]"))));
        check(Kind::Roots, json!({"action": "accept"}), None);
        check(Kind::Completion, json!(3), None);
    }

    #[test]
    fn only_what_the_client_cannot_do_is_lacking() {
        let client = |json| serde_json::from_value::<ClientCapabilities>(json).unwrap();
        let asked = questions([form("{}"), Ask::Roots]);
        assert_eq!(lacking(&asked, &client(json!({"elicitation": {}, "roots": {}}))), None);
        let all = lacking(&asked, &client(json!({"elicitation": {"url": {}}}))).unwrap();
        let all = serde_json::to_value(all).unwrap();
        assert_eq!(all, json!({"elicitation": {"form": {}}, "roots": {}}));
    }
}

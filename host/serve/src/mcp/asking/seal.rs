//! The state of a guest that asked, in the hands of its client: signed by a
//! key of this process, bound to the request and the extension it belongs to,
//! and good for a while. The client can read it and cannot change it.

use std::time::{Duration, SystemTime};

use ctx_model::{Questions, Resumed};
use rmcp::ErrorData;
use rmcp::model::{InputResponses, RequestStateCodec, RequestStateError, SealOptions};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Subject;
use super::question::{Kind, answer};

/// How long answers are waited for at most, and if the extension does not say.
const LONGEST: Duration = Duration::from_hours(1);

/// Signs states and knows them again.
pub(crate) struct Seal(RequestStateCodec);

/// What is signed.
#[derive(Serialize, Deserialize)]
struct State {
    state: String,
    asked: Vec<(String, Kind)>,
}

impl Seal {
    /// Makes a key that no other process knows.
    pub(crate) fn new() -> Self {
        let mut key = [0; RequestStateCodec::MIN_KEY_LENGTH];
        getrandom::fill(&mut key).expect("the system gives randomness");
        Self(RequestStateCodec::new_unchecked(key))
    }

    /// Signs a guest's state for the client to bring back.
    pub(crate) fn state(
        &self,
        subject: Subject<'_>,
        questions: &Questions,
    ) -> Result<String, ErrorData> {
        let asked = questions.questions.iter();
        let state = State {
            state: questions.state.clone(),
            asked: asked.map(|asked| (asked.key.clone(), Kind::from(&asked.ask))).collect(),
        };
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let ttl = lifetime(questions.expires, now);
        let bound = subject.bytes();
        let options = SealOptions::new().associated_data(&bound).ttl(ttl);
        self.0
            .seal_json_with(&state, &options)
            .map_err(|error| ErrorData::internal_error(error.to_string(), None))
    }

    /// Reads what the client brought back. A request without a state begins
    /// anew, whatever answers come with it.
    pub(crate) fn resumed(
        &self,
        subject: Subject<'_>,
        state: Option<&str>,
        mut answers: InputResponses,
    ) -> Result<Option<Resumed>, ErrorData> {
        let Some(sealed) = state else { return Ok(None) };
        let opened = self.0.open_json_with(sealed, &subject.bytes());
        let State { state, asked } = opened.map_err(|error| {
            let why = match error {
                RequestStateError::Expired => "has expired",
                _ => "is none that this server gave out for this request",
            };
            ErrorData::invalid_params(
                format!("the `requestState` {why}; make the request again without it"),
                None,
            )
        })?;
        let answers = asked.iter().filter_map(|(key, kind)| {
            let value = answers.remove(key)?;
            answer(key, *kind, &value)
        });
        Ok(Some(Resumed { state, answers: answers.collect() }))
    }
}

impl Subject<'_> {
    /// The same for the same request, in whatever order its arguments are.
    fn bytes(&self) -> Vec<u8> {
        let mut arguments = self.arguments.clone();
        arguments.sort_all_objects();
        let caller: Value = self.caller.id.clone().into();
        // The same name may be another's tomorrow, and the state is not for it.
        let extension = self.extension.map(|(name, digest)| (name, digest.to_string()));
        json!([self.method, caller, self.name, arguments, extension]).to_string().into_bytes()
    }
}

/// Returns how long a state is good that expires when the extension says, in
/// seconds since 1970. What lies in the past has expired.
fn lifetime(expires: Option<i64>, now: Duration) -> Duration {
    let Some(at) = expires else { return LONGEST };
    let at = Duration::from_secs(u64::try_from(at).unwrap_or_default());
    at.saturating_sub(now).min(LONGEST)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

    use ctx_model::{Ask, Caller, Digest, ExtensionName, Question};

    use super::*;

    fn questions(expires: Option<i64>) -> Questions {
        let ask = Ask::Form { message: String::new(), schema: "{}".to_owned() };
        Questions {
            questions: vec![Question { key: "name".to_owned(), ask }],
            state: "[1]".to_owned(),
            expires,
        }
    }

    fn subject<'a>(arguments: &'a Value, caller: &'a Caller) -> Subject<'a> {
        Subject { method: "tools/call", name: "t", arguments, caller, extension: None }
    }

    #[test]
    fn a_state_is_good_for_its_own_request_alone() {
        let seal = Seal::new();
        let (caller, other) =
            (Caller::default(), Caller { id: Some("x".into()), ..Caller::default() });
        let (arguments, swapped) = (json!({"a": 1, "b": 2}), json!({"b": 2, "a": 1}));
        let (name, another) = (ExtensionName::new("a").unwrap(), ExtensionName::new("b").unwrap());
        let extension = Some((&name, Digest([1; 32])));
        let subject = Subject { extension, ..subject(&arguments, &caller) };
        let state = seal.state(subject, &questions(None)).unwrap();
        let answers = || InputResponses::from([("name".to_owned(), json!({"action": "decline"}))]);
        let opened = |subject, state: &str| seal.resumed(subject, Some(state), answers());
        let resumed = opened(Subject { arguments: &swapped, ..subject }, &state).unwrap().unwrap();
        assert_eq!((resumed.state.as_str(), resumed.answers.len()), ("[1]", 1));
        for other in [
            Subject { method: "prompts/get", ..subject },
            Subject { name: "u", ..subject },
            Subject { arguments: &Value::Null, ..subject },
            Subject { caller: &other, ..subject },
            Subject { extension: Some((&another, Digest([1; 32]))), ..subject },
            Subject { extension: Some((&name, Digest([2; 32]))), ..subject },
            Subject { extension: None, ..subject },
        ] {
            assert_eq!(opened(other, &state).unwrap_err().code.0, -32602);
        }
        assert!(opened(subject, &format!("{state}A")).is_err());
        assert!(Seal::new().resumed(subject, Some(&state), answers()).is_err());
    }

    #[test]
    fn a_state_expires_when_the_extension_says() {
        let (seal, caller) = (Seal::new(), Caller::default());
        let subject = subject(&Value::Null, &caller);
        let state = seal.state(subject, &questions(Some(-5))).unwrap();
        // A clock counts in milliseconds.
        let error = loop {
            if let Err(error) = seal.resumed(subject, Some(&state), InputResponses::new()) {
                break error;
            }
        };
        assert!(error.message.contains("has expired"), "{}", error.message);
    }

    #[test]
    fn no_state_lives_longer_than_the_host_allows_or_after_its_time() {
        let (now, second) = (Duration::from_secs(1000), Duration::from_secs(1));
        for (expires, expected) in [
            (None, LONGEST),
            (Some(i64::MAX), LONGEST),
            (Some(1001), second),
            (Some(999), Duration::ZERO),
            (Some(-1), Duration::ZERO),
            (Some(i64::MIN), Duration::ZERO),
        ] {
            assert_eq!(lifetime(expires, now), expected, "{expires:?}");
        }
    }

    #[test]
    fn answers_without_a_state_are_passed_over() {
        let (seal, caller) = (Seal::new(), Caller::default());
        let subject = subject(&Value::Null, &caller);
        let answers = InputResponses::from([("name".to_owned(), Value::Null)]);
        assert_eq!(seal.resumed(subject, None, answers).unwrap(), None);
    }
}

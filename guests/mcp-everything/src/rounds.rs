//! Tools that ask by answering, and are called again: with the answers, with
//! what they left behind, and more than once.

use ctx_sdk::{Questions, Reply, Schema, ToolInfo};
use serde_json::{Value, json};

use crate::asked::{given, prompted, questions, said, text, texts};
use crate::tool;

fn consent() -> Schema {
    Schema::object().required("ok", Schema::boolean())
}

tool!(
    Name,
    "test_input_required_result_elicitation",
    ToolInfo::new("Asks for a name until it has one"),
    |_, resumed| match text(resumed.as_ref(), "user_name", "name") {
        None => {
            Ok(Reply::ask(questions()?.form("user_name", "What is your name?", texts(&["name"]))))
        }
        Some(name) => Ok(Reply::text(format!("Hello, {name}!"))),
    }
);

tool!(
    Capital,
    "test_input_required_result_sampling",
    ToolInfo::new("Asks the client's model for a capital"),
    |_, resumed| {
        match resumed.filter(|resumed| resumed.answer("capital_question").is_some()) {
            None => {
                let prompt = "What is the capital of France?";
                Ok(Reply::ask(prompted(questions()?, "capital_question", prompt)))
            }
            Some(resumed) => Ok(Reply::text(said(&resumed, "capital_question"))),
        }
    }
);

tool!(
    Roots,
    "test_input_required_result_list_roots",
    ToolInfo::new("Asks for the client's folders"),
    |_, resumed| {
        let answer = resumed.as_ref().and_then(|resumed| resumed.answer("client_roots"));
        match answer {
            None => Ok(Reply::ask(questions()?.roots("client_roots"))),
            Some(answer) => {
                let roots = answer.value.as_deref().unwrap_or("[]");
                Ok(Reply::text(format!("Roots: {roots}")))
            }
        }
    }
);

tool!(
    State,
    "test_input_required_result_request_state",
    ToolInfo::new("Keeps a state between two calls"),
    |_, resumed| {
        let left = resumed.as_ref().map(ctx_sdk::Resumed::read_state::<Value>).transpose()?;
        let is_mine = left.is_some_and(|left| left["secret"] == 42);
        if is_mine && given(resumed.as_ref(), "confirm", "ok").is_some() {
            return Ok(Reply::text("state-ok"));
        }
        let left = Questions::new(&json!({"secret": 42}))?;
        Ok(Reply::ask(left.form("confirm", "Please confirm", consent())))
    }
);

tool!(
    Several,
    "test_input_required_result_multiple_inputs",
    ToolInfo::new("Asks three things at once"),
    |_, resumed| {
        let all = ["user_name", "greeting", "client_roots"];
        match resumed.filter(|resumed| all.iter().all(|key| resumed.answer(key).is_some())) {
            None => {
                let asked = questions()?.form("user_name", "What is your name?", texts(&["name"]));
                let asked = prompted(asked, "greeting", "Generate a greeting");
                Ok(Reply::ask(asked.roots("client_roots")))
            }
            Some(resumed) => {
                let name = text(Some(&resumed), "user_name", "name").unwrap_or_default();
                Ok(Reply::text(format!("{} {name}", said(&resumed, "greeting"))))
            }
        }
    }
);

tool!(
    Twice,
    "test_input_required_result_multi_round",
    ToolInfo::new("Asks twice"),
    |_, resumed| {
        let left = resumed.as_ref().map(ctx_sdk::Resumed::read_state::<Value>).transpose()?;
        let left = left.unwrap_or_default();
        let resumed = resumed.as_ref();
        let known = left["name"].as_str().map(str::to_owned);
        if let (Some(name), Some(color)) = (&known, text(resumed, "step2", "color")) {
            return Ok(Reply::text(format!("{name} likes {color}")));
        }
        Ok(Reply::ask(match known.or_else(|| text(resumed, "step1", "name")) {
            Some(name) => Questions::new(&json!({ "name": name }))?.form(
                "step2",
                "Step 2: What is your favorite color?",
                texts(&["color"]),
            ),
            None => questions()?.form("step1", "Step 1: What is your name?", texts(&["name"])),
        }))
    }
);

tool!(
    Tampered,
    "test_input_required_result_tampered_state",
    ToolInfo::new("Trusts no state but its own"),
    |_, resumed| match given(resumed.as_ref(), "confirm", "ok") {
        None => {
            let left = Questions::new(&json!({"round": 1}))?;
            Ok(Reply::ask(left.form("confirm", "Please confirm", consent())))
        }
        Some(_) => Ok(Reply::text("state-ok")),
    }
);

tool!(
    Capabilities,
    "test_input_required_result_capabilities",
    ToolInfo::new("Asks in the way that the client can answer"),
    |_, resumed| match resumed {
        None => Ok(Reply::ask(prompted(questions()?, "answer", "What do you say?"))),
        Some(resumed) => Ok(Reply::text(said(&resumed, "answer"))),
    }
);

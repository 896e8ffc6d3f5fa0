//! Tools whose calls may outlive the request that started them.

use std::thread::sleep;
use std::time::Duration;

use ctx_sdk::{Error, Reply, Schema, TaskSupport, ToolInfo};

use crate::asked::{given, questions, text, texts, told};
use crate::tool;

tool!(
    Greet,
    "greet",
    ToolInfo::new("Greets somebody, at once")
        .input(Schema::object().required("name", Schema::string())),
    |arguments, _| {
        let name = arguments["name"].as_str().unwrap_or_default();
        Ok(Reply::text(format!("Hello, {name}!")))
    }
);

tool!(
    Slow,
    "slow_compute",
    ToolInfo::new("Takes its time")
        .input(
            Schema::object()
                .required("seconds", Schema::number())
                .optional("label", Schema::string())
        )
        .task(TaskSupport::Optional),
    |arguments, _| {
        let seconds = arguments["seconds"].as_f64().unwrap_or_default();
        let time = Duration::try_from_secs_f64(seconds);
        sleep(time.map_err(|_| Error::invalid_input(format!("{seconds} is no time to take")))?);
        Ok(Reply::text(format!("done: {}", arguments["label"].as_str().unwrap_or_default())))
    }
);

tool!(
    FailingJob,
    "failing_job",
    ToolInfo::new("Fails, as a task").task(TaskSupport::Required),
    |_, _| Err(Error::unavailable("the job failed"))
);

tool!(
    BrokenJob,
    "protocol_error_job",
    ToolInfo::new("Breaks down, as a task").task(TaskSupport::Required),
    |_, _| Err(Error::internal("the job broke down"))
);

tool!(
    ConfirmDelete,
    "confirm_delete",
    ToolInfo::new("Asks before it deletes")
        .input(Schema::object().required("filename", Schema::string()))
        .task(TaskSupport::Required),
    |arguments, resumed| {
        let file = arguments["filename"].as_str().unwrap_or_default();
        if resumed.is_none() {
            let form = Schema::object().required("confirm", Schema::boolean());
            return Ok(Reply::ask(questions()?.form("confirm", &format!("Delete {file}?"), form)));
        }
        let is_sure = given(resumed.as_ref(), "confirm", "confirm") == Some(true.into());
        Ok(Reply::text(format!("{} {file}", if is_sure { "deleted" } else { "kept" })))
    }
);

tool!(
    Two,
    "multi_input",
    ToolInfo::new("Asks two things at once").task(TaskSupport::Required),
    |_, resumed| match resumed {
        None => Ok(Reply::ask(
            questions()?.form("first", "What is the first?", texts(&["value"])).form(
                "second",
                "What is the second?",
                texts(&["value"])
            )
        )),
        Some(resumed) => {
            let (first, second) = (told(resumed.answer("first")), told(resumed.answer("second")));
            Ok(Reply::text(format!("first: {first}; second: {second}")))
        }
    }
);

tool!(
    AskThenWork,
    "test_tool_with_task",
    ToolInfo::new("Asks, and then takes its time").task(TaskSupport::Optional),
    |_, resumed| match text(resumed.as_ref(), "user_name", "name") {
        None => {
            Ok(Reply::ask(questions()?.form("user_name", "What is your name?", texts(&["name"]))))
        }
        Some(name) => {
            sleep(Duration::from_secs(1));
            Ok(Reply::text(format!("Hello, {name}!")))
        }
    }
);

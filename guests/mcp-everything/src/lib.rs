//! One of everything that the Model Context Protocol can carry, as its official
//! conformance suite asks for it. `guests/lua/mcp-everything.lua` is its twin.

mod asked;
mod held;
mod jobs;
mod personas;
mod pictures;
mod rounds;
mod said;

/// Makes a tool of a name, what it says of itself, and a function that is given
/// the arguments, and the answers if it has asked.
macro_rules! tool {
    ($type:ident, $name:literal, $info:expr, $run:expr) => {
        pub(crate) struct $type;

        impl ctx_sdk::Tool for $type {
            const NAME: &'static str = $name;
            type Arguments = serde_json::Value;

            fn describe() -> ctx_sdk::ToolInfo {
                $info
            }

            fn call(arguments: serde_json::Value) -> ctx_sdk::Result<ctx_sdk::Reply> {
                let run: crate::Run = $run;
                run(arguments, None)
            }

            fn resume(
                arguments: serde_json::Value,
                resumed: ctx_sdk::Resumed,
            ) -> ctx_sdk::Result<ctx_sdk::Reply> {
                let run: crate::Run = $run;
                run(arguments, Some(resumed))
            }
        }
    };
}
use tool;

type Run = fn(serde_json::Value, Option<ctx_sdk::Resumed>) -> ctx_sdk::Result<ctx_sdk::Reply>;

ctx_sdk::export!(
    tools: [
        said::About,
        said::Text,
        said::Image,
        said::Audio,
        said::Embedded,
        said::Mixed,
        said::Logging,
        said::OneLine,
        said::Failing,
        said::Progress,
        said::Schema2020,
        said::CustomHeader,
        said::ToolChange,
        said::PromptChange,
        said::ResourceChange,
        asked::Sampling,
        asked::Elicitation,
        asked::Defaults,
        asked::Enums,
        asked::MissingCapability,
        asked::Streaming,
        rounds::Name,
        rounds::Capital,
        rounds::Roots,
        rounds::State,
        rounds::Several,
        rounds::Twice,
        rounds::Tampered,
        rounds::Capabilities,
        jobs::Greet,
        jobs::Slow,
        jobs::FailingJob,
        jobs::BrokenJob,
        jobs::ConfirmDelete,
        jobs::Two,
        jobs::AskThenWork,
    ],
    agents: [
        personas::Simple,
        personas::WithArguments,
        personas::WithResource,
        personas::WithImage,
        personas::AsksFirst,
    ],
    resources: held::Held,
    completer: held::Completions,
);

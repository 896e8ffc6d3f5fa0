//! The frame of a probe that is called: a name, a line about it, and a function
//! `run` beside it.

/// Makes a tool of the function `run` of a module.
macro_rules! probe {
    ($probe:ident, $name:literal, $description:literal) => {
        pub(crate) struct $probe;

        impl ctx_sdk::Tool for $probe {
            const NAME: &'static str = $name;
            type Arguments = serde_json::Value;

            fn describe() -> ctx_sdk::ToolInfo {
                ctx_sdk::ToolInfo::new($description)
            }

            fn call(arguments: serde_json::Value) -> ctx_sdk::Result<ctx_sdk::Reply> {
                run(arguments)
            }
        }
    };
}

pub(crate) use probe;

//! The macro that turns implementations into a component.

/// Makes a component of what an author implemented. Called once in a crate;
/// one component may play several roles.
///
/// ```text
/// ctx_sdk::export!(tools: [WordCount, Slugify]);
/// ctx_sdk::export!(embedder: Embeddings);
/// ctx_sdk::export!(connector: Files);
/// ctx_sdk::export!(tools: [FindDocuments], agents: [Researcher]);
/// ctx_sdk::export!(extractor: Html);
/// ctx_sdk::export!(resources: Notes, completer: Titles);
/// ```
///
/// Outside wasm it checks the types and exports nothing, so that a guest's own
/// unit tests run on the machine that builds it.
#[macro_export]
macro_rules! export {
    () => {};
    (tools: [$($tool:ty),+ $(,)?] $(, $($rest:tt)*)?) => {
        const _: () = {
            struct Component;

            impl $crate::bindings::tool::exports::ctx::extension::tools::Guest for Component {
                fn list_tools() -> ::core::result::Result<
                    ::std::vec::Vec<$crate::ToolInfo>,
                    $crate::bindings::lent::ctx::extension::types::Error,
                > {
                    ::core::result::Result::Ok(::std::vec![$($crate::tool::info::<$tool>()),+])
                }

                fn call(request: $crate::tool::CallRequest) -> ::core::result::Result<
                    $crate::Reply,
                    $crate::bindings::lent::ctx::extension::types::Error,
                > {
                    $(
                        if request.name == <$tool as $crate::Tool>::NAME {
                            return $crate::tool::answer::<$tool>(&request.arguments, request.resumed);
                        }
                    )+
                    ::core::result::Result::Err($crate::tool::unknown(&request.name))
                }
            }

            #[cfg(target_family = "wasm")]
            $crate::bindings::tool::export_tools!(Component with_types_in $crate::bindings::tool);

            #[cfg(not(target_family = "wasm"))]
            #[used]
            static CHECKED: fn() = || {
                use $crate::bindings::tool::exports::ctx::extension::tools::Guest;
                let _ = (Component::list_tools, Component::call);
            };
        };
        $crate::export!($($($rest)*)?);
    };
    (agents: [$($agent:ty),+ $(,)?] $(, $($rest:tt)*)?) => {
        const _: () = {
            struct Component;

            impl $crate::bindings::agent::exports::ctx::extension::agents::Guest for Component {
                fn list_agents() -> ::core::result::Result<
                    ::std::vec::Vec<$crate::AgentInfo>,
                    $crate::bindings::lent::ctx::extension::types::Error,
                > {
                    ::core::result::Result::Ok(::std::vec![$($crate::agent::info::<$agent>()),+])
                }

                fn prepare(request: $crate::agent::PromptRequest) -> ::core::result::Result<
                    $crate::PromptReply,
                    $crate::bindings::lent::ctx::extension::types::Error,
                > {
                    $(
                        if request.name == <$agent as $crate::Agent>::NAME {
                            return $crate::agent::answer::<$agent>(&request.arguments, request.resumed);
                        }
                    )+
                    ::core::result::Result::Err($crate::agent::unknown(&request.name))
                }
            }

            #[cfg(target_family = "wasm")]
            $crate::bindings::agent::export_agents!(Component with_types_in $crate::bindings::agent);

            #[cfg(not(target_family = "wasm"))]
            #[used]
            static CHECKED: fn() = || {
                use $crate::bindings::agent::exports::ctx::extension::agents::Guest;
                let _ = (Component::list_agents, Component::prepare);
            };
        };
        $crate::export!($($($rest)*)?);
    };
    (resources: $holder:ty $(, $($rest:tt)*)?) => {
        const _: () = {
            struct Component;

            impl $crate::bindings::holder::exports::ctx::extension::resources::Guest for Component {
                fn list_resources() -> ::core::result::Result<
                    $crate::Holdings,
                    $crate::bindings::lent::ctx::extension::types::Error,
                > {
                    ::core::result::Result::Ok(<$holder as $crate::Resources>::list())
                }

                fn read(request: $crate::ReadRequest) -> ::core::result::Result<
                    $crate::ReadReply,
                    $crate::bindings::lent::ctx::extension::types::Error,
                > {
                    $crate::resource::read::<$holder>(request)
                }
            }

            #[cfg(target_family = "wasm")]
            $crate::bindings::holder::export_resources!(Component with_types_in $crate::bindings::holder);

            #[cfg(not(target_family = "wasm"))]
            #[used]
            static CHECKED: fn() = || {
                use $crate::bindings::holder::exports::ctx::extension::resources::Guest;
                let _ = (Component::list_resources, Component::read);
            };
        };
        $crate::export!($($($rest)*)?);
    };
    (completer: $completer:ty $(, $($rest:tt)*)?) => {
        const _: () = {
            struct Component;

            impl $crate::bindings::completer::exports::ctx::extension::completion::Guest for Component {
                fn complete(request: $crate::CompleteRequest) -> ::core::result::Result<
                    $crate::Choices,
                    $crate::bindings::lent::ctx::extension::types::Error,
                > {
                    $crate::completer::complete::<$completer>(request)
                }
            }

            #[cfg(target_family = "wasm")]
            $crate::bindings::completer::export_completion!(Component with_types_in $crate::bindings::completer);

            #[cfg(not(target_family = "wasm"))]
            #[used]
            static CHECKED: fn() = || {
                use $crate::bindings::completer::exports::ctx::extension::completion::Guest;
                let _ = Component::complete;
            };
        };
        $crate::export!($($($rest)*)?);
    };
    (embedder: $embedder:ty $(, $($rest:tt)*)?) => {
        const _: () = {
            struct Component;

            impl $crate::bindings::embedder::exports::ctx::extension::embedding::Guest for Component {
                fn describe() -> ::core::result::Result<
                    $crate::EmbedderInfo,
                    $crate::bindings::lent::ctx::extension::types::Error,
                > {
                    ::core::result::Result::Ok(<$embedder as $crate::Embedder>::describe())
                }

                fn embed(request: $crate::EmbedRequest) -> ::core::result::Result<
                    $crate::Embedded,
                    $crate::bindings::lent::ctx::extension::types::Error,
                > {
                    $crate::embedder::embed::<$embedder>(request)
                }
            }

            #[cfg(target_family = "wasm")]
            $crate::bindings::embedder::export_embedding!(Component with_types_in $crate::bindings::embedder);

            #[cfg(not(target_family = "wasm"))]
            #[used]
            static CHECKED: fn() = || {
                use $crate::bindings::embedder::exports::ctx::extension::embedding::Guest;
                let _ = (Component::describe, Component::embed);
            };
        };
        $crate::export!($($($rest)*)?);
    };
    (connector: $connector:ty $(, $($rest:tt)*)?) => {
        const _: () = {
            struct Component;

            impl $crate::bindings::connector::exports::ctx::extension::source::Guest for Component {
                type Scan = $crate::connector::Opened<<$connector as $crate::Connector>::Scan>;

                fn describe() -> ::core::result::Result<
                    $crate::SourceInfo,
                    $crate::bindings::lent::ctx::extension::types::Error,
                > {
                    ::core::result::Result::Ok(<$connector as $crate::Connector>::describe())
                }

                fn open(
                    request: $crate::bindings::connector::exports::ctx::extension::source::OpenRequest,
                ) -> ::core::result::Result<
                    $crate::bindings::connector::exports::ctx::extension::source::Scan,
                    $crate::bindings::connector::exports::ctx::extension::source::OpenError,
                > {
                    $crate::connector::open::<$connector>(request)
                        .map($crate::bindings::connector::exports::ctx::extension::source::Scan::new)
                }
            }

            #[cfg(target_family = "wasm")]
            $crate::bindings::connector::export_source!(Component with_types_in $crate::bindings::connector);

            #[cfg(not(target_family = "wasm"))]
            #[used]
            static CHECKED: fn() = || {
                use $crate::bindings::connector::exports::ctx::extension::source::Guest;
                let _ = (Component::describe, Component::open);
            };
        };
        $crate::export!($($($rest)*)?);
    };
    (extractor: $extractor:ty $(, $($rest:tt)*)?) => {
        const _: () = {
            struct Component;

            impl $crate::bindings::extractor::exports::ctx::extension::extraction::Guest for Component {
                fn describe() -> ::core::result::Result<
                    $crate::ExtractorInfo,
                    $crate::bindings::lent::ctx::extension::types::Error,
                > {
                    ::core::result::Result::Ok(<$extractor as $crate::Extractor>::describe())
                }

                fn extract(request: $crate::ExtractRequest) -> ::core::result::Result<
                    $crate::Extracted,
                    $crate::bindings::lent::ctx::extension::types::Error,
                > {
                    $crate::extractor::extract::<$extractor>(request)
                }
            }

            #[cfg(target_family = "wasm")]
            $crate::bindings::extractor::export_extraction!(Component with_types_in $crate::bindings::extractor);

            #[cfg(not(target_family = "wasm"))]
            #[used]
            static CHECKED: fn() = || {
                use $crate::bindings::extractor::exports::ctx::extension::extraction::Guest;
                let _ = (Component::describe, Component::extract);
            };
        };
        $crate::export!($($($rest)*)?);
    };
}

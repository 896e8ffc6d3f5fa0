//! The macro that turns implementations into a component.

mod transforms;

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
/// ctx_sdk::export!(normalize: Scores, pre_save_validate: Ages);
/// ctx_sdk::export!(compressors: [Prose], chunkers: [Csv], read_modes: [Outline]);
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
    (normalize: $hook:ty $(, $($rest:tt)*)?) => {
        const _: () = {
            struct Component;

            impl $crate::bindings::normalize::exports::ctx::extension::normalize::Guest for Component {
                fn run(run: $crate::hooks::HookRun, kind: ::std::string::String, entity: ::std::string::String) -> ::core::result::Result<$crate::bindings::lent::ctx::extension::hooking::Delta, $crate::bindings::lent::ctx::extension::types::Error> {
                    <$hook as $crate::hooks::Normalize>::run(run, kind, $crate::hooks::shown(&entity)?).map($crate::hooks::lowered)
                        .map_err($crate::hooks::failed)
                }
            }

            #[cfg(target_family = "wasm")]
            $crate::bindings::normalize::export_normalize!(Component with_types_in $crate::bindings::normalize);

            #[cfg(not(target_family = "wasm"))]
            #[used]
            static CHECKED: fn() = || {
                use $crate::bindings::normalize::exports::ctx::extension::normalize::Guest;
                let _ = Component::run;
            };
        };
        $crate::export!($($($rest)*)?);
    };
    (retrieval_enrichment: $hook:ty $(, $($rest:tt)*)?) => {
        const _: () = {
            struct Component;

            impl $crate::bindings::retrieval_enrichment::exports::ctx::extension::retrieval_enrichment::Guest for Component {
                fn run(run: $crate::hooks::HookRun, query: ::std::string::String) -> ::core::result::Result<$crate::hooks::Snippets, $crate::bindings::lent::ctx::extension::types::Error> {
                    <$hook as $crate::hooks::RetrievalEnrichment>::run(run, query)
                        .map_err($crate::hooks::failed)
                }
            }

            #[cfg(target_family = "wasm")]
            $crate::bindings::retrieval_enrichment::export_retrieval_enrichment!(Component with_types_in $crate::bindings::retrieval_enrichment);

            #[cfg(not(target_family = "wasm"))]
            #[used]
            static CHECKED: fn() = || {
                use $crate::bindings::retrieval_enrichment::exports::ctx::extension::retrieval_enrichment::Guest;
                let _ = Component::run;
            };
        };
        $crate::export!($($($rest)*)?);
    };
    (pre_save_validate: $hook:ty $(, $($rest:tt)*)?) => {
        const _: () = {
            struct Component;

            impl $crate::bindings::pre_save_validate::exports::ctx::extension::pre_save_validate::Guest for Component {
                fn run(run: $crate::hooks::HookRun, kind: ::std::string::String, data: ::std::string::String) -> ::core::result::Result<(), $crate::bindings::lent::ctx::extension::types::Error> {
                    <$hook as $crate::hooks::PreSaveValidate>::run(run, kind, $crate::hooks::shown(&data)?)
                        .map_err($crate::hooks::failed)
                }
            }

            #[cfg(target_family = "wasm")]
            $crate::bindings::pre_save_validate::export_pre_save_validate!(Component with_types_in $crate::bindings::pre_save_validate);

            #[cfg(not(target_family = "wasm"))]
            #[used]
            static CHECKED: fn() = || {
                use $crate::bindings::pre_save_validate::exports::ctx::extension::pre_save_validate::Guest;
                let _ = Component::run;
            };
        };
        $crate::export!($($($rest)*)?);
    };
    (pre_chat_turn: $hook:ty $(, $($rest:tt)*)?) => {
        const _: () = {
            struct Component;

            impl $crate::bindings::pre_chat_turn::exports::ctx::extension::pre_chat_turn::Guest for Component {
                fn run(run: $crate::hooks::HookRun, turn: ::std::string::String) -> ::core::result::Result<$crate::hooks::Snippets, $crate::bindings::lent::ctx::extension::types::Error> {
                    <$hook as $crate::hooks::PreChatTurn>::run(run, $crate::hooks::shown(&turn)?)
                        .map_err($crate::hooks::failed)
                }
            }

            #[cfg(target_family = "wasm")]
            $crate::bindings::pre_chat_turn::export_pre_chat_turn!(Component with_types_in $crate::bindings::pre_chat_turn);

            #[cfg(not(target_family = "wasm"))]
            #[used]
            static CHECKED: fn() = || {
                use $crate::bindings::pre_chat_turn::exports::ctx::extension::pre_chat_turn::Guest;
                let _ = Component::run;
            };
        };
        $crate::export!($($($rest)*)?);
    };
    (post_model_draft: $hook:ty $(, $($rest:tt)*)?) => {
        const _: () = {
            struct Component;

            impl $crate::bindings::post_model_draft::exports::ctx::extension::post_model_draft::Guest for Component {
                fn run(run: $crate::hooks::HookRun, draft: ::std::string::String) -> ::core::result::Result<$crate::hooks::Revision, $crate::bindings::lent::ctx::extension::types::Error> {
                    <$hook as $crate::hooks::PostModelDraft>::run(run, $crate::hooks::shown(&draft)?)
                        .map_err($crate::hooks::failed)
                }
            }

            #[cfg(target_family = "wasm")]
            $crate::bindings::post_model_draft::export_post_model_draft!(Component with_types_in $crate::bindings::post_model_draft);

            #[cfg(not(target_family = "wasm"))]
            #[used]
            static CHECKED: fn() = || {
                use $crate::bindings::post_model_draft::exports::ctx::extension::post_model_draft::Guest;
                let _ = Component::run;
            };
        };
        $crate::export!($($($rest)*)?);
    };
    (post_moderation: $hook:ty $(, $($rest:tt)*)?) => {
        const _: () = {
            struct Component;

            impl $crate::bindings::post_moderation::exports::ctx::extension::post_moderation::Guest for Component {
                fn run(run: $crate::hooks::HookRun, turn: ::std::string::String) -> ::core::result::Result<$crate::bindings::lent::ctx::extension::hooking::Delta, $crate::bindings::lent::ctx::extension::types::Error> {
                    <$hook as $crate::hooks::PostModeration>::run(run, $crate::hooks::shown(&turn)?).map($crate::hooks::lowered)
                        .map_err($crate::hooks::failed)
                }
            }

            #[cfg(target_family = "wasm")]
            $crate::bindings::post_moderation::export_post_moderation!(Component with_types_in $crate::bindings::post_moderation);

            #[cfg(not(target_family = "wasm"))]
            #[used]
            static CHECKED: fn() = || {
                use $crate::bindings::post_moderation::exports::ctx::extension::post_moderation::Guest;
                let _ = Component::run;
            };
        };
        $crate::export!($($($rest)*)?);
    };
    (pre_persist_turn: $hook:ty $(, $($rest:tt)*)?) => {
        const _: () = {
            struct Component;

            impl $crate::bindings::pre_persist_turn::exports::ctx::extension::pre_persist_turn::Guest for Component {
                fn run(run: $crate::hooks::HookRun, turn: ::std::string::String) -> ::core::result::Result<::std::vec::Vec<$crate::hooks::Transaction>, $crate::bindings::lent::ctx::extension::types::Error> {
                    <$hook as $crate::hooks::PrePersistTurn>::run(run, $crate::hooks::shown(&turn)?)
                        .map_err($crate::hooks::failed)
                }
            }

            #[cfg(target_family = "wasm")]
            $crate::bindings::pre_persist_turn::export_pre_persist_turn!(Component with_types_in $crate::bindings::pre_persist_turn);

            #[cfg(not(target_family = "wasm"))]
            #[used]
            static CHECKED: fn() = || {
                use $crate::bindings::pre_persist_turn::exports::ctx::extension::pre_persist_turn::Guest;
                let _ = Component::run;
            };
        };
        $crate::export!($($($rest)*)?);
    };
    (resolver: $hook:ty $(, $($rest:tt)*)?) => {
        const _: () = {
            struct Component;

            impl $crate::bindings::resolver::exports::ctx::extension::resolver::Guest for Component {
                fn resolve(
                    resolver: ::std::string::String,
                    path: ::std::string::String,
                    current: ::core::option::Option<::std::string::String>,
                    candidates: ::std::vec::Vec<$crate::hooks::Candidate>,
                ) -> ::core::result::Result<::std::vec::Vec<::std::string::String>, $crate::bindings::lent::ctx::extension::types::Error> {
                    let current = match current {
                        ::core::option::Option::Some(json) => {
                            ::core::option::Option::Some($crate::hooks::shown(&json)?)
                        }
                        ::core::option::Option::None => ::core::option::Option::None,
                    };
                    <$hook as $crate::hooks::Resolver>::resolve(&resolver, &path, current, candidates)
                        .map_err($crate::hooks::failed)
                }
            }

            #[cfg(target_family = "wasm")]
            $crate::bindings::resolver::export_resolver!(Component with_types_in $crate::bindings::resolver);

            #[cfg(not(target_family = "wasm"))]
            #[used]
            static CHECKED: fn() = || {
                use $crate::bindings::resolver::exports::ctx::extension::resolver::Guest;
                let _ = Component::resolve;
            };
        };
        $crate::export!($($($rest)*)?);
    };
    (events: $hook:ty $(, $($rest:tt)*)?) => {
        const _: () = {
            struct Component;

            impl $crate::bindings::events::exports::ctx::extension::events::Guest for Component {
                fn observe(
                    event: $crate::bindings::events::exports::ctx::extension::events::Event,
                ) -> ::core::result::Result<(), $crate::bindings::lent::ctx::extension::types::Error> {
                    let payload = $crate::hooks::shown(&event.payload)?;
                    <$hook as $crate::hooks::Observer>::observe(&event.name, payload)
                        .map_err($crate::hooks::failed)
                }
            }

            #[cfg(target_family = "wasm")]
            $crate::bindings::events::export_events!(Component with_types_in $crate::bindings::events);

            #[cfg(not(target_family = "wasm"))]
            #[used]
            static CHECKED: fn() = || {
                use $crate::bindings::events::exports::ctx::extension::events::Guest;
                let _ = Component::observe;
            };
        };
        $crate::export!($($($rest)*)?);
    };
    (compressors: [$($one:ty),+ $(,)?] $(, $($rest:tt)*)?) => {
        $crate::__export_transforms!(
            [$($one),+], compressor, compression, list_compressors, compress, CompressorInfo,
            CompressRequest, ::std::vec::Vec<$crate::Kept>, Compressor, export_compression
        );
        $crate::export!($($($rest)*)?);
    };
    (chunkers: [$($one:ty),+ $(,)?] $(, $($rest:tt)*)?) => {
        $crate::__export_transforms!(
            [$($one),+], chunker, chunking, list_chunkers, split, ChunkerInfo, ChunkRequest,
            ::std::vec::Vec<$crate::Chunk>, Chunker, export_chunking
        );
        $crate::export!($($($rest)*)?);
    };
    (read_modes: [$($one:ty),+ $(,)?] $(, $($rest:tt)*)?) => {
        $crate::__export_transforms!(
            [$($one),+], read_mode, viewing, list_read_modes, look, ReadModeInfo, ViewRequest, $crate::View,
            ReadMode, export_viewing
        );
        $crate::export!($($($rest)*)?);
    };
}

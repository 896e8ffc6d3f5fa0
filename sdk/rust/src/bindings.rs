//! What `wit-bindgen` makes of `/wit`: one module for all that the host lends
//! and one for each role. Roles share the lent types, and a component carries
//! only the imports that it calls.

#![allow(clippy::pedantic, clippy::allow_attributes_without_reason, reason = "generated")]
#![allow(
    missing_docs,
    unreachable_pub,
    unused_lifetimes,
    elided_lifetimes_in_paths,
    reason = "generated"
)]

/// Everything that the host lends, and the nouns that roles share.
pub mod lent {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package ctx:sdk;
            world lent {
                include ctx:extension/imports@0.1.0;
                import ctx:extension/asking@0.1.0;
                import ctx:extension/hooking@0.1.0;
            }
        ",
        world: "ctx:sdk/lent",
        generate_all,
    });
}

/// Generates one role over the lent types.
macro_rules! role {
    ($world:tt, $export:tt, $($more:tt)*) => {
        wit_bindgen::generate!({
            path: "../../wit",
            world: $world,
            pub_export_macro: true,
            export_macro_name: $export,
            with: {
                "ctx:extension/types@0.1.0": crate::bindings::lent::ctx::extension::types,
                $($more)*
                "ctx:extension/log@0.1.0": crate::bindings::lent::ctx::extension::log,
                "ctx:extension/settings@0.1.0": crate::bindings::lent::ctx::extension::settings,
                "ctx:extension/caller@0.1.0": crate::bindings::lent::ctx::extension::caller,
                "ctx:extension/changed@0.1.0": crate::bindings::lent::ctx::extension::changed,
                "ctx:extension/env@0.1.0": crate::bindings::lent::ctx::extension::env,
                "ctx:extension/files@0.1.0": crate::bindings::lent::ctx::extension::files,
                "ctx:extension/kv@0.1.0": crate::bindings::lent::ctx::extension::kv,
                "ctx:extension/secrets@0.1.0": crate::bindings::lent::ctx::extension::secrets,
                "ctx:extension/context@0.1.0": crate::bindings::lent::ctx::extension::context,
                "wasi:io/error@0.2.12": crate::bindings::lent::wasi::io::error,
                "wasi:io/poll@0.2.12": crate::bindings::lent::wasi::io::poll,
                "wasi:io/streams@0.2.12": crate::bindings::lent::wasi::io::streams,
                "wasi:clocks/monotonic-clock@0.2.12":
                    crate::bindings::lent::wasi::clocks::monotonic_clock,
                "wasi:http/types@0.2.12": crate::bindings::lent::wasi::http::types,
                "wasi:http/outgoing-handler@0.2.12":
                    crate::bindings::lent::wasi::http::outgoing_handler,
            },
        });
    };
}

pub mod tool {
    role!(
        "tool",
        "export_tools",
        "ctx:extension/asking@0.1.0": crate::bindings::lent::ctx::extension::asking,
    );
}

pub mod connector {
    role!("connector", "export_source",);
}

pub mod agent {
    role!(
        "agent",
        "export_agents",
        "ctx:extension/asking@0.1.0": crate::bindings::lent::ctx::extension::asking,
    );
}

pub mod holder {
    role!(
        "holder",
        "export_resources",
        "ctx:extension/asking@0.1.0": crate::bindings::lent::ctx::extension::asking,
    );
}

pub mod completer {
    role!("completer", "export_completion",);
}

pub mod embedder {
    role!("embedder", "export_embedding",);
}

pub mod extractor {
    role!("extractor", "export_extraction",);
}

/// Generates one hook over the lent types. A hook's world has its export alone:
/// what it calls of the host it imports through `lent`.
macro_rules! hook {
    ($inline:tt, $world:tt, $export:tt, $($with:tt)*) => {
        wit_bindgen::generate!({
            path: "../../wit",
            inline: $inline,
            world: $world,
            pub_export_macro: true,
            export_macro_name: $export,
            with: {
                "ctx:extension/types@0.1.0": crate::bindings::lent::ctx::extension::types,
                $($with)*
            },
        });
    };
}

pub mod normalize {
    hook!(
        "package ctx:sdk; world normalize-hook { export ctx:extension/normalize@0.1.0; }",
        "ctx:sdk/normalize-hook",
        "export_normalize",
        "ctx:extension/hooking@0.1.0": crate::bindings::lent::ctx::extension::hooking,
    );
}

pub mod retrieval_enrichment {
    hook!(
        "package ctx:sdk; world retrieval-enrichment-hook { export ctx:extension/retrieval-enrichment@0.1.0; }",
        "ctx:sdk/retrieval-enrichment-hook",
        "export_retrieval_enrichment",
        "ctx:extension/hooking@0.1.0": crate::bindings::lent::ctx::extension::hooking,
    );
}

pub mod pre_save_validate {
    hook!(
        "package ctx:sdk; world pre-save-validate-hook { export ctx:extension/pre-save-validate@0.1.0; }",
        "ctx:sdk/pre-save-validate-hook",
        "export_pre_save_validate",
        "ctx:extension/hooking@0.1.0": crate::bindings::lent::ctx::extension::hooking,
    );
}

pub mod pre_chat_turn {
    hook!(
        "package ctx:sdk; world pre-chat-turn-hook { export ctx:extension/pre-chat-turn@0.1.0; }",
        "ctx:sdk/pre-chat-turn-hook",
        "export_pre_chat_turn",
        "ctx:extension/hooking@0.1.0": crate::bindings::lent::ctx::extension::hooking,
    );
}

pub mod post_model_draft {
    hook!(
        "package ctx:sdk; world post-model-draft-hook { export ctx:extension/post-model-draft@0.1.0; }",
        "ctx:sdk/post-model-draft-hook",
        "export_post_model_draft",
        "ctx:extension/hooking@0.1.0": crate::bindings::lent::ctx::extension::hooking,
    );
}

pub mod post_moderation {
    hook!(
        "package ctx:sdk; world post-moderation-hook { export ctx:extension/post-moderation@0.1.0; }",
        "ctx:sdk/post-moderation-hook",
        "export_post_moderation",
        "ctx:extension/hooking@0.1.0": crate::bindings::lent::ctx::extension::hooking,
    );
}

pub mod pre_persist_turn {
    hook!(
        "package ctx:sdk; world pre-persist-turn-hook { export ctx:extension/pre-persist-turn@0.1.0; }",
        "ctx:sdk/pre-persist-turn-hook",
        "export_pre_persist_turn",
        "ctx:extension/hooking@0.1.0": crate::bindings::lent::ctx::extension::hooking,
    );
}

pub mod resolver {
    hook!(
        "package ctx:sdk; world resolver-hook { export ctx:extension/resolver@0.1.0; }",
        "ctx:sdk/resolver-hook",
        "export_resolver",
        "ctx:extension/hooking@0.1.0": crate::bindings::lent::ctx::extension::hooking,
    );
}

pub mod events {
    hook!(
        "package ctx:sdk; world events-hook { export ctx:extension/events@0.1.0; }",
        "ctx:sdk/events-hook",
        "export_events",
    );
}

/// Generates a role that is pure: it may log and count tokens, and nothing
/// else.
macro_rules! pure {
    ($world:tt, $export:tt) => {
        wit_bindgen::generate!({
            path: "../../wit",
            world: $world,
            pub_export_macro: true,
            export_macro_name: $export,
            with: {
                "ctx:extension/types@0.1.0": crate::bindings::lent::ctx::extension::types,
                "ctx:extension/log@0.1.0": crate::bindings::lent::ctx::extension::log,
                "ctx:extension/tokens@0.1.0": crate::bindings::lent::ctx::extension::tokens,
            },
        });
    };
}

pub mod compressor {
    pure!("compressor", "export_compression");
}

pub mod chunker {
    pure!("chunker", "export_chunking");
}

pub mod read_mode {
    pure!("read-mode", "export_viewing");
}

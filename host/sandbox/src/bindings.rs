//! The only `bindgen!`, over the widest world; no other line.
#![allow(
    missing_docs,
    unsafe_code,
    unreachable_pub,
    elided_lifetimes_in_paths,
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::allow_attributes_without_reason,
    reason = "generated"
)]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "interpreter",
    imports: {
        default: trappable,
        "ctx:extension/kv@0.1.0": async | trappable,
        "ctx:extension/secrets@0.1.0": async | trappable,
        "ctx:extension/context@0.1.0": async | trappable,
        "ctx:extension/files@0.1.0": async | trappable,
        "ctx:extension/tokens@0.1.0": async | trappable,
    },
    exports: { default: async },
    with: {
        "ctx:extension/kv@0.1.0.bucket": crate::lend::kv::Bucket,
        "ctx:extension/secrets@0.1.0.secret": crate::lend::secrets::Secret,
        "ctx:extension/files@0.1.0.walk": crate::lend::files::OpenWalk,
        "wasi:io": wasmtime_wasi::p2::bindings::io,
        "wasi:clocks": wasmtime_wasi::p2::bindings::clocks,
        "wasi:http": wasmtime_wasi_http::p2::bindings::http,
    },
});

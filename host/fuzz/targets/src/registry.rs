//! See `host/fuzz/src/registry.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ctx_fuzz::registry::run(bytes));

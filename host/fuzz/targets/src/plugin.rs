//! See `host/fuzz/src/plugin.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ctx_fuzz::plugin::run(bytes));

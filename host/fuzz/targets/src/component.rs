//! See `host/fuzz/src/component.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ctx_fuzz::component::run(bytes));

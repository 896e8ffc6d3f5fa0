//! See `host/fuzz/src/section.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ctx_fuzz::section::run(bytes));

//! See `host/fuzz/src/grant.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ctx_fuzz::grant::run(bytes));

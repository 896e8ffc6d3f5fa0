//! See `host/fuzz/src/url.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ctx_fuzz::url::run(bytes));

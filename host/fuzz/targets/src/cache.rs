//! See `host/fuzz/src/cache.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ctx_fuzz::cache::run(bytes));

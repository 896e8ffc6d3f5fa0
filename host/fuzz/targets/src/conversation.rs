//! See `host/fuzz/src/conversation.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ctx_fuzz::conversation::run(bytes));

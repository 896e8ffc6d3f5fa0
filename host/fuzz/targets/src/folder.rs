//! See `host/fuzz/src/folder.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ctx_fuzz::folder::run(bytes));

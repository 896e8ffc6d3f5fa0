//! See `host/fuzz/src/item.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ctx_fuzz::item::run(bytes));

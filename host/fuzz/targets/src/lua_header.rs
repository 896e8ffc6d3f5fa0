//! See `host/fuzz/src/lua_header.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ctx_fuzz::lua_header::run(bytes));

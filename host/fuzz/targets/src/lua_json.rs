//! See `host/fuzz/src/lua_json.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ctx_fuzz::lua_json::run(bytes));

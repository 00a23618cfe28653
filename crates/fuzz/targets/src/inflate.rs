//! Runs `inflate::check` of `crates/fuzz` on the inputs of libFuzzer.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| websocket_rs_fuzz::inflate::check(data));

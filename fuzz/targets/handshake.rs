//! Whatever stands in the environment of the process.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| azurebackup_fuzz::handshake::check(bytes));

//! Everything that leads to a token; see the module.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| azurebackup_fuzz::credentials::check(bytes));

//! Plans and checks of whatever fits the schemas.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| azurebackup_fuzz::plan::check(bytes));

//! Whatever Azure answers to each call of the service.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| azurebackup_fuzz::answers::check(bytes));

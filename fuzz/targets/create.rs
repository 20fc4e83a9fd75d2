//! A new restore out of anything; see the module.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| azurebackup_fuzz::create::check(bytes));

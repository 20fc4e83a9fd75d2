//! Ids, instants, durations, headers, URLs, and what is taken out of texts.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| azurebackup_fuzz::texts::check(bytes));

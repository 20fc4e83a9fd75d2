//! MessagePack, JSON and types: what is read can be written, and comes back as it was.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| azurebackup_fuzz::values::check(bytes));

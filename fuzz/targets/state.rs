//! A state file edited by hand, and an Azure that answers anything: nothing is restored, and nothing is asked of another
//! host or, but for links that Azure gives, outside the vault.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| azurebackup_fuzz::state::check(bytes));

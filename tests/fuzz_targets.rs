//! The fuzz targets without their fuzzer, on the seeds and what is near them: so they keep pace with the code, and an input
//! that once did harm, kept as a seed, does none again.

#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::path::Path;

/// So many places of each seed are cut off, and so many are spoilt.
const PLACES: usize = 24;

/// Checks every seed of `target`, its beginnings, and copies with one byte spoilt.
fn check_seeds(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut seeds = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let seed = std::fs::read(file.unwrap().path()).unwrap();
        check(&seed);
        for place in (0..seed.len()).step_by((seed.len() / PLACES).max(1)) {
            check(&seed[..place]);
            for spoilt in [0x00, 0x80, 0xff, seed[place] ^ 1] {
                let mut near = seed.clone();
                near[place] = spoilt;
                check(&near);
            }
        }
        seeds += 1;
    }
    assert!(seeds > 1, "no seeds of {target}");
}

#[test]
fn answers_of_azure_harm_nobody() {
    check_seeds("answers", targets::answers::check);
}

#[test]
fn the_environment_of_the_handshake_harms_nobody() {
    check_seeds("handshake", targets::handshake::check);
}

#[test]
fn plans_of_whatever_fits_the_schema_are_of_the_schema() {
    check_seeds("plan", targets::plan::check);
}

#[test]
fn a_state_file_edited_by_hand_sends_no_restore() {
    check_seeds("state", targets::state::check);
}

#[test]
fn texts_from_outside_harm_nobody() {
    check_seeds("texts", targets::texts::check);
}

#[test]
fn values_that_can_be_read_can_be_written() {
    check_seeds("values", targets::values::check);
}

//! The fuzz targets without their fuzzer, on the seeds and what is near them: so they keep pace with the code, and an input
//! that once did harm, kept as a seed, does none again.

#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::path::Path;

use azurebackup::tfplugin::provider::Provider as _;

use crate::kills::Dice;

/// So many places of each seed are cut off, and so many are spoilt.
const PLACES: usize = 24;
/// Of one that is longer than 4 KiB, which is a whole life.
const PLACES_OF_A_LIFE: usize = 8;

/// Checks every seed of `target`, its beginnings, and copies with one byte spoilt.
fn check_seeds(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut seeds = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let seed = std::fs::read(file.unwrap().path()).unwrap();
        check(&seed);
        let places = if seed.len() > 4096 { PLACES_OF_A_LIFE } else { PLACES };
        for place in (0..seed.len()).step_by((seed.len() / places).max(1)) {
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

/// The name of its seeds, and what panics at what must not be.
type Target = (&'static str, fn(&[u8]));

const TARGETS: [Target; 8] = [
    ("answers", targets::answers::check),
    ("create", targets::create::check),
    ("credentials", targets::credentials::check),
    ("handshake", targets::handshake::check),
    ("plan", targets::plan::check),
    ("state", targets::state::check),
    ("texts", targets::texts::check),
    ("values", targets::values::check),
];

/// A seed with a few of its parts changed, repeated, cut out or taken from another one.
fn mutated(dice: &Dice, seeds: &[Vec<u8>]) -> Vec<u8> {
    let pick = || &seeds[dice.below(seeds.len() as u64) as usize];
    let mut bytes = pick().clone();
    for _ in 0..=dice.below(6) {
        let place = |length: usize| dice.below(length as u64 + 1) as usize;
        let (from, other) = (place(bytes.len()), pick());
        let until = bytes.len().min(from + place(24));
        match dice.below(7) {
            0 if from < bytes.len() => bytes[from] = dice.next() as u8,
            1 if from < bytes.len() => bytes[from] ^= 1 << dice.below(8),
            2 => drop(bytes.drain(from..until)),
            3 => drop(bytes.splice(from..from, bytes[from..until].to_vec())),
            4 => bytes.truncate(from),
            5 => {
                let words: [&[u8]; 8] = [b"\xff", b"null", b"-1", b"9e999", b"[]", b"{}", b"\"\"", b"\xc0\x80"];
                drop(bytes.splice(from..until, words[dice.below(8) as usize].iter().copied()));
            }
            _ => {
                let begin = place(other.len());
                let end = other.len().min(begin + place(200));
                drop(bytes.splice(from..until, other[begin..end].iter().copied()));
            }
        }
    }
    bytes
}

/// `make soak`: SOAK_INPUTS random inputs for each target from SOAK_SEED on. An input that does harm is told with its seed.
#[test]
#[ignore = "make soak"]
fn soak() {
    let number = |name: &str, default: u64| {
        std::env::var(name).ok().filter(|text| !text.is_empty()).map_or(default, |text| text.parse().unwrap())
    };
    let (first, many) = (number("SOAK_SEED", 1_000_000), number("SOAK_INPUTS", 5000));
    std::thread::scope(|scope| {
        for (target, check) in TARGETS {
            scope.spawn(move || {
                let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
                let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
                names.sort();
                let seeds: Vec<Vec<u8>> = names.into_iter().map(|name| std::fs::read(name).unwrap()).collect();
                for seed in first..first + many {
                    let input = mutated(&Dice::of(seed), &seeds);
                    let checked = std::panic::catch_unwind(|| check(&input));
                    assert!(checked.is_ok(), "{target}, seed {seed}: {}", String::from_utf8_lossy(&input));
                }
                eprintln!("{many} inputs for {target} from seed {first} on");
            });
        }
    });
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
fn whatever_leads_to_a_token_harms_nobody_and_tells_no_secret() {
    check_seeds("credentials", targets::credentials::check);
}

#[test]
fn a_new_restore_sends_no_request_id_twice_whatever_azure_answers() {
    check_seeds("create", targets::create::check);
}

/// What is near them would say little otherwise.
#[test]
fn every_seed_of_a_new_restore_sends_one() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/create");
    let seeds = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let silent: Vec<_> = seeds.filter(|seed| targets::create::triggers(&std::fs::read(seed).unwrap()) != 1).collect();
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn every_restore_that_is_offered_is_fuzzed() {
    let azure = targets::Canned::new(&[]);
    let fuzzed: Vec<&str> = (0..targets::RESTORES).map(|which| targets::restore(which, &azure).type_name()).collect();
    let offering = azurebackup::provider::AzureBackup::system().offering();
    let names = offering.resources.iter().map(|resource| resource.type_name());
    assert_eq!(fuzzed, names.filter(|name| name.ends_with("_restore") || name.ends_with("_copy")).collect::<Vec<_>>());
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

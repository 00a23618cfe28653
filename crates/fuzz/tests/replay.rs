//! Runs every check on its seeds and on random inputs, without libFuzzer.

#![allow(clippy::expect_used)] // A panic is how a test fails.

use rand::rngs::SmallRng;
use rand::{Rng, RngCore, SeedableRng};
use std::panic::catch_unwind;
use std::path::Path;
use websocket_rs_fuzz::{CHECKS, Check};

/// The number of random inputs for each check. The number of a round reproduces its input.
const ROUNDS: u64 = 1000;

/// Reads the seeds of one check, sorted by file name.
fn seeds(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(name);
    let mut seeds: Vec<_> = std::fs::read_dir(&folder)
        .expect("a folder of seeds for each check")
        .map(|entry| {
            let path = entry.expect("a readable folder").path();
            (
                path.display().to_string(),
                std::fs::read(&path).expect("a readable file"),
            )
        })
        .collect();
    seeds.sort();
    assert!(!seeds.is_empty(), "{name} has no seeds");
    seeds
}

/// Runs a check. A failure names the input.
fn run(check: Check, label: &str, input: &[u8]) {
    let passed = catch_unwind(|| check(input)).is_ok();
    assert!(passed, "{label}: {}", input.escape_ascii());
}

#[test]
fn every_seed_passes() {
    for &(name, check) in CHECKS {
        for (path, input) in seeds(name) {
            run(check, &path, &input);
        }
    }
}

/// Returns a seed with some bytes changed, removed or duplicated, or random bytes.
fn vary(seeds: &[(String, Vec<u8>)], rng: &mut SmallRng) -> Vec<u8> {
    if rng.random_ratio(1, 2) {
        let mut noise = vec![0; rng.random_range(0..600)];
        rng.fill_bytes(&mut noise);
        return noise;
    }
    let mut input = seeds
        .get(rng.random_range(0..seeds.len()))
        .expect("an index in range")
        .1
        .clone();
    for _ in 0..rng.random_range(0..4) {
        let at = rng.random_range(0..=input.len());
        let end = input.len().min(at + rng.random_range(0..20));
        match rng.random_range(0..3) {
            0 => input
                .get_mut(at..end)
                .into_iter()
                .flatten()
                .for_each(|byte| *byte = rng.random()),
            1 => drop(input.drain(at..end)),
            _ => {
                let copy = input.get(at..end).unwrap_or_default().to_vec();
                input.splice(at..at, copy);
            }
        }
    }
    input
}

#[test]
fn random_inputs_pass() {
    for &(name, check) in CHECKS {
        let seeds = seeds(name);
        for round in 0..ROUNDS {
            let mut rng = SmallRng::seed_from_u64(round);
            let input = vary(&seeds, &mut rng);
            run(check, &format!("{name}, round {round}"), &input);
        }
    }
}

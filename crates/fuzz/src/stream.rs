//! Arbitrary bytes as the stream from the peer.

use crate::random_driver::{Plan, run};
use crate::reference::{Deflate, Rules};
use crate::rng_seed::split_rng_seed;
use crate::treatment::Treatments;

/// Checks an input of eight bytes of seed, one byte of settings, and the stream.
pub fn check(data: &[u8]) {
    let (seed, rest) = split_rng_seed(data);
    let (&settings, wire) = rest.split_first().unwrap_or((&0, rest));
    run(
        wire,
        Plan {
            seed,
            rules: Rules {
                max_message_size: if settings & 2 == 0 { 1 << 20 } else { 300 },
                ended: settings & 1 != 0,
                deflate: (settings & 4 != 0).then_some(Deflate {
                    no_context_takeover: settings & 8 != 0,
                    window_bits: if settings & 16 == 0 { 15 } else { 8 },
                }),
                treatments: Treatments {
                    seed: (settings & 32 != 0).then_some(seed),
                },
            },
            sends: false,
            has_jobs: settings & 64 != 0,
        },
    );
}

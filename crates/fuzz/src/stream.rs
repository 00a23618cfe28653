//! Arbitrary bytes as the stream from the peer.

use crate::random_driver::{Plan, run};
use crate::rng_seed::split_rng_seed;

/// Checks an input of eight bytes of seed, one byte of settings, and the stream.
pub fn check(data: &[u8]) {
    let (seed, rest) = split_rng_seed(data);
    let (&settings, wire) = rest.split_first().unwrap_or((&0, rest));
    run(
        wire,
        Plan {
            seed,
            max_message_size: if settings & 2 == 0 { 1 << 20 } else { 300 },
            ended: settings & 1 != 0,
            sends: false,
        },
    );
}

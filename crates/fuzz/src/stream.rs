//! Any bytes at all, as a stream from the peer.

use crate::driver::{Plan, play};
use crate::split_seed;

/// Eight bytes of seed, one of settings, and the stream.
pub fn check(data: &[u8]) {
    let (seed, rest) = split_seed(data);
    let (&settings, wire) = rest.split_first().unwrap_or((&0, rest));
    play(
        wire,
        Plan {
            seed,
            max_message_size: if settings & 2 == 0 { 1 << 20 } else { 300 },
            ended: settings & 1 != 0,
            talks: false,
        },
    );
}

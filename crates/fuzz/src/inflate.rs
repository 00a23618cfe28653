//! Arbitrary deflate data: the payloads of compressed messages, in valid frames.

use crate::random_driver::{Plan, run};
use crate::reference::{Deflate, Rules};
use crate::rng_seed::split_rng_seed;
use crate::treatment::Treatments;

/// Checks an input of eight bytes of seed, one byte of settings, and messages: the length in two bytes, and the payload.
pub fn check(data: &[u8]) {
    let (seed, rest) = split_rng_seed(data);
    let (&settings, messages) = rest.split_first().unwrap_or((&0, rest));
    run(
        &frames(messages),
        Plan {
            seed,
            rules: Rules {
                max_message_size: if settings & 2 == 0 { 1 << 20 } else { 300 },
                ended: settings & 1 != 0,
                deflate: Some(Deflate {
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

/// Puts each message into a frame. The last one may be shorter than its length says.
fn frames(mut messages: &[u8]) -> Vec<u8> {
    let mut wire = Vec::new();
    while let Some((length, rest)) = messages.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
        let (payload, behind) = rest.split_at(length);
        wire.extend([0xc2, 127]);
        wire.extend((length as u64).to_be_bytes());
        wire.extend_from_slice(payload);
        messages = behind;
    }
    wire
}

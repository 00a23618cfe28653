//! What becomes of each message of a session: it is gathered, streamed, skipped or refused.

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

/// The treatments of all messages, drawn from a seed.
#[derive(Debug, Clone, Copy)]
pub struct Treatments {
    /// `None` if messages are gathered, and refused if they are too large.
    pub seed: Option<u64>,
}

/// The decision about a message that is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The connection fails.
    Refuse,
    /// The message is delivered as it arrives.
    Stream,
    /// The message is dropped.
    Skip,
}

/// What becomes of one message.
#[derive(Debug, Clone, Copy)]
pub struct Treatment {
    /// A stream is requested before it begins.
    pub is_requested: bool,
    /// It is skipped as soon as its start is reported.
    pub is_skipped: bool,
    /// What is decided if it is held.
    pub decision: Decision,
}

impl Treatments {
    /// Returns the treatment of a message by its number.
    pub fn of(self, index: u64) -> Treatment {
        let Some(seed) = self.seed else {
            return Treatment {
                is_requested: false,
                is_skipped: false,
                decision: Decision::Refuse,
            };
        };
        let mut rng = SmallRng::seed_from_u64(seed ^ index.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        Treatment {
            is_requested: rng.random_ratio(1, 3),
            is_skipped: rng.random_ratio(1, 4),
            decision: match rng.random_range(0..8) {
                0 => Decision::Refuse,
                1..4 => Decision::Skip,
                _ => Decision::Stream,
            },
        }
    }
}

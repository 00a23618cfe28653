//! When to yield and read again for the rest of a message of which a part has arrived.

use super::backoff::Backoff;

/// Reads that are tried for the rest of a message after each part of it.
pub(super) const REST_ATTEMPTS: u32 = 32;

/// Most parts in a row for which nothing is tried after it has found nothing.
const MAX_BACKOFF: u32 = 4096;

/// The attempts for the current part, and the back-off after those that found nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct RestOfMessage {
    backoff: Backoff,
    /// Attempts since the last part arrived.
    attempts: u32,
}

impl RestOfMessage {
    /// Returns whether to yield and read once more. `is_new_part` is whether another part has arrived since the last call;
    /// `contended` is called once for each part.
    pub(super) fn expect(&mut self, is_new_part: bool, contended: impl FnOnce() -> bool) -> bool {
        if is_new_part {
            let attempts = std::mem::take(&mut self.attempts);
            if (1..REST_ATTEMPTS).contains(&attempts) {
                self.backoff.reset();
            }
            if contended() || self.backoff.skips() {
                self.attempts = REST_ATTEMPTS;
            }
        }
        if self.attempts >= REST_ATTEMPTS {
            return false;
        }
        self.attempts += 1;
        if self.attempts == REST_ATTEMPTS {
            self.backoff.grow(MAX_BACKOFF);
        }
        true
    }

    /// Makes no further attempt for this part.
    pub(super) fn stop(&mut self) {
        self.attempts = REST_ATTEMPTS;
    }
}

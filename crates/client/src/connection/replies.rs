//! Waiting for a reply: when a driver reads speculatively before it sleeps, and how long it busy-polls.

use super::state::Connection;
use crate::busy_poll::{is_contended, yield_to_others};
use std::time::{Duration, Instant};

impl Connection {
    /// Returns whether the driver should read once before it waits, and call [`Connection::begin_wait`] if that finds
    /// nothing. A reply is expected while fewer messages have been received than sent, and nothing is left to write.
    pub fn expect_reply(&mut self) -> bool {
        let expected = self.messages_sent > self.messages_received && self.buffered() == 0;
        expected
            && self.busy_poll.is_on()
            && !self.is_suspended()
            && self.busy_poll.expect(is_contended, Instant::now)
    }

    /// Notes a read that found nothing. Returns whether the driver should read once more, after a yield that let a peer
    /// on the same core run.
    pub fn retry_read(&mut self) -> bool {
        let again = self.busy_poll.handle_empty_read();
        if again {
            yield_to_others();
        }
        again
    }

    /// Begins to wait. Returns how long to busy-poll for the reply, or `None` to sleep at once.
    pub fn begin_wait(&mut self) -> Option<Duration> {
        self.busy_poll.begin_wait(Instant::now)
    }

    /// Whether nothing has arrived since [`Connection::expect_reply`], and the driver should not sleep yet.
    pub fn is_expecting_reply(&self) -> bool {
        self.busy_poll.is_expecting()
    }

    /// Notes that busy-polling found nothing in time.
    pub fn handle_busy_poll_miss(&mut self) {
        self.busy_poll.handle_miss();
    }
}

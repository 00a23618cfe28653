//! What a driver does before it sleeps, while a reply is expected: when to read at once, and how long to busy-poll.

use super::state::Connection;
use crate::busy_poll::{is_contended, yield_to_others};
use std::time::{Duration, Instant};

impl Connection {
    /// The driver is about to wait for a reply. Whether it is to read at once, in case it is there already, and then
    /// to ask [`Connection::begin_wait`]. A reply is expected while fewer messages have come than have gone, and
    /// nothing is left to write.
    pub fn expect_reply(&mut self) -> bool {
        let expected = self.messages_sent > self.messages_received && self.buffered() == 0;
        expected && self.busy_poll.is_on() && self.busy_poll.expect(is_contended, Instant::now)
    }

    /// The driver has read, and nothing was there. Whether it is to read once more: the peer, if it runs on
    /// this core, has had its turn meanwhile.
    pub fn retry_read(&mut self) -> bool {
        let again = self.busy_poll.handle_empty_read();
        if again {
            yield_to_others();
        }
        again
    }

    /// The driver is not to read any more before it waits: how long it may stay awake for the reply.
    pub fn begin_wait(&mut self) -> Option<Duration> {
        self.busy_poll.begin_wait(Instant::now)
    }

    /// Whether nothing has come since [`Connection::expect_reply`], and the driver is not to sleep yet.
    pub fn is_expecting_reply(&self) -> bool {
        self.busy_poll.is_expecting()
    }

    /// The window has passed in vain.
    pub fn handle_busy_poll_miss(&mut self) {
        self.busy_poll.handle_miss();
    }
}

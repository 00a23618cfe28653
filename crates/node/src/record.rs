//! One connection as its environment keeps it: the connection and what its driver has to remember.

use crate::clock;
use crate::delivery::Batch;
use crate::drivers::uv::PollHandle;
use std::task::Poll;
use std::time::Duration;
use websocket_rs_client::coalescing::Coalescing;
use websocket_rs_client::lingering_close::LingeringClose;
use websocket_rs_client::{Connection, Error, Event, Payload, Scratch};

/// How long a program that sends by the blocking API may go on without a look at the socket.
const LOOK_INTERVAL: Duration = Duration::from_millis(5);

/// How a look at the connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything that had arrived is in the batch.
    Drained,
    /// The batch is full; more may be there.
    More,
    /// The turn has done as much as one may; more may be there.
    Spent,
    /// What comes next is a failure, not to be told in this turn.
    Failing,
    /// The connection is over; the batch says why.
    Ended,
    /// JavaScript gives no memory for what comes next.
    NoMemory,
}

/// A connection and its driver's state.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // Independent of each other: no state machine is hidden here.
pub(crate) struct Record {
    pub(crate) connection: Connection,
    /// `None` under the blocking driver.
    pub(crate) handle: Option<PollHandle>,
    /// JavaScript wants messages; off while its queue is full.
    pub(crate) reading: bool,
    /// A failure waits for the turn that JavaScript asks for, when it has answered what came before.
    pub(crate) failure_waits: bool,
    /// JavaScript has been asked for another turn, which is the next to read.
    pub(crate) turn_waits: bool,
    /// When a blocked call last looked at the socket.
    looked_at: Duration,
    /// On the environment's list of connections to flush.
    pub(crate) dirty: bool,
    /// On the list of connections that expect a reply soon.
    pub(crate) expecting: bool,
    coalescing: Coalescing,
    /// More sends are announced; they leave together.
    pub(crate) corked: bool,
    /// At or above the high-water mark; JavaScript is told when that is over.
    pub(crate) blocked: bool,
    /// Much came in the last turn.
    pub(crate) is_bulk: bool,
    /// What is left of a failed connection until its peer has been told.
    pub(crate) lingering: Option<LingeringClose>,
    high_water_mark: usize,
}

impl Record {
    pub(crate) fn new(connection: Connection, handle: Option<PollHandle>, high_water_mark: usize) -> Self {
        Self {
            connection,
            handle,
            reading: true,
            failure_waits: false,
            turn_waits: false,
            looked_at: clock::coarse(),
            dirty: false,
            expecting: false,
            coalescing: Coalescing::default(),
            corked: false,
            blocked: false,
            is_bulk: false,
            lingering: None,
            high_water_mark,
        }
    }

    /// Whether JavaScript takes what comes next.
    pub(crate) fn is_ready(&self) -> bool {
        self.reading && !self.failure_waits
    }

    /// Moves what has arrived into the batch.
    pub(crate) fn collect(&mut self, batch: &mut Batch, scratch: &mut Scratch) -> Outcome {
        // SAFETY: none of the windows is used after the `give` below.
        let Some(mut window) = (unsafe { batch.window() }) else {
            return Outcome::NoMemory;
        };
        self.connection.begin(std::mem::take(scratch));
        let outcome = loop {
            let outcome = self.decode(batch, window);
            if outcome == Outcome::Drained && self.connection.wait_for_rest(window) {
                continue;
            }
            if outcome != Outcome::More || !self.connection.is_window_full() {
                break outcome;
            }
            // SAFETY: as above; the old window is last used in the next line.
            let Some(next) = (unsafe { batch.next_window() }) else {
                break Outcome::NoMemory;
            };
            self.connection.exchange_window(window, next);
            window = next;
        };
        let (lent, taken) = self.connection.end(window);
        *scratch = lent;
        batch.give(taken);
        outcome
    }

    /// Ends with [`Outcome::More`] when the batch or the window is full.
    fn decode(&mut self, batch: &mut Batch, window: &mut [u8]) -> Outcome {
        while batch.has_room() {
            let Poll::Ready(event) = self.connection.poll_event(window) else {
                return if self.connection.is_failing() {
                    self.failure_waits = self.handle.is_some();
                    Outcome::Failing
                } else if self.connection.is_window_full() {
                    Outcome::More
                } else if self.connection.is_unfinished() {
                    Outcome::Spent
                } else {
                    Outcome::Drained
                };
            };
            match event {
                Ok(Event::Message(kind, Payload::Window(place))) => batch.push(kind, &place),
                Ok(Event::Message(kind, Payload::Owned(bytes))) => batch.push_own(kind, &bytes),
                Ok(Event::Pong(payload, trip)) => batch.push_pong(&payload, trip),
                Ok(Event::Close(code, reason)) => batch.push_close(code, &reason),
                Ok(Event::End) => {
                    batch.push_end();
                    return Outcome::Ended;
                }
                Err(error) => {
                    self.fail(&error);
                    batch.push_failure(error);
                    return Outcome::Ended;
                }
            }
        }
        Outcome::More
    }

    /// Whether a send of the blocking API is to look at the socket first: nothing else reads a close frame, answers a
    /// ping or runs the keepalive of a program that only sends.
    pub(crate) fn is_look_due(&self, now: Duration) -> bool {
        self.handle.is_none() && now.saturating_sub(self.looked_at) >= LOOK_INTERVAL
    }

    /// A blocked call has looked at the socket.
    pub(crate) fn note_look(&mut self) {
        self.looked_at = clock::coarse();
    }

    /// After a send at `now`: writes, or holds the message for the end of the tick. `grouped` is whether a batch of several
    /// messages is being handled, whose answers may leave together.
    pub(crate) fn flush_after_send(&mut self, now: Duration, grouped: bool) {
        let at_once = if self.corked {
            self.coalescing.handle_announced(now)
        } else {
            self.handle.is_none() || self.coalescing.handle_send(now, grouped)
        };
        // A send is told to wait only for what the kernel has refused.
        if at_once || self.connection.buffered() >= self.high_water_mark {
            self.connection.flush();
        }
        self.blocked |= self.connection.buffered() >= self.high_water_mark;
    }

    /// The tick is over at `now`: everything goes out.
    pub(crate) fn flush_tick(&mut self, now: Duration) {
        self.dirty = false;
        self.coalescing.handle_tick_end(now);
        self.connection.flush();
    }

    /// Whether sends that were told to wait may go on.
    pub(crate) fn is_drained(&self) -> bool {
        self.blocked && self.connection.buffered() <= self.high_water_mark / 2
    }

    /// The same; true once.
    pub(crate) fn take_drained(&mut self) -> bool {
        let drained = self.is_drained();
        self.blocked &= !drained;
        drained
    }

    /// Fails the connection; the handle goes first, because libuv wants it closed before its socket.
    pub(crate) fn fail(&mut self, error: &Error) {
        self.handle = None;
        self.lingering = self.connection.fail(error);
    }

    /// Closes handle and socket, in the order libuv wants.
    pub(crate) fn close(self) {
        drop(self.handle);
        drop(self.connection);
    }

    /// Tells the loop what to wait for. A blocked connection waits for writability even with nothing
    /// left to write, because that is when JavaScript hears that it may go on.
    pub(crate) fn arm(&mut self) {
        let write = self.blocked || self.connection.buffered() > 0;
        if let Some(handle) = &mut self.handle {
            handle.arm(self.reading, write);
        }
    }
}

//! Receiving: turns, batches and events.

use super::event::Event;
use super::state::Connection;
use crate::busy_poll::{is_contended, yield_to_others};
use crate::error::{Error, ErrorKind, Phase};
use crate::framing::{Incoming, Scratch};
use std::task::Poll;
use std::time::Instant;
use websocket_rs_protocol::close;
use websocket_rs_protocol::limits::MAX_UNSENT_PONGS;

/// Header and mask of a control frame of ours.
const CONTROL_HEADER: usize = 6;

/// Bytes of pongs that are gathered before they are written in the middle of a turn.
const PONG_WRITE_THRESHOLD: usize = 16 * 1024;

impl Connection {
    /// Whoever got the messages so far has had the time to answer them. For the driver to say, since turns may follow
    /// each other while nobody else runs.
    pub fn note_delivered(&mut self) {
        self.delivered = self.messages_received;
    }

    /// Begins a turn: the socket may be readable. It may read and decode only so much before other connections, and
    /// timers, are to have theirs; less if it is one of several `sharers` that have more to read than fits into a turn.
    pub fn begin_turn(&mut self, sharers: usize) {
        self.framing.io_mut().begin_turn(sharers);
    }

    /// Whether the turn has read or decoded as much as one may. There may be more.
    pub fn is_spent(&self) -> bool {
        self.framing.io().is_spent()
    }

    /// Begins a batch of the turn.
    pub fn begin(&mut self, scratch: Scratch) {
        self.unfinished = true;
        self.framing.io_mut().begin(scratch);
    }

    /// Ends a batch: gives the scratch back, and says how many bytes of the window, from its beginning,
    /// messages lie in. The rest of it is as good as never lent.
    pub fn end(&mut self, window: &[u8]) -> (Scratch, usize) {
        let lent = self.framing.io_mut().end(window);
        let reads = self.framing.io().socket().stats.reads;
        if reads != self.reads_seen {
            self.reads_seen = reads;
            self.keepalive.handle_activity();
            self.busy_poll.handle_reply(Instant::now);
        }
        lent
    }

    /// Everything that arrived is decoded, and ends within a message. Its rest is mostly just being sent, so that it
    /// may be quicker to wait for it awake: gives way to other threads, and says whether to go on with the turn.
    pub fn wait_for_rest(&mut self, window: &[u8]) -> bool {
        let io = self.framing.io_mut();
        let reads = io.socket().stats.reads;
        let goes_on =
            io.inflow().is_within_large_message(window) && self.busy_poll.expect_rest(reads, is_contended);
        if goes_on {
            if yield_to_others() {
                self.busy_poll.stop_expecting_rest();
            }
            io.socket_mut().resume();
        }
        goes_on
    }

    /// Whether [`Connection::poll_event`] stopped because the window has too little room left.
    pub fn is_window_full(&self) -> bool {
        !self.is_failing() && self.framing.io().inflow().is_full()
    }

    /// Whether [`Connection::poll_event`] stopped before an error, which the next turn is told.
    pub fn is_failing(&self) -> bool {
        self.held_error.is_some()
    }

    /// Goes on in another window of [`WINDOW_SIZE`]. Of the old one nothing is needed any more but the
    /// messages in it.
    pub fn exchange_window(&mut self, window: &[u8], next: &mut [u8]) {
        self.framing.io_mut().inflow_mut().exchange(window, next);
    }

    /// The next event; `Pending` when everything that arrived is decoded, or the window is full. After
    /// an error or [`Event::End`] only [`Connection::fail`] and dropping it make sense.
    ///
    /// `window` is the same memory until it is exchanged or the turn ends. Messages stay where they
    /// lie in it, and nothing is written there again.
    // It is called in one loop, into which the compiler does not inline it by itself: 24 instructions a message.
    #[inline]
    pub fn poll_event(&mut self, window: &mut [u8]) -> Poll<Result<Event, Error>> {
        if self.held_error.is_some() {
            return self.take_held_error();
        }
        loop {
            return match self.framing.poll_next(window) {
                // A driver whose batch is full as well ends the turn here, with more to decode.
                Poll::Pending if self.is_window_full() => Poll::Pending,
                Poll::Pending => {
                    self.unfinished = self.is_spent();
                    self.poll_write_error()
                }
                Poll::Ready(Err(error)) => self.hold_error(error),
                Poll::Ready(Ok(Incoming::Ping(length))) => match self.handle_ping(length) {
                    Ok(()) => continue,
                    Err(error) => self.hold_error(error),
                },
                Poll::Ready(Ok(Incoming::Message(kind, payload))) => {
                    self.messages_received += 1;
                    Poll::Ready(Ok(Event::Message(kind, payload)))
                }
                Poll::Ready(Ok(Incoming::Pong(bytes))) => {
                    let trip = bytes
                        .is_empty()
                        .then(|| self.keepalive.handle_pong(Instant::now()));
                    Poll::Ready(Ok(Event::Pong(bytes, trip.flatten())))
                }
                Poll::Ready(Ok(Incoming::Close(code, reason))) => {
                    // A server may wait for the end of our side before it ends its own.
                    self.flush();
                    Poll::Ready(Ok(Event::Close(code, reason)))
                }
                Poll::Ready(Ok(Incoming::End)) => Poll::Ready(Ok(Event::End)),
            };
        }
    }

    /// What the peer is told in a close frame waits where there are messages before it that nobody can have answered
    /// yet: their answers go before the close frame, as if each had come alone. Nothing more is read until then.
    #[cold]
    fn hold_error(&mut self, error: Error) -> Poll<Result<Event, Error>> {
        if error.close_code().is_none() || self.messages_received == self.delivered {
            return Poll::Ready(Err(error));
        }
        self.held_error = Some(Box::new(error));
        Poll::Pending
    }

    #[cold]
    fn take_held_error(&mut self) -> Poll<Result<Event, Error>> {
        self.held_error
            .take()
            .map_or(Poll::Pending, |error| Poll::Ready(Err(*error)))
    }

    /// The codec has answered a ping. Answers that nobody takes must not pile up.
    fn handle_ping(&mut self, length: usize) -> Result<(), Error> {
        let end = self.framing.io().outflow().end();
        self.unsent_pongs.add(length + CONTROL_HEADER, end);
        if self.unsent_pongs.bytes() < PONG_WRITE_THRESHOLD
            || self.flush()
            || self.unsent_pongs.bytes() <= MAX_UNSENT_PONGS
        {
            return Ok(());
        }
        let message = "the peer pings but takes no pongs".to_owned();
        Err(Error::new(
            Phase::Open,
            ErrorKind::Violation {
                close_code: close::POLICY_VIOLATION,
                message,
            },
        ))
    }

    fn poll_write_error(&mut self) -> Poll<Result<Event, Error>> {
        match self.framing.io_mut().socket_mut().take_write_error() {
            Some(error) => Poll::Ready(Err(Error::new(Phase::Open, ErrorKind::Io(error)))),
            None => Poll::Pending,
        }
    }
}

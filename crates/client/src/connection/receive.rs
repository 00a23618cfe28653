//! Receiving: turns, batches and events. Pings are answered by the codec; their pongs are counted here.

use super::event::Event;
use super::state::{Connection, HeldEnd};
use crate::busy_poll::{is_contended, yield_to_others};
use crate::error::{Error, ErrorKind, Phase};
use crate::framing::{Incoming, Payload, Scratch};
use crate::payload_memory::PayloadMemory;
use bytes::Bytes;
use std::task::Poll;
use std::time::Instant;
use websocket_rs_protocol::close;
use websocket_rs_protocol::limits::MAX_UNSENT_PONGS;

/// Size of the header of a control frame to the server.
const CONTROL_HEADER: usize = 6;

/// Unsent bytes of pongs from which they are written within a turn.
const PONG_WRITE_THRESHOLD: usize = 16 * 1024;

impl Connection {
    /// Notes that all messages so far have been delivered and the program has run since, so that it can have replied to
    /// them. Only the driver knows, because turns can follow each other without the program running between them.
    pub fn note_delivered(&mut self) {
        self.delivered = self.messages_received;
        self.has_reported = false;
    }

    /// Begins a turn, assuming that the socket is readable. The turn's limits on bytes and frames are smaller if this
    /// is one of several `sharers`, connections that have more to read than fits into a turn.
    pub fn begin_turn(&mut self, sharers: usize) {
        self.framing.io_mut().begin_turn(sharers);
    }

    /// Whether the socket may have more than the last read has returned.
    pub fn is_readable(&self) -> bool {
        self.framing.io().socket().is_readable()
    }

    /// Whether the turn has reached its limit of bytes or frames. There may be more to read.
    pub fn is_spent(&self) -> bool {
        self.framing.io().is_spent()
    }

    /// Reads large payloads into memory of this pool from now on, and keeps much that is unsent there. The caller gives the
    /// memory of payloads back when it has taken them.
    pub fn use_payload_memory(&mut self, memory: PayloadMemory) {
        let io = self.framing.io_mut();
        io.outflow_mut().use_memory(memory.clone());
        io.inflow_mut().use_memory(memory);
    }

    /// Begins a batch, for which the driver lends the scratch buffer.
    pub fn begin(&mut self, scratch: Scratch) {
        self.unfinished = true;
        self.framing.io_mut().begin(scratch);
    }

    /// Ends a batch. Returns the scratch buffer, and how many bytes at the front of the window hold messages. The rest
    /// of the window is unused.
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

    /// Yields to other threads if what has arrived ends within a message, the rest of which the peer is probably
    /// sending. Returns whether to continue the turn, which may be quicker than sleeping.
    pub fn wait_for_rest(&mut self, window: &[u8]) -> bool {
        let io = self.framing.io_mut();
        let reads = io.socket().stats.reads;
        let waits =
            io.inflow().is_within_large_message(window) && self.busy_poll.expect_rest(reads, is_contended);
        if waits {
            if yield_to_others() {
                self.busy_poll.stop_expecting_rest();
            }
            io.socket_mut().resume();
        }
        waits
    }

    /// Whether [`Connection::poll_event`] stopped because the window has too little space left.
    pub fn is_window_full(&self) -> bool {
        !self.is_ending() && self.framing.io().inflow().is_full()
    }

    /// Whether [`Connection::poll_event`] stopped before an error or the peer's close frame, which it returns in the next
    /// turn.
    pub fn is_ending(&self) -> bool {
        self.held_end.is_some()
    }

    /// Continues in another window, of [`WINDOW_SIZE`](crate::WINDOW_SIZE). Only the messages in the old one are still
    /// needed.
    pub fn exchange_window(&mut self, window: &[u8], next: &mut [u8]) {
        self.framing.io_mut().inflow_mut().exchange(window, next);
    }

    /// Returns the next event, or `Pending` if everything that has arrived is decoded or the window is full. After an
    /// error or [`Event::End`], only call [`Connection::fail`] or drop the connection.
    ///
    /// `window` must be the same until it is exchanged or the batch ends. Messages stay in it and are never
    /// overwritten.
    // Called in one loop, into which the compiler does not inline it without the attribute: 24 instructions a message.
    #[inline]
    pub fn poll_event(&mut self, window: &mut [u8]) -> Poll<Result<Event, Error>> {
        if self.held_end.is_some() {
            return self.take_held_end();
        }
        if let Some((kind, place)) = self.framing.io_mut().inflow_mut().take_whole(window) {
            self.messages_received += 1;
            return Poll::Ready(Ok(Event::Message(kind, Payload::Window(place))));
        }
        self.poll_other_event(window)
    }

    /// Returns the next event as [`Connection::poll_event`] does, of any kind.
    // Inlined, it would slow down the loop that receives messages.
    #[inline(never)]
    fn poll_other_event(&mut self, window: &mut [u8]) -> Poll<Result<Event, Error>> {
        loop {
            return match self.framing.poll_next(window) {
                // There is more to decode. A driver whose batch is full, too, ends the turn here.
                Poll::Pending if self.is_window_full() => Poll::Pending,
                Poll::Pending => self.end_turn(),
                Poll::Ready(Err(error)) => self.hold_error(error),
                Poll::Ready(Ok(Incoming::Ping(length))) => match self.handle_ping(length) {
                    Ok(()) => continue,
                    Err(error) => self.hold_error(error),
                },
                Poll::Ready(Ok(Incoming::ReportedPing(payload))) => match self.handle_reported_ping(&payload)
                {
                    Ok(()) => {
                        self.has_reported = true;
                        Poll::Ready(Ok(Event::Ping(payload)))
                    }
                    Err(error) => self.hold_error(error),
                },
                Poll::Ready(Ok(Incoming::Message(kind, payload))) => {
                    self.messages_received += 1;
                    Poll::Ready(Ok(Event::Message(kind, payload)))
                }
                Poll::Ready(Ok(Incoming::StreamStart(kind))) => Poll::Ready(Ok(Event::StreamStart(kind))),
                Poll::Ready(Ok(Incoming::Chunk(kind, payload))) => {
                    Poll::Ready(Ok(Event::Chunk(kind, payload)))
                }
                Poll::Ready(Ok(Incoming::StreamEnd)) => {
                    self.messages_received += 1;
                    Poll::Ready(Ok(Event::StreamEnd))
                }
                Poll::Ready(Ok(Incoming::Skipped)) => {
                    self.messages_received += 1;
                    continue;
                }
                Poll::Ready(Ok(Incoming::Held)) => Poll::Ready(Ok(Event::Held)),
                Poll::Ready(Ok(Incoming::Pong(bytes))) => {
                    self.has_reported = true;
                    let trip = bytes
                        .is_empty()
                        .then(|| self.keepalive.handle_pong(Instant::now()));
                    Poll::Ready(Ok(Event::Pong(bytes, trip.flatten())))
                }
                Poll::Ready(Ok(Incoming::Close(payload))) => self.hold_or_handle_close(payload),
                Poll::Ready(Ok(Incoming::End)) => Poll::Ready(Ok(Event::End)),
            };
        }
    }

    /// Returns an error, or holds it until the next turn if it sends a close frame and the program cannot have replied
    /// yet to a message before it. So replies precede the close frame, whether or not message and violation arrived
    /// together. Nothing more is read until then.
    #[cold]
    fn hold_error(&mut self, error: Error) -> Poll<Result<Event, Error>> {
        if error.close_code().is_none() || !self.has_undelivered() {
            return Poll::Ready(Err(error));
        }
        self.held_end = Some(Box::new(HeldEnd::Error(error)));
        Poll::Pending
    }

    #[cold]
    fn take_held_end(&mut self) -> Poll<Result<Event, Error>> {
        match self.held_end.take().map(|held| *held) {
            Some(HeldEnd::Error(error)) => Poll::Ready(Err(error)),
            Some(HeldEnd::Close(payload)) => self.handle_close(&payload),
            None => Poll::Pending,
        }
    }

    /// Whether the program has not seen all that was received, and may reply to it. Drivers that do not hold close frames
    /// take replies to pings and pongs in later turns only.
    fn has_undelivered(&self) -> bool {
        self.messages_received != self.delivered || (self.holds_close && self.has_reported)
    }

    #[cold]
    fn hold_or_handle_close(&mut self, payload: Bytes) -> Poll<Result<Event, Error>> {
        if self.holds_close && self.has_undelivered() {
            self.held_end = Some(Box::new(HeldEnd::Close(payload)));
            return Poll::Pending;
        }
        self.handle_close(&payload)
    }

    fn handle_close(&mut self, payload: &Bytes) -> Poll<Result<Event, Error>> {
        let (code, reason) = match self.framing.handle_close(payload) {
            Ok(frame) => frame,
            Err(error) => return self.hold_error(error),
        };
        // A server may wait for the client to end its side first.
        self.flush();
        Poll::Ready(Ok(Event::Close(code, reason)))
    }

    /// Has the peer's close frame wait for replies to the messages before it, as errors do: it is replied to in the turn
    /// after theirs.
    pub fn hold_close(&mut self) {
        self.holds_close = true;
    }

    /// Returns code and reason of the close frame that is held, for a program that ends the connection before the next
    /// turn.
    pub fn held_close(&self) -> Option<(u16, &str)> {
        match self.held_end.as_deref() {
            Some(HeldEnd::Close(payload)) => close::parse(payload).ok(),
            _ => None,
        }
    }

    /// Takes bytes as if the peer had sent them, behind those that were read. The next turn decodes them.
    pub fn push_received(&mut self, bytes: &[u8]) {
        self.framing.io_mut().inflow_mut().push(bytes);
        self.unfinished = true;
    }

    /// Reports pings as events from now on. `answers` is whether a pong is sent for each as well.
    pub fn report_pings(&mut self, answers: bool) {
        self.framing.report_pings(answers);
    }

    #[cold]
    fn handle_reported_ping(&mut self, payload: &[u8]) -> Result<(), Error> {
        if self.framing.answers_pings() {
            self.handle_ping(payload.len())
        } else {
            Ok(())
        }
    }

    /// Counts the pong with which the codec has replied to a ping. Fails if too many are unsent.
    fn handle_ping(&mut self, length: usize) -> Result<(), Error> {
        let end = self.framing.io().outflow().end();
        self.unsent_pongs.add(length + CONTROL_HEADER, end);
        if self.unsent_pongs.bytes() < PONG_WRITE_THRESHOLD
            || self.flush()
            || self.unsent_pongs.bytes() <= MAX_UNSENT_PONGS
        {
            return Ok(());
        }
        let message = "the peer sends pings but does not read pongs".to_owned();
        Err(Error::new(
            Phase::Open,
            ErrorKind::Violation {
                close_code: close::POLICY_VIOLATION,
                message,
                refused: None,
            },
        ))
    }

    /// Ends a turn that has decoded what it can. Returns the error of a failed write if everything is decoded.
    fn end_turn(&mut self) -> Poll<Result<Event, Error>> {
        self.unfinished = self.is_spent();
        if self.is_decompressing() {
            return Poll::Pending;
        }
        self.poll_write_error()
    }

    fn poll_write_error(&mut self) -> Poll<Result<Event, Error>> {
        match self.framing.io_mut().socket_mut().take_write_error() {
            Some(error) => Poll::Ready(Err(Error::new(Phase::Open, ErrorKind::Io(error)))),
            None => Poll::Pending,
        }
    }
}

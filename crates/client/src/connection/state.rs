//! One open connection: receive, send, flush, close and keepalive. It never blocks and has no
//! thread; a driver calls it when its socket is ready.
//!
//! The driver's turn: [`Connection::begin_turn`], then for each batch [`Connection::begin`] lends the scratch,
//! [`Connection::poll_event`] until [`Poll::Pending`], with another window whenever
//! [`Connection::is_window_full`], [`Connection::end`] takes the scratch back, then [`Connection::flush`].
//! A turn is over when everything that had arrived is decoded, or when it [is spent](Connection::is_spent).

mod keepalive;
mod waiting;

use crate::awake::{give_way, is_contended};
use crate::error::{Error, ErrorKind, Phase};
use crate::framing::{Framing, Incoming};
use crate::linger::Lingering;
use crate::options::KeepaliveOptions;
use crate::pongs::WaitingPongs;
use crate::stats::Stats;
use bytes::Bytes;
use std::net::SocketAddr;
use std::task::Poll;
use std::time::{Duration, Instant};
use websocket_rs_protocol::busy_poll::{BusyPoll, Mode};
use websocket_rs_protocol::close;
use websocket_rs_protocol::headers::Header;
use websocket_rs_protocol::keepalive::Keepalive;
use websocket_rs_protocol::limits::MAX_WAITING_PONGS;

pub use self::keepalive::{SendQueue, SendQueueProbe, Tick};
pub use crate::inflow::{Payload, WINDOW_SIZE};
pub use crate::io::Scratch;
pub use websocket_rs_protocol::frame::Kind;

/// Something the driver hands on.
#[derive(Debug)]
pub enum Event {
    /// A whole message.
    Message(Kind, Payload),
    /// A pong, ours or unasked (RFC 6455 section 5.5.3), and the round trip where it answers the keepalive.
    Pong(Bytes, Option<Duration>),
    /// The peer's close frame: code, 1005 where it had none, and reason. No message follows.
    Close(u16, Bytes),
    /// The connection ended after its closing handshake.
    End,
}

/// Header and mask of a control frame of ours.
const CONTROL_HEADER: usize = 6;

/// Bytes of pongs that are gathered before they are written in the middle of a turn.
const GATHERED_PONGS: usize = 16 * 1024;

/// One open connection.
#[derive(Debug)]
pub struct Connection {
    framing: Framing,
    keepalive: Keepalive,
    busy_poll: BusyPoll,
    protocol: String,
    /// Headers of the response to the upgrade, until they are taken.
    response_headers: Vec<Header>,
    addresses: Option<(SocketAddr, SocketAddr)>,
    /// The last turn stopped before everything that had arrived was decoded.
    unfinished: bool,
    reads_seen: u64,
    send_queue_probe: Option<SendQueueProbe>,
    /// Bytes given to the socket when the last ping was sent.
    sent_at_ping: u64,
    waiting_pongs: WaitingPongs,
    /// The writing side has been shut down.
    is_shut: bool,
    messages_sent: u64,
    messages_received: u64,
    /// Of the messages received, those that could be answered by now.
    answerable: u64,
    /// What the peer is to be told once the messages before it are handed over.
    held: Option<Box<Error>>,
}

impl Connection {
    pub(crate) fn new(
        framing: Framing,
        protocol: String,
        keepalive: KeepaliveOptions,
        busy_poll: Mode,
    ) -> Self {
        let addresses = framing.io().socket().addresses();
        Self {
            // TLS and the codec may hold bytes that came with the handshake: the first turn looks.
            unfinished: true,
            framing,
            keepalive: Keepalive::new(keepalive.interval, keepalive.timeout, Instant::now()),
            busy_poll: BusyPoll::new(busy_poll),
            protocol,
            response_headers: Vec::new(),
            addresses,
            reads_seen: 0,
            send_queue_probe: None,
            sent_at_ping: 0,
            waiting_pongs: WaitingPongs::default(),
            is_shut: false,
            messages_sent: 0,
            messages_received: 0,
            answerable: 0,
            held: None,
        }
    }

    pub(crate) fn with_response_headers(self, response_headers: Vec<Header>) -> Self {
        Self {
            response_headers,
            ..self
        }
    }

    /// The headers of the response that opened the connection. They are not kept.
    pub fn take_response_headers(&mut self) -> Vec<Header> {
        std::mem::take(&mut self.response_headers)
    }

    /// The socket to wait on; `None` once closed.
    pub fn stream(&self) -> Option<&socket2::Socket> {
        self.framing.io().socket().stream()
    }

    /// The subprotocol the server chose; empty where none was asked for.
    pub fn protocol(&self) -> &str {
        &self.protocol
    }

    /// Local and remote address, as they were when the connection opened; none over a Unix socket.
    pub fn addresses(&self) -> Option<(SocketAddr, SocketAddr)> {
        self.addresses
    }

    /// Counters so far.
    pub fn stats(&self) -> Stats {
        let (busy_poll_hits, busy_poll_misses) = self.busy_poll.counts();
        Stats {
            messages_sent: self.messages_sent,
            messages_received: self.messages_received,
            busy_poll_hits,
            busy_poll_misses,
            ..self.framing.io().socket().stats
        }
    }

    /// Bytes accepted by [`Connection::send`] and not yet taken by the kernel.
    pub fn buffered(&self) -> usize {
        self.framing.io().unsent()
    }

    /// Whether a turn would find something although the socket announces nothing.
    pub fn is_unfinished(&self) -> bool {
        self.unfinished
    }

    /// Whoever got the messages so far has had the time to answer them. For the driver to say, since turns may follow
    /// each other while nobody else runs.
    pub fn note_answers(&mut self) {
        self.answerable = self.messages_received;
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
    pub fn read_on(&mut self, window: &[u8]) -> bool {
        let io = self.framing.io_mut();
        let reads = io.socket().stats.reads;
        let goes_on = io.inflow().is_amid_message(window) && self.busy_poll.expect_rest(reads, is_contended);
        if goes_on {
            if give_way() {
                self.busy_poll.end_rest();
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
        self.held.is_some()
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
        if self.held.is_some() {
            return self.take_held();
        }
        loop {
            return match self.framing.poll_next(window) {
                // A driver whose batch is full as well ends the turn here, with more to decode.
                Poll::Pending if self.is_window_full() => Poll::Pending,
                Poll::Pending => {
                    self.unfinished = self.is_spent();
                    self.poll_write_error()
                }
                Poll::Ready(Err(error)) => self.hold(error),
                Poll::Ready(Ok(Incoming::Ping(length))) => match self.count_pong(length) {
                    Ok(()) => continue,
                    Err(error) => self.hold(error),
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
    fn hold(&mut self, error: Error) -> Poll<Result<Event, Error>> {
        if error.close_code().is_none() || self.messages_received == self.answerable {
            return Poll::Ready(Err(error));
        }
        self.held = Some(Box::new(error));
        Poll::Pending
    }

    #[cold]
    fn take_held(&mut self) -> Poll<Result<Event, Error>> {
        self.held
            .take()
            .map_or(Poll::Pending, |error| Poll::Ready(Err(*error)))
    }

    /// The codec has answered a ping. Answers that nobody takes must not pile up.
    fn count_pong(&mut self, length: usize) -> Result<(), Error> {
        let end = self.framing.io().outflow().end();
        self.waiting_pongs.add(length + CONTROL_HEADER, end);
        if self.waiting_pongs.bytes() < GATHERED_PONGS
            || self.flush()
            || self.waiting_pongs.bytes() <= MAX_WAITING_PONGS
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

    /// Encodes a message. It leaves with the next [`Connection::flush`], or before, when much is held.
    pub fn send(&mut self, kind: Kind, payload: &[u8]) -> Result<(), Error> {
        if self.framing.io().socket().write_failed() {
            return Err(Error::new(Phase::Open, ErrorKind::Closing));
        }
        let alone = self.messages_sent == self.messages_received && self.buffered() == 0;
        self.framing.send(kind, payload, alone)?;
        self.messages_sent += 1;
        Ok(())
    }

    /// Encodes a ping of at most 125 bytes.
    pub fn ping(&mut self, payload: Bytes) -> Result<(), Error> {
        self.framing.ping(payload)
    }

    /// Begins the closing handshake, or does nothing where it has begun. `None` sends no code.
    pub fn close(&mut self, frame: Option<(u16, &str)>) -> Result<(), Error> {
        match self.framing.close(frame) {
            Err(Error {
                kind: ErrorKind::Closing,
                ..
            }) => Ok(()),
            other => other,
        }
    }

    /// Writes what is held. `true` when there is nothing left to write. A write that fails drops the
    /// rest; [`Connection::poll_event`] says so once everything that had arrived is decoded.
    pub fn flush(&mut self) -> bool {
        let flushed = self.framing.poll_flush().is_ready();
        if self.framing.io().socket().write_failed() {
            self.unfinished = true;
        }
        if self.waiting_pongs.bytes() > 0 {
            self.waiting_pongs.settle(self.framing.io().outflow().left());
        }
        if self.framing.is_closed() && flushed && !self.is_shut {
            return self.shut_down();
        }
        flushed
    }

    /// Lends a buffer for what is sent next, where there is none yet.
    pub fn lend_buffer(&mut self, spare: &mut Vec<u8>) {
        self.framing.io_mut().outflow_mut().lend(spare);
    }

    /// Takes the buffer back once nothing is in it, so that idle connections share one.
    pub fn reclaim_buffer(&mut self, spare: &mut Vec<u8>) {
        self.framing.io_mut().outflow_mut().reclaim(spare);
    }

    /// Nothing follows the close frames: ends the writing side (RFC 6455 section 7.1.1). Returns whether there is
    /// nothing left to write.
    #[cold]
    fn shut_down(&mut self) -> bool {
        self.is_shut = self.framing.io_mut().poll_shutdown().is_ready();
        self.is_shut
    }

    /// Fails the connection (RFC 6455 section 7.1.7). If the error has a close code, the peer is told: what is left of
    /// the connection for that is to [finish](Lingering::finish) on Tokio. Otherwise the socket is closed.
    pub fn fail(&mut self, error: &Error) -> Option<Lingering> {
        let lingering = error.close_code().and_then(|code| {
            // The connection is lost either way; what cannot be said is not said.
            let _ = self.close(Some((code, "")));
            self.flush();
            if self.framing.io().socket().write_failed() {
                return None;
            }
            let (stream, unsent) = self.framing.io_mut().take_stream();
            Some(Lingering::new(stream, &unsent))
        });
        self.terminate();
        lingering
    }

    /// Closes the socket without a word.
    pub fn terminate(&mut self) {
        self.framing.io_mut().socket_mut().close();
    }
}

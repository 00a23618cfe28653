//! The state of an open connection, and what can be asked about it.

use super::keepalive::{
    ConnectionKeepalive, KeepaliveOptions, KeepaliveStep, KernelSendQueue, KernelSendQueueProbe,
};
use crate::error::Error;
use crate::framing::{Framing, UnsentPongs};
use crate::stats::Stats;
use crate::transport::{Addresses, Relay, TlsSession};
use bytes::Bytes;
use std::io;
use std::task::Waker;
use std::time::{Duration, Instant};
use websocket_rs_protocol::busy_poll::{BusyPoll, Mode};
use websocket_rs_protocol::headers::Header;

/// What is known of a connection when it opens, and does not change.
#[derive(Debug, Default)]
pub struct Handshake {
    /// The subprotocol that the server chose; empty if none was offered.
    pub protocol: String,
    /// The headers of the upgrade response.
    pub response_headers: Vec<Header>,
    /// The local and the remote address, or `None` for a Unix socket.
    pub addresses: Option<Addresses>,
}

/// An open connection.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // Independent of each other: no state machine is hidden here.
pub struct Connection {
    pub(super) framing: Framing,
    pub(super) keepalive: ConnectionKeepalive,
    pub(super) busy_poll: BusyPoll,
    /// What the opening handshake has found, until it is taken.
    pub(super) handshake: Option<Box<Handshake>>,
    /// The last turn ended before everything that had arrived was decoded.
    pub(super) unfinished: bool,
    pub(super) reads_seen: u64,
    pub(super) unsent_pongs: UnsentPongs,
    /// The peer is to end the connection after both close frames, and this side only after that.
    pub(super) awaits_end: bool,
    /// The writing side has been shut down.
    pub(super) is_shut: bool,
    pub(super) messages_sent: u64,
    pub(super) messages_received: u64,
    /// Received messages that were delivered in earlier turns, so that the program can have replied to them.
    pub(super) delivered: u64,
    /// What to report once the messages before it have been delivered.
    pub(super) held_end: Option<Box<HeldEnd>>,
    /// Whether close frames are held, too.
    pub(super) holds_close: bool,
    /// Whether a ping or a pong has been reported since what was received last was delivered.
    pub(super) has_reported: bool,
}

/// What waits for replies to the messages before it.
#[derive(Debug)]
pub(super) enum HeldEnd {
    Error(Error),
    /// The payload of the peer's close frame.
    Close(Bytes),
}

impl Connection {
    pub(crate) fn new(
        framing: Framing,
        handshake: Option<Box<Handshake>>,
        keepalive: KeepaliveOptions,
        busy_poll: Mode,
    ) -> Self {
        Self {
            // TLS and the codec may hold bytes that arrived with the handshake, so there is a first turn in any case.
            unfinished: true,
            framing,
            keepalive: ConnectionKeepalive::new(keepalive, Instant::now()),
            busy_poll: BusyPoll::new(busy_poll),
            handshake,
            reads_seen: 0,
            unsent_pongs: UnsentPongs::default(),
            awaits_end: false,
            is_shut: false,
            messages_sent: 0,
            messages_received: 0,
            delivered: 0,
            held_end: None,
            holds_close: false,
            has_reported: false,
        }
    }

    /// Takes what the opening handshake has found. The caller keeps it, so that an open connection takes less memory.
    pub fn take_handshake(&mut self) -> Handshake {
        self.handshake
            .take()
            .map(|handshake| *handshake)
            .unwrap_or_default()
    }

    /// Returns the socket to wait on, or `None` if it is closed.
    pub fn stream(&self) -> Option<&socket2::Socket> {
        self.framing.io().socket().stream()
    }

    /// Returns the caller's end of the stream that it carries, if it does.
    pub fn relay(&self) -> Option<&Relay> {
        self.framing.io().socket().relay()
    }

    /// Has the caller read the stream that it carries. How far it reads ahead is limited.
    pub fn begin_reading(&self) {
        self.framing.io().socket().begin_reading();
    }

    /// Whether the caller has read bytes of its stream that the connection has not taken.
    pub fn has_relayed(&self) -> bool {
        self.framing.io().socket().has_relayed()
    }

    /// Sets whether the stream that the caller carries keeps the process alive.
    pub fn set_referenced(&self, referenced: bool) {
        self.framing.io().socket().set_referenced(referenced);
    }

    /// Returns the extensions in use with their parameters, as in `Sec-WebSocket-Extensions`; empty if none.
    pub fn extensions(&self) -> String {
        let compression = self.framing.compression();
        compression.map_or_else(String::new, |compression| compression.parameters.to_string())
    }

    /// Returns what TLS has agreed on; `None` without TLS, or if a stream of the caller brings it.
    pub fn tls_session(&self) -> Option<TlsSession> {
        self.framing.io().tls_session()
    }

    /// Returns the counters.
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

    /// Returns how many bytes [`Connection::send`] has accepted and the kernel has not.
    pub fn buffered(&self) -> usize {
        self.framing.backlog() + self.unwritten()
    }

    /// Returns how many encoded bytes the kernel has not accepted.
    pub fn unwritten(&self) -> usize {
        self.framing.io().unsent()
    }

    /// Whether the stream that the caller carries has bytes to write. [`Connection::buffered`] leaves those out that the
    /// caller may write before the running call returns.
    pub fn is_relaying(&self) -> bool {
        self.framing.io().socket().is_relaying()
    }

    /// Sets whether the kernel probes an idle TCP connection, and after which time; `None` leaves that as it is.
    pub fn set_tcp_keepalive(&self, enabled: bool, delay: Option<Duration>) -> io::Result<()> {
        self.framing.io().socket().set_keepalive(enabled, delay)
    }

    /// Whether permessage-deflate is negotiated.
    pub fn is_compressed(&self) -> bool {
        self.framing.is_compressed()
    }

    /// Whether messages wait to be compressed by another thread. [`Connection::flush`] continues when the waker is woken.
    pub fn is_compressing(&self) -> bool {
        self.framing.has_backlog()
    }

    /// Lets other threads do work that takes long, and wake `waker` when [`Connection::flush`] or a turn can continue. Without
    /// a waker, everything is done on the calling thread.
    pub fn set_waker(&mut self, waker: Waker) {
        self.framing.set_waker(waker);
    }

    /// Whether a turn is needed even if the socket reports no readiness.
    pub fn is_unfinished(&self) -> bool {
        self.unfinished
    }

    /// Lets the keepalive ask the kernel how much of what was sent the peer has acknowledged.
    pub fn set_send_queue_probe(&mut self, probe: KernelSendQueueProbe) {
        self.keepalive.set_probe(probe);
    }

    /// Reports the kernel's send queue of the stream that the caller carries, for the next poll of the keepalive.
    pub fn report_send_queue(&mut self, queue: Option<KernelSendQueue>) {
        self.keepalive.report(queue);
    }

    /// Whether a pong is due, so that silence counts against the peer.
    pub fn is_awaiting_pong(&self) -> bool {
        self.keepalive.is_awaiting_pong()
    }

    /// Runs the keepalive. `reading` is whether the driver reads from the socket.
    pub fn poll_keepalive(&mut self, now: Instant, reading: bool) -> Result<KeepaliveStep, Error> {
        let reading = reading && !self.is_suspended();
        self.keepalive.poll(now, reading, &mut self.framing)
    }
}

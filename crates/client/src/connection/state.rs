//! An open connection, and what is known of it.

use super::keepalive::{ConnectionKeepalive, KeepaliveOptions, KeepaliveStep, KernelSendQueueProbe};
use crate::error::Error;
use crate::framing::{Framing, UnsentPongs};
use crate::stats::Stats;
use std::net::SocketAddr;
use std::time::Instant;
use websocket_rs_protocol::busy_poll::{BusyPoll, Mode};
use websocket_rs_protocol::headers::Header;

/// One open connection.
#[derive(Debug)]
pub struct Connection {
    pub(super) framing: Framing,
    pub(super) keepalive: ConnectionKeepalive,
    pub(super) busy_poll: BusyPoll,
    pub(super) protocol: String,
    /// Headers of the response to the upgrade, until they are taken.
    pub(super) response_headers: Vec<Header>,
    pub(super) addresses: Option<(SocketAddr, SocketAddr)>,
    /// The last turn stopped before everything that had arrived was decoded.
    pub(super) unfinished: bool,
    pub(super) reads_seen: u64,
    pub(super) unsent_pongs: UnsentPongs,
    /// The writing side has been shut down.
    pub(super) is_shut: bool,
    pub(super) messages_sent: u64,
    pub(super) messages_received: u64,
    /// Of the messages received, those that could be answered by now.
    pub(super) delivered: u64,
    /// What the peer is to be told once the messages before it are handed over.
    pub(super) held_error: Option<Box<Error>>,
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
            keepalive: ConnectionKeepalive::new(keepalive, Instant::now()),
            busy_poll: BusyPoll::new(busy_poll),
            protocol,
            response_headers: Vec::new(),
            addresses,
            reads_seen: 0,
            unsent_pongs: UnsentPongs::default(),
            is_shut: false,
            messages_sent: 0,
            messages_received: 0,
            delivered: 0,
            held_error: None,
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

    /// Lets the keepalive ask the kernel how much of what was sent the peer has acknowledged.
    pub fn set_send_queue_probe(&mut self, probe: KernelSendQueueProbe) {
        self.keepalive.set_probe(probe);
    }

    /// Whether a pong is due, so that silence counts against the peer.
    pub fn is_awaiting_pong(&self) -> bool {
        self.keepalive.is_awaiting_pong()
    }

    /// Runs the keepalive. `reading` is whether the driver reads from the socket.
    pub fn poll_keepalive(&mut self, now: Instant, reading: bool) -> Result<KeepaliveStep, Error> {
        self.keepalive.poll(now, reading, &mut self.framing)
    }
}

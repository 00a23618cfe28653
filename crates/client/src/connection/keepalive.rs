//! The keepalive of an open connection: it sends pings, and measures how far an upload is.

use crate::error::{Error, ErrorKind, Phase};
use crate::framing::{FrameIo, Framing};
use bytes::Bytes;
use std::time::{Duration, Instant};
use websocket_rs_protocol::keepalive::{Keepalive, KeepaliveAction, Upload};

/// Bytes sent since the last ping that a slow peer may still have in front of it, unread in its kernel's buffers.
const MUCH_SENT: u64 = 64 * 1024;

/// The options of the keepalive; `None` switches a part of it off.
#[derive(Debug, Clone, Copy, Default)]
pub struct KeepaliveOptions {
    /// Time between pings.
    pub interval: Option<Duration>,
    /// How long the peer may be silent after a ping.
    pub timeout: Option<Duration>,
}

/// What the keepalive needs next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeepaliveStep {
    /// Poll again at this instant; `None` means never.
    WaitUntil(Option<Instant>),
    /// A ping was sent: flush, then poll again.
    Pinged,
}

/// The kernel's view of the bytes that it was given for the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KernelSendQueue {
    /// Bytes that the peer has not acknowledged.
    pub length: u64,
    /// A number that grows only while the peer's program reads, if the kernel has one.
    pub read: Option<u64>,
    /// How long the peer has acknowledged nothing although segments were sent again; `None` if none were.
    pub unacknowledged: Option<Duration>,
}

/// Asks the kernel for a socket's send queue. Returns `None` if the kernel does not report it.
pub type KernelSendQueueProbe = fn(&socket2::Socket) -> Option<KernelSendQueue>;

/// The keepalive's rules with what they need to know of the connection.
#[derive(Debug)]
pub(super) struct ConnectionKeepalive {
    rules: Keepalive,
    probe: Option<KernelSendQueueProbe>,
    /// What the caller has reported of the stream that it carries, for the next poll.
    reported: Option<Box<KernelSendQueue>>,
    /// Bytes given to the socket when the last ping was sent.
    sent_at_ping: u64,
}

impl ConnectionKeepalive {
    pub(super) fn new(options: KeepaliveOptions, now: Instant) -> Self {
        Self {
            rules: Keepalive::new(options.interval, options.timeout, now),
            probe: None,
            reported: None,
            sent_at_ping: 0,
        }
    }

    pub(super) fn set_probe(&mut self, probe: KernelSendQueueProbe) {
        self.probe = Some(probe);
    }

    pub(super) fn report(&mut self, queue: Option<KernelSendQueue>) {
        self.reported = queue.map(Box::new);
    }

    pub(super) fn is_awaiting_pong(&self) -> bool {
        self.rules.is_waiting()
    }

    /// Notes that bytes have arrived.
    pub(super) fn handle_activity(&mut self) {
        self.rules.handle_activity();
    }

    /// Notes an empty pong. Returns the round trip if it replies to a ping of the keepalive.
    pub(super) fn handle_pong(&mut self, now: Instant) -> Option<Duration> {
        self.rules.handle_pong(now)
    }

    /// Sends a ping if one is due, and fails if the peer has been silent for too long.
    pub(super) fn poll(
        &mut self,
        now: Instant,
        reading: bool,
        framing: &mut Framing,
    ) -> Result<KeepaliveStep, Error> {
        let (io, probe, sent_at_ping) = (framing.io(), self.probe, self.sent_at_ping);
        let reported = self.reported.take().map(|queue| *queue);
        let known = || {
            reported.or_else(|| {
                probe
                    .zip(io.socket().stream())
                    .and_then(|(probe, stream)| probe(stream))
            })
        };
        match self
            .rules
            .poll(now, reading, || upload(io, known(), sent_at_ping))
        {
            KeepaliveAction::Wait(at) => Ok(KeepaliveStep::WaitUntil(at)),
            KeepaliveAction::Lost => Err(Error::new(Phase::Open, ErrorKind::PingTimeout)),
            KeepaliveAction::Ping => match framing.ping(Bytes::new()) {
                Ok(())
                | Err(Error {
                    kind: ErrorKind::Closing,
                    ..
                }) => {
                    self.sent_at_ping = framing.io().socket().stats.bytes_sent;
                    Ok(KeepaliveStep::Pinged)
                }
                Err(error) => Err(error),
            },
        }
    }
}

/// Returns how far an upload is. Without a report of the kernel, bytes that it has accepted count as taken by the peer.
fn upload(io: &FrameIo, known: Option<KernelSendQueue>, sent_at_ping: u64) -> Upload {
    let sent = io.socket().stats.bytes_sent;
    let KernelSendQueue {
        length,
        read,
        unacknowledged,
    } = known.unwrap_or(KernelSendQueue {
        length: 0,
        read: None,
        unacknowledged: None,
    });
    Upload {
        is_pending: length > 0 || io.unsent() > 0 || sent.saturating_sub(sent_at_ping) > MUCH_SENT,
        taken: read.unwrap_or_else(|| sent.saturating_sub(length + io.socket().unrelayed() as u64)),
        unacknowledged,
    }
}

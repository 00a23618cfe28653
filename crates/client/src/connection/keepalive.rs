//! The keepalive of an open connection: what it sends, and what it knows of an upload.

use super::Connection;
use crate::error::{Error, ErrorKind, Phase};
use crate::io::Io;
use bytes::Bytes;
use std::time::Instant;
use websocket_rs_protocol::keepalive::{Action, Upload};

/// What the keepalive wants next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tick {
    /// Ask again at this instant; `None` means never.
    At(Option<Instant>),
    /// A ping was sent: flush, then ask again.
    Pinged,
}

/// What the kernel knows of the bytes that it was given for the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendQueue {
    /// Bytes that the peer has not acknowledged.
    pub length: u64,
    /// A number that grows only if the program of the peer reads, if there is one.
    pub read: Option<u64>,
}

/// Asks the kernel; none if it does not tell.
pub type SendQueueProbe = fn(&socket2::Socket) -> Option<SendQueue>;

/// Bytes since the last ping that a slow peer may still have before it, in its own kernel.
const MUCH_SENT: u64 = 64 * 1024;

impl Connection {
    /// Has the keepalive ask the kernel how far an upload is.
    pub fn set_send_queue_probe(&mut self, probe: SendQueueProbe) {
        self.send_queue_probe = Some(probe);
    }

    /// Whether silence is being counted against the peer.
    pub fn is_awaiting_pong(&self) -> bool {
        self.keepalive.is_waiting()
    }

    /// Runs the keepalive. `reading` is whether the driver takes bytes from the socket.
    pub fn tick(&mut self, now: Instant, reading: bool) -> Result<Tick, Error> {
        let (io, probe, sent_at_ping) = (self.framing.io(), self.send_queue_probe, self.sent_at_ping);
        match self
            .keepalive
            .poll(now, reading, || upload(io, probe, sent_at_ping))
        {
            Action::Wait(at) => Ok(Tick::At(at)),
            Action::Lost => Err(Error::new(Phase::Open, ErrorKind::PingTimeout)),
            Action::Ping => match self.ping(Bytes::new()) {
                Ok(())
                | Err(Error {
                    kind: ErrorKind::Closing,
                    ..
                }) => {
                    self.sent_at_ping = self.framing.io().socket().stats.bytes_sent;
                    Ok(Tick::Pinged)
                }
                Err(error) => Err(error),
            },
        }
    }
}

/// How far an upload is. If the kernel does not tell, what it has taken itself stands for what the peer has.
fn upload(io: &Io, probe: Option<SendQueueProbe>, sent_at_ping: u64) -> Upload {
    let sent = io.socket().stats.bytes_sent;
    let known = probe
        .zip(io.socket().stream())
        .and_then(|(probe, stream)| probe(stream));
    let SendQueue { length, read } = known.unwrap_or(SendQueue {
        length: 0,
        read: None,
    });
    Upload {
        is_pending: length > 0 || io.unsent() > 0 || sent.saturating_sub(sent_at_ping) > MUCH_SENT,
        taken: read.unwrap_or_else(|| sent.saturating_sub(length)),
    }
}

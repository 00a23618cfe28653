//! `/deaf` and `/silent`: the peer completes the handshake and then never replies.

use std::time::Duration;

use socket2::SockRef;
use tokio::time::sleep;

use crate::transport::{Transport, discard};

/// The size of the receive buffer: small, so that a client's writes stall after kilobytes instead of megabytes.
const DEAF_BUFFER: usize = 4096;

/// A mode without frames, on the bare socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unresponsive {
    /// Never reads, and closes the connection after this time.
    Deaf(Duration),
    /// Reads and drops everything, pings and close frames included.
    Silent,
}

impl Unresponsive {
    /// Prepares the socket. Called before the 101 is sent, because the client sends from then on.
    pub(crate) fn prepare(self, transport: &Transport) {
        if let Self::Deaf(_) = self {
            let _ = SockRef::from(transport.tcp()).set_recv_buffer_size(DEAF_BUFFER);
        }
    }

    /// Keeps the connection open: `Deaf` for its time, `Silent` until the client closes it.
    pub(crate) async fn run(self, mut transport: Transport) {
        match self {
            Self::Deaf(hold) => sleep(hold).await,
            Self::Silent => drop(discard(&mut transport).await),
        }
    }
}

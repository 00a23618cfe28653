//! `/deaf` and `/silent`: clients that opened a WebSocket and find nobody home.

use std::time::Duration;

use socket2::SockRef;
use tokio::time::sleep;

use crate::transport::{Transport, discard};

/// Small, so that a client's writes stall after kilobytes and not after megabytes.
const DEAF_BUFFER: usize = 4096;

/// A mode on the bare socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mute {
    /// Never reads again, for that long.
    Deaf(Duration),
    /// Reads and drops everything, pings and close frames included.
    Silent,
}

impl Mute {
    /// To be called before the 101 goes out, as the client sends from then on.
    pub(crate) fn prepare(self, transport: &Transport) {
        if let Self::Deaf(_) = self {
            let _ = SockRef::from(transport.tcp()).set_recv_buffer_size(DEAF_BUFFER);
        }
    }

    /// Holds the connection.
    pub(crate) async fn run(self, mut transport: Transport) {
        match self {
            Self::Deaf(hold) => sleep(hold).await,
            Self::Silent => drop(discard(&mut transport).await),
        }
    }
}

//! What tells a connection of the loop that it can be read: libuv, or JavaScript, which carries its bytes.

use crate::uv::PollHandle;
use websocket_rs_client::Connection;

/// The source of a connection's events.
#[derive(Debug)]
pub(crate) enum Handle {
    /// libuv watches the socket.
    Poll(PollHandle),
    /// JavaScript reads and writes the stream.
    Relay,
}

impl Handle {
    /// Waits for the events that are wanted, and for no others. JavaScript reports every write without being asked, and
    /// reads ahead.
    pub(super) fn arm(&mut self, connection: &Connection, read: bool, write: bool) {
        match self {
            Self::Poll(handle) => handle.arm(read, write),
            Self::Relay if read => connection.begin_reading(),
            Self::Relay => {}
        }
    }

    /// Notes that libuv has stopped the handle, as it does after a socket error.
    pub(crate) fn note_stopped(&mut self) {
        if let Self::Poll(handle) = self {
            handle.note_stopped();
        }
    }

    /// Sets whether the connection keeps the loop alive.
    pub(crate) fn set_referenced(&self, connection: &Connection, referenced: bool) {
        match self {
            Self::Poll(handle) => handle.set_referenced(referenced),
            Self::Relay => connection.set_referenced(referenced),
        }
    }

    /// Whether the kernel can be asked for a reply at once.
    pub(crate) fn is_poll(&self) -> bool {
        matches!(self, Self::Poll(_))
    }
}

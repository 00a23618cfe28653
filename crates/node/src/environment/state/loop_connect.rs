//! Connects that the event loop drives.

use crate::slots::Key;
use crate::uv::PollHandle;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Instant;
use websocket_rs_client::connect::DirectConnect;

/// A connect on the event loop.
#[derive(Debug)]
pub(crate) struct LoopConnect {
    /// Watches the socket, and goes on to do so once the connection is open. Dropped before the socket, as libuv requires.
    pub(crate) handle: PollHandle,
    /// The number of the open connection, for the callback of the handle.
    pub(crate) opened: Rc<Cell<Option<Key>>>,
    pub(crate) connect: DirectConnect,
    /// When the connect has to end, or `None` without a deadline.
    pub(crate) deadline: Option<Instant>,
    /// Whether the deadline was moved because the loop was late.
    pub(crate) is_prolonged: bool,
}

impl LoopConnect {
    /// Waits until the socket is ready. Nothing is read before the request is sent, so what arrives earlier, or the end of
    /// it, must not wake the loop again and again.
    pub(crate) fn arm(&mut self) {
        if self.connect.is_sending() {
            self.handle.arm_to_write();
        } else {
            self.handle.arm(true, false);
        }
    }
}

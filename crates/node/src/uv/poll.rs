//! `uv_poll_t`: watches a socket.

use super::functions::{Loop, OnPoll, RawSocket};
use super::handle::{Handle, callback_of};
use std::ffi::{c_int, c_void};
use std::rc::Rc;

/// `UV_READABLE`, `UV_WRITABLE` and `UV_DISCONNECT`.
pub(crate) const READABLE: c_int = 1;
pub(crate) const WRITABLE: c_int = 2;
pub(crate) const DISCONNECT: c_int = 4;

/// A `uv_poll_t`. The socket has to outlive it.
#[derive(Debug)]
pub(crate) struct PollHandle {
    handle: Handle,
    on_poll: OnPoll,
    armed: c_int,
}

impl PollHandle {
    /// Makes a handle that calls a clone of `callback(status, events)`, which must not unwind. Returns `None` if libuv
    /// refuses the socket.
    pub(crate) fn new<F: FnOnce(c_int, c_int) + Clone + 'static>(
        uv: &Rc<Loop>,
        socket: RawSocket,
        callback: F,
    ) -> Option<Self> {
        // SAFETY: the memory has the size that libuv reports for a poll handle, and loop and socket are open.
        let init = |raw| unsafe { (uv.poll_init_socket)(uv.raw, raw, socket) };
        // SAFETY: as above.
        let handle = unsafe { Handle::new(uv, uv.poll_layout, callback, init) }?;
        Some(Self {
            handle,
            on_poll: on_poll::<F>,
            armed: 0,
        })
    }

    /// Waits for these events, and for no others: to read, or until the peer ends its side, and to write. Does nothing if
    /// they are the same as before: starting a handle costs a system call in the next loop iteration.
    pub(crate) fn arm(&mut self, read: bool, write: bool) {
        self.start(if read { READABLE } else { DISCONNECT } | if write { WRITABLE } else { 0 });
    }

    /// Waits until the socket can be written, whatever the peer sends or ends. A failure of the socket is reported, too.
    pub(crate) fn arm_to_write(&mut self) {
        self.start(WRITABLE);
    }

    fn start(&mut self, wanted: c_int) {
        if wanted == self.armed {
            return;
        }
        let Handle { uv, raw, .. } = &self.handle;
        // SAFETY: the handle is open until `self` is dropped.
        unsafe { (uv.poll_start)(raw.as_ptr(), wanted, self.on_poll) };
        self.armed = wanted;
    }

    /// Notes that libuv has stopped the handle, as it does after a socket error.
    pub(crate) fn note_stopped(&mut self) {
        self.armed = 0;
    }

    /// Sets whether the handle keeps the loop alive.
    pub(crate) fn set_referenced(&self, referenced: bool) {
        let Handle { uv, raw, .. } = &self.handle;
        let change = if referenced { uv.reference } else { uv.unreference };
        // SAFETY: the handle is open until `self` is dropped.
        unsafe { change(raw.as_ptr()) };
    }
}

unsafe extern "C" fn on_poll<F: FnOnce(c_int, c_int) + Clone>(
    handle: *mut c_void,
    status: c_int,
    events: c_int,
) {
    // SAFETY: libuv calls back with a handle that `PollHandle::new::<F>` has made.
    if let Some(callback) = unsafe { callback_of::<F>(handle) } {
        callback(status, events);
    }
}

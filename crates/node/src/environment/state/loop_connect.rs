//! Connects that the event loop drives, and the timer of their deadlines.

use crate::slots::Key;
use crate::uv::{PollHandle, TimerHandle};
use std::cell::{Cell, RefCell};
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

/// The timer of the deadlines of one environment. It is never stopped: to start it costs no system call, but nearly every
/// connect ends long before its deadline.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    timer: RefCell<Option<TimerHandle>>,
    /// When the timer calls back; `None` if it does not.
    due: Cell<Option<Instant>>,
}

impl Deadlines {
    /// Makes the timer call back at `deadline`, unless it does so earlier. `make` makes the timer if there is none. Returns
    /// `false` if it cannot be made.
    pub(crate) fn add(&self, deadline: Instant, make: impl FnOnce() -> Option<TimerHandle>) -> bool {
        if self.due.get().is_some_and(|due| due <= deadline) {
            return true;
        }
        let mut timer = self.timer.borrow_mut();
        if timer.is_none() {
            *timer = make();
        }
        let Some(timer) = &*timer else {
            return false;
        };
        timer.start(deadline.saturating_duration_since(Instant::now()));
        self.due.set(Some(deadline));
        true
    }

    /// Notes that the timer has called back.
    pub(crate) fn note_due(&self) {
        self.due.set(None);
    }

    /// Closes the timer.
    pub(crate) fn close(&self) {
        self.timer.borrow_mut().take();
        self.due.set(None);
    }
}

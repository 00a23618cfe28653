//! Deadlines that share a timer of libuv.

use crate::uv::TimerHandle;
use std::cell::{Cell, RefCell};
use std::time::Instant;

/// The timer of deadlines of one environment. It is never stopped: to start it costs no system call, but nearly everything
/// ends long before its deadline.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    timer: RefCell<Option<TimerHandle>>,
    /// When the timer calls back; `None` if it does not.
    due: Cell<Option<Instant>>,
    /// How many deadlines keep the loop alive.
    holders: Cell<usize>,
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

    /// Keeps the loop alive, as a deadline that was added does, until [`Deadlines::release`] is called as often.
    pub(crate) fn hold(&self) {
        self.count(self.holders.get() + 1);
    }

    /// Ends what [`Deadlines::hold`] has begun.
    pub(crate) fn release(&self) {
        self.count(self.holders.get().saturating_sub(1));
    }

    fn count(&self, holders: usize) {
        let held = self.holders.replace(holders) > 0;
        if let Some(timer) = &*self.timer.borrow()
            && held != (holders > 0)
        {
            timer.set_referenced(!held);
        }
    }

    /// Notes that the timer has called back.
    pub(crate) fn note_due(&self) {
        self.due.set(None);
    }

    /// Closes the timer.
    pub(crate) fn close(&self) {
        self.timer.borrow_mut().take();
        self.due.set(None);
        self.holders.set(0);
    }
}

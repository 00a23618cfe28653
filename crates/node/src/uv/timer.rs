//! `uv_timer_t`: calls back once after a time.

use super::callback_handle::CallbackHandle;
use super::functions::Loop;
use std::rc::Rc;
use std::time::Duration;

/// A `uv_timer_t`.
#[derive(Debug)]
pub(crate) struct TimerHandle(CallbackHandle);

impl TimerHandle {
    /// Makes a stopped handle that calls a clone of `callback`, which must not unwind. Returns `None` if libuv refuses it.
    pub(crate) fn new<F: FnOnce() + Clone + 'static>(uv: &Rc<Loop>, callback: F) -> Option<Self> {
        // SAFETY: function and layout are those of a timer.
        unsafe { CallbackHandle::new(uv, uv.timer_layout, uv.timer_init, callback) }.map(Self)
    }

    /// Calls back once after `delay`, instead of after an earlier delay. The loop counts from the start of its iteration,
    /// so it may call back early.
    pub(crate) fn start(&self, delay: Duration) {
        let (raw, on_timer) = self.0.parts();
        let milliseconds = u64::try_from(delay.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
        // SAFETY: the handle is open until `self` is dropped.
        unsafe { (self.0.uv().timer_start)(raw, on_timer, milliseconds, 0) };
    }

    /// Sets whether the handle keeps the loop alive while it is started. At first it does not.
    pub(crate) fn set_referenced(&self, referenced: bool) {
        let (raw, _) = self.0.parts();
        let uv = self.0.uv();
        let change = if referenced { uv.reference } else { uv.unreference };
        // SAFETY: as above.
        unsafe { change(raw) };
    }
}

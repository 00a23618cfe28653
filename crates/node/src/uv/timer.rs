//! `uv_timer_t`: calls back once after a time.

use super::functions::{Loop, OnTimer};
use super::handle::{Handle, callback_of};
use std::ffi::c_void;
use std::rc::Rc;
use std::time::Duration;

/// A `uv_timer_t`. It does not keep the loop alive.
#[derive(Debug)]
pub(crate) struct TimerHandle {
    handle: Handle,
    on_timer: OnTimer,
}

impl TimerHandle {
    /// Makes a stopped handle that calls a clone of `callback`. Returns `None` if libuv refuses it.
    pub(crate) fn new<F: FnOnce() + Clone + 'static>(uv: &Rc<Loop>, callback: F) -> Option<Self> {
        // SAFETY: the memory has the size that libuv reports for a timer, and the loop is open.
        let init = |raw| unsafe { (uv.timer_init)(uv.raw, raw) };
        // SAFETY: as above.
        let handle = unsafe { Handle::new(uv, uv.timer_layout, callback, init) }?;
        // SAFETY: the handle is open.
        unsafe { (uv.unreference)(handle.raw.as_ptr()) };
        Some(Self {
            handle,
            on_timer: on_timer::<F>,
        })
    }

    /// Calls back once after `delay`, instead of after an earlier delay. The loop counts from the start of its iteration,
    /// so it may call back early.
    pub(crate) fn start(&self, delay: Duration) {
        let Handle { uv, raw, .. } = &self.handle;
        let milliseconds = u64::try_from(delay.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
        // SAFETY: the handle is open until `self` is dropped.
        unsafe { (uv.timer_start)(raw.as_ptr(), self.on_timer, milliseconds, 0) };
    }
}

unsafe extern "C" fn on_timer<F: FnOnce() + Clone>(handle: *mut c_void) {
    // SAFETY: libuv calls back with a handle that `TimerHandle::new::<F>` has made.
    if let Some(callback) = unsafe { callback_of::<F>(handle) } {
        callback();
    }
}

//! `uv_check_t`: calls back once the loop has handled the events of its iteration, before Node's immediates.

use super::callback_handle::CallbackHandle;
use super::functions::Loop;
use std::rc::Rc;

/// A `uv_check_t`. It does not keep the loop alive.
#[derive(Debug)]
pub(crate) struct CheckHandle(CallbackHandle);

impl CheckHandle {
    /// Makes a stopped handle that calls a clone of `callback`, which must not unwind. Returns `None` if libuv refuses it.
    pub(crate) fn new<F: FnOnce() + Clone + 'static>(uv: &Rc<Loop>, callback: F) -> Option<Self> {
        // SAFETY: function and layout are those of a check handle.
        unsafe { CallbackHandle::new(uv, uv.check_layout, uv.check_init, callback) }.map(Self)
    }

    /// Starts the handle. libuv calls the handle that was started last first.
    pub(crate) fn start(&self) {
        let (raw, on_check) = self.0.parts();
        // SAFETY: the handle is open until `self` is dropped. Starting a started handle does nothing.
        unsafe { (self.0.uv().check_start)(raw, on_check) };
    }

    pub(crate) fn stop(&self) {
        let (raw, _) = self.0.parts();
        // SAFETY: the handle is open until `self` is dropped.
        unsafe { (self.0.uv().check_stop)(raw) };
    }
}

//! `uv_prepare_t`: calls back each time before the loop waits.

use super::callback_handle::CallbackHandle;
use super::functions::Loop;
use std::rc::Rc;

/// A `uv_prepare_t`. It does not keep the loop alive.
#[derive(Debug)]
pub(crate) struct PrepareHandle(CallbackHandle);

impl PrepareHandle {
    /// Makes a stopped handle that calls a clone of `callback`, which must not unwind. Returns `None` if libuv refuses it,
    /// or if the loop has no descriptor to poll.
    pub(crate) fn new<F: FnOnce() + Clone + 'static>(uv: &Rc<Loop>, callback: F) -> Option<Self> {
        uv.backend.as_ref()?;
        // SAFETY: function and layout are those of a prepare handle.
        unsafe { CallbackHandle::new(uv, uv.prepare_layout, uv.prepare_init, callback) }.map(Self)
    }

    pub(crate) fn start(&self) {
        let (raw, on_prepare) = self.0.parts();
        // SAFETY: the handle is open until `self` is dropped. Starting a started handle does nothing.
        unsafe { (self.0.uv().prepare_start)(raw, on_prepare) };
    }

    #[cfg(unix)]
    pub(crate) fn stop(&self) {
        let (raw, _) = self.0.parts();
        // SAFETY: the handle is open until `self` is dropped.
        unsafe { (self.0.uv().prepare_stop)(raw) };
    }

    /// Returns the descriptor that the loop is about to wait for. Returns `None` if the loop is not going to wait.
    #[cfg(unix)]
    pub(crate) fn backend(&self) -> Option<std::os::fd::BorrowedFd<'_>> {
        let uv = self.0.uv();
        let backend = uv.backend.as_ref()?;
        // SAFETY: the loop is open while a handle of it is.
        let (timeout, fd) = unsafe { ((backend.timeout)(uv.raw), (backend.fd)(uv.raw)) };
        // SAFETY: the descriptor is open while the loop is.
        (timeout != 0 && fd >= 0).then(|| unsafe { std::os::fd::BorrowedFd::borrow_raw(fd) })
    }
}

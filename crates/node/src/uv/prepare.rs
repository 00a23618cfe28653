//! `uv_prepare_t`: calls back each time before the loop waits.

use super::functions::{Loop, OnPrepare};
use super::handle::{Handle, callback_of};
use std::ffi::c_void;
use std::rc::Rc;

/// A `uv_prepare_t`. It does not keep the loop alive.
#[derive(Debug)]
pub(crate) struct PrepareHandle {
    handle: Handle,
    on_prepare: OnPrepare,
}

impl PrepareHandle {
    /// Makes a stopped handle that calls a clone of `callback`, which must not unwind. Returns `None` if libuv refuses it,
    /// or if the loop has no descriptor to poll.
    pub(crate) fn new<F: FnOnce() + Clone + 'static>(uv: &Rc<Loop>, callback: F) -> Option<Self> {
        uv.backend.as_ref()?;
        // SAFETY: the memory has the size that libuv reports for a prepare handle, and the loop is open.
        let init = |raw| unsafe { (uv.prepare_init)(uv.raw, raw) };
        // SAFETY: as above.
        let handle = unsafe { Handle::new(uv, uv.prepare_layout, callback, init) }?;
        // SAFETY: the handle is open.
        unsafe { (uv.unreference)(handle.raw.as_ptr()) };
        Some(Self {
            handle,
            on_prepare: on_prepare::<F>,
        })
    }

    pub(crate) fn start(&self) {
        let Handle { uv, raw, .. } = &self.handle;
        // SAFETY: the handle is open until `self` is dropped. Starting a started handle does nothing.
        unsafe { (uv.prepare_start)(raw.as_ptr(), self.on_prepare) };
    }

    #[cfg(unix)]
    pub(crate) fn stop(&self) {
        let Handle { uv, raw, .. } = &self.handle;
        // SAFETY: the handle is open until `self` is dropped.
        unsafe { (uv.prepare_stop)(raw.as_ptr()) };
    }

    /// Returns the descriptor that the loop is about to wait for. Returns `None` if the loop is not going to wait.
    #[cfg(unix)]
    pub(crate) fn backend(&self) -> Option<std::os::fd::BorrowedFd<'_>> {
        let uv = &self.handle.uv;
        let backend = uv.backend.as_ref()?;
        // SAFETY: the loop is open while a handle of it is.
        let (timeout, fd) = unsafe { ((backend.timeout)(uv.raw), (backend.fd)(uv.raw)) };
        // SAFETY: the descriptor is open while the loop is.
        (timeout != 0 && fd >= 0).then(|| unsafe { std::os::fd::BorrowedFd::borrow_raw(fd) })
    }
}

unsafe extern "C" fn on_prepare<F: FnOnce() + Clone>(handle: *mut c_void) {
    // SAFETY: libuv calls back with a handle that `PrepareHandle::new::<F>` has made.
    if let Some(callback) = unsafe { callback_of::<F>(handle) } {
        callback();
    }
}

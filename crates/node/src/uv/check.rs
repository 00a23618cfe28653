//! `uv_check_t`: calls back once the loop has handled the events of its iteration, before Node's immediates.

use super::functions::{Loop, OnCheck};
use super::handle::{Handle, callback_of};
use std::ffi::c_void;
use std::rc::Rc;

/// A `uv_check_t`. It does not keep the loop alive.
#[derive(Debug)]
pub(crate) struct CheckHandle {
    handle: Handle,
    on_check: OnCheck,
}

impl CheckHandle {
    /// Makes a stopped handle that calls a clone of `callback`, which must not unwind. Returns `None` if libuv refuses it.
    pub(crate) fn new<F: FnOnce() + Clone + 'static>(uv: &Rc<Loop>, callback: F) -> Option<Self> {
        // SAFETY: the memory has the size that libuv reports for a check handle, and the loop is open.
        let init = |raw| unsafe { (uv.check_init)(uv.raw, raw) };
        // SAFETY: as above.
        let handle = unsafe { Handle::new(uv, uv.check_layout, callback, init) }?;
        // SAFETY: the handle is open.
        unsafe { (uv.unreference)(handle.raw.as_ptr()) };
        Some(Self {
            handle,
            on_check: on_check::<F>,
        })
    }

    /// Starts the handle. libuv calls the handle that was started last first.
    pub(crate) fn start(&self) {
        let Handle { uv, raw, .. } = &self.handle;
        // SAFETY: the handle is open until `self` is dropped. Starting a started handle does nothing.
        unsafe { (uv.check_start)(raw.as_ptr(), self.on_check) };
    }

    pub(crate) fn stop(&self) {
        let Handle { uv, raw, .. } = &self.handle;
        // SAFETY: the handle is open until `self` is dropped.
        unsafe { (uv.check_stop)(raw.as_ptr()) };
    }
}

unsafe extern "C" fn on_check<F: FnOnce() + Clone>(handle: *mut c_void) {
    // SAFETY: libuv calls back with a handle that `CheckHandle::new::<F>` has made.
    if let Some(callback) = unsafe { callback_of::<F>(handle) } {
        callback();
    }
}

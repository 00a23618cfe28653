//! Handles that call back without arguments and do not keep the loop alive: check, prepare and timer.

use super::functions::{Callback, Loop};
use super::handle::{Handle, callback_of};
use std::alloc::Layout;
use std::ffi::{c_int, c_void};
use std::rc::Rc;

/// A handle, and the callback that it is started with.
#[derive(Debug)]
pub(super) struct CallbackHandle {
    handle: Handle,
    callback: Callback,
}

impl CallbackHandle {
    /// Makes a stopped handle that calls a clone of `callback`, which must not unwind. Returns `None` if libuv refuses it.
    ///
    /// # Safety
    /// `init` is libuv's function that initialises the kind of handle of which libuv has reported `layout`.
    pub(super) unsafe fn new<F: FnOnce() + Clone + 'static>(
        uv: &Rc<Loop>,
        layout: Layout,
        init: unsafe extern "C" fn(*mut c_void, *mut c_void) -> c_int,
        callback: F,
    ) -> Option<Self> {
        // SAFETY: the memory has the size of such a handle, as the caller promises, and the loop is open.
        let init = |raw| unsafe { init(uv.raw, raw) };
        // SAFETY: as above.
        let handle = unsafe { Handle::new(uv, layout, callback, init) }?;
        // SAFETY: the handle is open.
        unsafe { (uv.unreference)(handle.raw.as_ptr()) };
        Some(Self {
            handle,
            callback: call::<F>,
        })
    }

    pub(super) fn uv(&self) -> &Loop {
        &self.handle.uv
    }

    /// Returns the handle and its callback, as libuv takes them.
    pub(super) fn parts(&self) -> (*mut c_void, Callback) {
        (self.handle.raw.as_ptr(), self.callback)
    }
}

unsafe extern "C" fn call<F: FnOnce() + Clone>(handle: *mut c_void) {
    // SAFETY: libuv calls back with a handle that `CallbackHandle::new::<F>` has made.
    if let Some(callback) = unsafe { callback_of::<F>(handle) } {
        callback();
    }
}

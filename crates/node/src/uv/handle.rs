//! The memory of a libuv handle and the callback that belongs to it.

use super::functions::{Loop, OnClose, data_of};
use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ffi::{c_int, c_void};
use std::ptr::NonNull;
use std::rc::Rc;

/// The data of a handle: what its callback calls, and the layout of its memory.
struct Context<F> {
    layout: Layout,
    callback: F,
}

/// A handle of libuv. Dropping it stops it at once; its memory is freed when libuv has closed it.
#[derive(Debug)]
pub(super) struct Handle {
    pub(super) uv: Rc<Loop>,
    pub(super) raw: NonNull<c_void>,
    release: OnClose,
}

impl Handle {
    /// Makes a handle. Returns `None` if libuv refuses it.
    ///
    /// # Safety
    /// `init` initialises a handle that fits into `layout` in the memory that it is passed.
    pub(super) unsafe fn new<F>(
        uv: &Rc<Loop>,
        layout: Layout,
        callback: F,
        init: impl FnOnce(*mut c_void) -> c_int,
    ) -> Option<Self> {
        // SAFETY: the size of the layout is above zero, as `handle_layout` has checked.
        let memory = unsafe { alloc_zeroed(layout) };
        let Some(raw) = NonNull::new(memory.cast::<c_void>()) else {
            handle_alloc_error(layout)
        };
        if init(raw.as_ptr()) != 0 {
            // SAFETY: allocated above with this layout; libuv did not take it.
            unsafe { dealloc(memory, layout) };
            return None;
        }
        let context = Box::new(Context { layout, callback });
        // SAFETY: the handle is initialised. `release` frees the context.
        unsafe { (uv.handle_set_data)(raw.as_ptr(), Box::into_raw(context).cast()) };
        Some(Self {
            uv: Rc::clone(uv),
            raw,
            release: release::<F>,
        })
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: closed once. `release` frees memory and context when the loop no longer uses them.
        unsafe { (self.uv.close)(self.raw.as_ptr(), self.release) };
    }
}

/// Returns a clone of the callback of a handle: the handle may be closed, and its context freed, while it runs.
///
/// # Safety
/// libuv calls back with `handle`, which was made by `Handle::new::<F>`.
pub(super) unsafe fn callback_of<F: Clone>(handle: *mut c_void) -> Option<F> {
    // SAFETY: promised by the caller.
    let context = NonNull::new(unsafe { data_of(handle) }.cast::<Context<F>>())?;
    // SAFETY: the context lives until `release`, which libuv calls after all other callbacks.
    Some(unsafe { context.as_ref() }.callback.clone())
}

unsafe extern "C" fn release<F>(handle: *mut c_void) {
    // SAFETY: libuv calls back with a handle that `new::<F>` has made.
    let Some(context) = NonNull::new(unsafe { data_of(handle) }.cast::<Context<F>>()) else {
        return;
    };
    // SAFETY: boxed in `new` and freed only here. No callback follows.
    let context = unsafe { Box::from_raw(context.as_ptr()) };
    // SAFETY: allocated in `new` with this layout; libuv no longer uses it.
    unsafe { dealloc(handle.cast(), context.layout) };
}

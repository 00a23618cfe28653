//! The few functions of libuv that the loop driver needs, found in the running process.
//!
//! libuv keeps its ABI within a major version, and Node exports it. Handle memory is sized by libuv
//! itself, never by a compiled-in struct. Bun and Deno export the names without the behaviour, so
//! TypeScript asks for the loop only where the runtime is Node.

use super::event_loop;
use crate::environment::Environment;
use crate::slots::Key;
use libloading::Error as LoadError;
use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ffi::{c_int, c_uint, c_void};
use std::ptr::NonNull;
use std::rc::Rc;
use std::sync::OnceLock;

#[cfg(unix)]
use libloading::os::unix::Library;
#[cfg(windows)]
use libloading::os::windows::Library;

/// `UV_POLL` in `uv_handle_type`, the same in all of libuv 1.
const UV_POLL: c_int = 8;
/// `UV_READABLE` and `UV_WRITABLE`.
pub(crate) const READABLE: c_int = 1;
pub(crate) const WRITABLE: c_int = 2;
/// A `uv_poll_t` is 160 bytes on Linux; anything far from that is not one.
const SANE_HANDLE_SIZES: std::ops::RangeInclusive<usize> = 64..=4096;
/// Stricter than any member of a handle needs.
const HANDLE_ALIGN: usize = 16;

type OnPoll = unsafe extern "C" fn(*mut c_void, c_int, c_int);
type OnClose = unsafe extern "C" fn(*mut c_void);

#[cfg(unix)]
type RawSocket = std::os::fd::RawFd;
#[cfg(windows)]
type RawSocket = std::os::windows::io::RawSocket;

/// libuv's functions and one environment's loop.
#[derive(Debug)]
pub(crate) struct Loop {
    handle: *mut c_void,
    handle_layout: Layout,
    poll_init_socket: unsafe extern "C" fn(*mut c_void, *mut c_void, RawSocket) -> c_int,
    poll_start: unsafe extern "C" fn(*mut c_void, c_int, OnPoll) -> c_int,
    poll_stop: unsafe extern "C" fn(*mut c_void) -> c_int,
    close: unsafe extern "C" fn(*mut c_void, OnClose),
    handle_set_data: unsafe extern "C" fn(*mut c_void, *mut c_void),
    reference: unsafe extern "C" fn(*mut c_void),
    unreference: unsafe extern "C" fn(*mut c_void),
}

/// Reads one function out of the process.
///
/// # Safety
/// `T` is the function's C signature as libuv 1 has it.
unsafe fn symbol<T: Copy>(library: &Library, name: &[u8]) -> Result<T, LoadError> {
    // SAFETY: promised by the caller. The process, and with it libuv, outlives the addon.
    unsafe { library.get::<T>(name) }.map(|found| *found)
}

impl Loop {
    /// Finds libuv; `None` where the process has no libuv 1 to offer.
    pub(crate) fn find(uv_loop: *mut c_void) -> Option<Rc<Self>> {
        #[cfg(unix)]
        let library = Library::this();
        #[cfg(windows)]
        let library = Library::this().ok()?;
        // SAFETY: each type is the signature in uv.h of libuv 1; the version is checked first.
        unsafe {
            let version: unsafe extern "C" fn() -> c_uint = symbol(&library, b"uv_version\0").ok()?;
            let size_of_handle: unsafe extern "C" fn(c_int) -> usize =
                symbol(&library, b"uv_handle_size\0").ok()?;
            let size = size_of_handle(UV_POLL);
            if uv_loop.is_null() || version() >> 16 != 1 || !SANE_HANDLE_SIZES.contains(&size) {
                return None;
            }
            let get_data = symbol(&library, b"uv_handle_get_data\0").ok()?;
            HANDLE_GET_DATA.get_or_init(|| get_data);
            Some(Rc::new(Self {
                handle: uv_loop,
                handle_layout: Layout::from_size_align(size, HANDLE_ALIGN).ok()?,
                poll_init_socket: symbol(&library, b"uv_poll_init_socket\0").ok()?,
                poll_start: symbol(&library, b"uv_poll_start\0").ok()?,
                poll_stop: symbol(&library, b"uv_poll_stop\0").ok()?,
                close: symbol(&library, b"uv_close\0").ok()?,
                handle_set_data: symbol(&library, b"uv_handle_set_data\0").ok()?,
                reference: symbol(&library, b"uv_ref\0").ok()?,
                unreference: symbol(&library, b"uv_unref\0").ok()?,
            }))
        }
    }
}

/// `uv_handle_get_data`, for callbacks, which get nothing but the handle. One process has one libuv.
static HANDLE_GET_DATA: OnceLock<unsafe extern "C" fn(*const c_void) -> *mut c_void> = OnceLock::new();

/// What a callback needs: whose connection, and on behalf of whom.
struct Context {
    uv: Rc<Loop>,
    environment: Rc<Environment>,
    key: Key,
}

/// A `uv_poll_t`. Dropping it stops it at once; its memory goes when libuv says so. The socket has
/// to outlive it.
#[derive(Debug)]
pub(crate) struct PollHandle {
    uv: Rc<Loop>,
    handle: NonNull<c_void>,
    armed: c_int,
}

impl PollHandle {
    /// Makes a handle for a socket; `None` where libuv refuses it.
    pub(crate) fn new(
        uv: &Rc<Loop>,
        socket: RawSocket,
        environment: &Rc<Environment>,
        key: Key,
    ) -> Option<Self> {
        // SAFETY: the layout has a size above zero, checked in `find`.
        let memory = unsafe { alloc_zeroed(uv.handle_layout) };
        let Some(handle) = NonNull::new(memory.cast::<c_void>()) else {
            handle_alloc_error(uv.handle_layout)
        };
        // SAFETY: the memory is as large as libuv wants it, and loop and socket are open.
        if unsafe { (uv.poll_init_socket)(uv.handle, handle.as_ptr(), socket) } != 0 {
            // SAFETY: allocated above with this layout; libuv did not take it.
            unsafe { dealloc(memory, uv.handle_layout) };
            return None;
        }
        let context = Box::new(Context {
            uv: Rc::clone(uv),
            environment: Rc::clone(environment),
            key,
        });
        // SAFETY: the handle is initialised; `release` frees the context.
        unsafe { (uv.handle_set_data)(handle.as_ptr(), Box::into_raw(context).cast()) };
        Some(Self {
            uv: Rc::clone(uv),
            handle,
            armed: 0,
        })
    }

    /// Waits for these events, and for no others. Starting a handle costs a system call at the next
    /// turn of the loop, so nothing is done where nothing changes.
    pub(crate) fn arm(&mut self, read: bool, write: bool) {
        let wanted = if read { READABLE } else { 0 } | if write { WRITABLE } else { 0 };
        if wanted == self.armed {
            return;
        }
        // SAFETY: the handle is open until `self` is dropped.
        unsafe {
            if wanted == 0 {
                (self.uv.poll_stop)(self.handle.as_ptr());
            } else {
                (self.uv.poll_start)(self.handle.as_ptr(), wanted, on_poll);
            }
        }
        self.armed = wanted;
    }

    /// libuv has stopped the handle by itself, as it does on a socket error.
    pub(crate) fn note_stopped(&mut self) {
        self.armed = 0;
    }

    /// Lets the handle keep the process alive, or not.
    pub(crate) fn set_referenced(&self, referenced: bool) {
        let change = if referenced {
            self.uv.reference
        } else {
            self.uv.unreference
        };
        // SAFETY: the handle is open until `self` is dropped.
        unsafe { change(self.handle.as_ptr()) };
    }
}

impl Drop for PollHandle {
    fn drop(&mut self) {
        // SAFETY: closed once; `release` frees memory and context after the loop let go of them.
        unsafe { (self.uv.close)(self.handle.as_ptr(), release) };
    }
}

/// The context of an open handle of ours.
unsafe fn context_of(handle: *mut c_void) -> Option<NonNull<Context>> {
    let get_data = HANDLE_GET_DATA.get()?;
    // SAFETY: libuv calls back with a handle that `new` made and gave a context.
    NonNull::new(unsafe { get_data(handle) }.cast())
}

unsafe extern "C" fn on_poll(handle: *mut c_void, status: c_int, events: c_int) {
    // SAFETY: called by libuv with a handle of ours.
    let Some(context) = (unsafe { context_of(handle) }) else {
        return;
    };
    // SAFETY: the context lives until `release`, which libuv calls after the last poll callback.
    let context = unsafe { context.as_ref() };
    // The handle, and with it the context, may be closed while its readiness is handled.
    let (environment, key) = (Rc::clone(&context.environment), context.key);
    environment.enter(|environment| event_loop::handle_ready(environment, key, status, events));
}

unsafe extern "C" fn release(handle: *mut c_void) {
    // SAFETY: called by libuv with a handle of ours.
    let Some(context) = (unsafe { context_of(handle) }) else {
        return;
    };
    // SAFETY: boxed in `new`, freed here only; no callback follows.
    let context = unsafe { Box::from_raw(context.as_ptr()) };
    // SAFETY: allocated in `new` with this layout; libuv is done with it.
    unsafe { dealloc(handle.cast(), context.uv.handle_layout) };
}

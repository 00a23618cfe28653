//! The few functions of libuv that the loop driver needs, found in the running process.
//!
//! libuv keeps its ABI within a major version, and Node exports it. Handle memory is sized by libuv
//! itself, never by a compiled-in struct. Bun and Deno export the names without the behaviour, so
//! TypeScript asks for the loop only where the runtime is Node.

use super::{busy_poll, event_loop};
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

/// `UV_POLL` and `UV_PREPARE` in `uv_handle_type`, the same in all of libuv 1.
const UV_POLL: c_int = 8;
const UV_PREPARE: c_int = 9;
/// `UV_READABLE` and `UV_WRITABLE`.
pub(crate) const READABLE: c_int = 1;
pub(crate) const WRITABLE: c_int = 2;
/// A `uv_poll_t` is 160 bytes on Linux; anything far from that is not one.
const SANE_HANDLE_SIZES: std::ops::RangeInclusive<usize> = 64..=4096;
/// Stricter than any member of a handle needs.
const HANDLE_ALIGN: usize = 16;

type OnPrepare = unsafe extern "C" fn(*mut c_void);
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
    poll_layout: Layout,
    prepare_layout: Layout,
    backend: Option<Backend>,
    prepare_init: unsafe extern "C" fn(*mut c_void, *mut c_void) -> c_int,
    prepare_start: unsafe extern "C" fn(*mut c_void, OnPrepare) -> c_int,
    #[cfg_attr(not(unix), allow(dead_code))] // No prepare handle is made there.
    prepare_stop: unsafe extern "C" fn(*mut c_void) -> c_int,
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
            if uv_loop.is_null() || version() >> 16 != 1 {
                return None;
            }
            let get_data = symbol(&library, b"uv_handle_get_data\0").ok()?;
            HANDLE_GET_DATA.get_or_init(|| get_data);
            Some(Rc::new(Self {
                handle: uv_loop,
                poll_layout: handle_layout(size_of_handle(UV_POLL))?,
                prepare_layout: handle_layout(size_of_handle(UV_PREPARE))?,
                backend: Backend::find(&library),
                prepare_init: symbol(&library, b"uv_prepare_init\0").ok()?,
                prepare_start: symbol(&library, b"uv_prepare_start\0").ok()?,
                prepare_stop: symbol(&library, b"uv_prepare_stop\0").ok()?,
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

/// What tells whether anything waits for the loop. Windows has no such descriptor.
#[derive(Debug)]
#[cfg_attr(not(unix), allow(dead_code))]
struct Backend {
    timeout: unsafe extern "C" fn(*const c_void) -> c_int,
    fd: unsafe extern "C" fn(*const c_void) -> c_int,
}

impl Backend {
    /// # Safety
    /// The library is libuv 1.
    unsafe fn find(library: &Library) -> Option<Self> {
        if cfg!(not(unix)) {
            return None;
        }
        // SAFETY: the types are those of uv.h.
        unsafe {
            Some(Self {
                timeout: symbol(library, b"uv_backend_timeout\0").ok()?,
                fd: symbol(library, b"uv_backend_fd\0").ok()?,
            })
        }
    }
}

fn handle_layout(size: usize) -> Option<Layout> {
    let sane = SANE_HANDLE_SIZES.contains(&size);
    Layout::from_size_align(size, HANDLE_ALIGN).ok().filter(|_| sane)
}

/// `uv_handle_get_data`, for callbacks, which get nothing but the handle. One process has one libuv.
static HANDLE_GET_DATA: OnceLock<unsafe extern "C" fn(*const c_void) -> *mut c_void> = OnceLock::new();

/// What a callback needs: whose connection, and on behalf of whom.
struct Context {
    layout: Layout,
    environment: Rc<Environment>,
    /// None for a handle of the environment itself.
    key: Option<Key>,
}

/// A handle of libuv. Dropping it stops it at once; its memory goes when libuv says so.
#[derive(Debug)]
struct Handle {
    uv: Rc<Loop>,
    raw: NonNull<c_void>,
}

impl Handle {
    /// Makes a handle; `None` where libuv refuses it.
    ///
    /// # Safety
    /// `init` makes a handle of a type that fits into `layout` of the memory it is given.
    unsafe fn new(
        uv: &Rc<Loop>,
        layout: Layout,
        environment: &Rc<Environment>,
        key: Option<Key>,
        init: impl FnOnce(*mut c_void) -> c_int,
    ) -> Option<Self> {
        // SAFETY: the layout has a size above zero, checked in `handle_layout`.
        let memory = unsafe { alloc_zeroed(layout) };
        let Some(raw) = NonNull::new(memory.cast::<c_void>()) else {
            handle_alloc_error(layout)
        };
        if init(raw.as_ptr()) != 0 {
            // SAFETY: allocated above with this layout; libuv did not take it.
            unsafe { dealloc(memory, layout) };
            return None;
        }
        let context = Box::new(Context {
            layout,
            environment: Rc::clone(environment),
            key,
        });
        // SAFETY: the handle is initialised; `release` frees the context.
        unsafe { (uv.handle_set_data)(raw.as_ptr(), Box::into_raw(context).cast()) };
        Some(Self {
            uv: Rc::clone(uv),
            raw,
        })
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: closed once; `release` frees memory and context after the loop let go of them.
        unsafe { (self.uv.close)(self.raw.as_ptr(), release) };
    }
}

/// A `uv_poll_t`. The socket has to outlive it.
#[derive(Debug)]
pub(crate) struct PollHandle {
    handle: Handle,
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
        // SAFETY: the memory is as large as libuv wants a poll handle, and loop and socket are open.
        let init = |raw| unsafe { (uv.poll_init_socket)(uv.handle, raw, socket) };
        // SAFETY: as above.
        let handle = unsafe { Handle::new(uv, uv.poll_layout, environment, Some(key), init) }?;
        Some(Self { handle, armed: 0 })
    }

    /// Waits for these events, and for no others. Starting a handle costs a system call at the next
    /// turn of the loop, so nothing is done where nothing changes.
    pub(crate) fn arm(&mut self, read: bool, write: bool) {
        let wanted = if read { READABLE } else { 0 } | if write { WRITABLE } else { 0 };
        if wanted == self.armed {
            return;
        }
        let Handle { uv, raw } = &self.handle;
        // SAFETY: the handle is open until `self` is dropped.
        unsafe {
            if wanted == 0 {
                (uv.poll_stop)(raw.as_ptr());
            } else {
                (uv.poll_start)(raw.as_ptr(), wanted, on_poll);
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
        let Handle { uv, raw } = &self.handle;
        let change = if referenced { uv.reference } else { uv.unreference };
        // SAFETY: the handle is open until `self` is dropped.
        unsafe { change(raw.as_ptr()) };
    }
}

/// A `uv_prepare_t`: called each time before the loop waits. It keeps nothing alive.
#[derive(Debug)]
pub(crate) struct PrepareHandle(Handle);

impl PrepareHandle {
    /// Makes one, stopped; `None` where libuv, or the system, has nothing to look at.
    pub(crate) fn new(uv: &Rc<Loop>, environment: &Rc<Environment>) -> Option<Self> {
        uv.backend.as_ref()?;
        // SAFETY: the memory is as large as libuv wants a prepare handle, and the loop is open.
        let init = |raw| unsafe { (uv.prepare_init)(uv.handle, raw) };
        // SAFETY: as above.
        let handle = unsafe { Handle::new(uv, uv.prepare_layout, environment, None, init) }?;
        // SAFETY: the handle is open.
        unsafe { (uv.unreference)(handle.raw.as_ptr()) };
        Some(Self(handle))
    }

    pub(crate) fn start(&self) {
        // SAFETY: the handle is open until `self` is dropped. Starting a started one does nothing.
        unsafe { (self.0.uv.prepare_start)(self.0.raw.as_ptr(), on_prepare) };
    }

    #[cfg(unix)]
    pub(crate) fn stop(&self) {
        // SAFETY: as above.
        unsafe { (self.0.uv.prepare_stop)(self.0.raw.as_ptr()) };
    }

    /// What the loop is about to wait on; `None` where it will not wait.
    #[cfg(unix)]
    pub(crate) fn backend(&self) -> Option<std::os::fd::BorrowedFd<'_>> {
        let uv = &self.0.uv;
        let backend = uv.backend.as_ref()?;
        // SAFETY: the loop is open as long as a handle of it is.
        let (timeout, fd) = unsafe { ((backend.timeout)(uv.handle), (backend.fd)(uv.handle)) };
        // SAFETY: the loop has its descriptor open as long as it lives itself.
        (timeout != 0 && fd >= 0).then(|| unsafe { std::os::fd::BorrowedFd::borrow_raw(fd) })
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
    let (environment, Some(key)) = (Rc::clone(&context.environment), context.key) else {
        return;
    };
    environment.enter(|environment| event_loop::handle_ready(environment, key, status, events));
}

unsafe extern "C" fn on_prepare(handle: *mut c_void) {
    // SAFETY: called by libuv with a handle of ours.
    let Some(context) = (unsafe { context_of(handle) }) else {
        return;
    };
    // SAFETY: as in `on_poll`.
    let environment = Rc::clone(unsafe { &context.as_ref().environment });
    environment.enter(busy_poll::stay_awake);
}

unsafe extern "C" fn release(handle: *mut c_void) {
    // SAFETY: called by libuv with a handle of ours.
    let Some(context) = (unsafe { context_of(handle) }) else {
        return;
    };
    // SAFETY: boxed in `new`, freed here only; no callback follows.
    let context = unsafe { Box::from_raw(context.as_ptr()) };
    // SAFETY: allocated in `new` with this layout; libuv is done with it.
    unsafe { dealloc(handle.cast(), context.layout) };
}

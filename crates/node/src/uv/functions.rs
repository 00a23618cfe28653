//! libuv's functions, and the loop of one environment.

use libloading::Error as LoadError;
use std::alloc::Layout;
use std::ffi::{c_int, c_uint, c_void};
use std::rc::Rc;
use std::sync::OnceLock;

#[cfg(unix)]
use libloading::os::unix::Library;
#[cfg(windows)]
use libloading::os::windows::Library;

/// `UV_CHECK`, `UV_POLL`, `UV_PREPARE` and `UV_TIMER` of `uv_handle_type`, which are the same in all of libuv 1.
const UV_CHECK: c_int = 2;
const UV_POLL: c_int = 8;
const UV_PREPARE: c_int = 9;
const UV_TIMER: c_int = 13;
/// A `uv_poll_t` has 160 bytes on Linux. A size outside of this range is not that of a handle.
const SANE_HANDLE_SIZES: std::ops::RangeInclusive<usize> = 64..=4096;
/// At least the alignment of every member of a handle.
const HANDLE_ALIGN: usize = 16;

/// The callback of check, prepare and timer handles.
pub(super) type Callback = unsafe extern "C" fn(*mut c_void);
pub(super) type OnPoll = unsafe extern "C" fn(*mut c_void, c_int, c_int);
pub(super) type OnClose = unsafe extern "C" fn(*mut c_void);

#[cfg(unix)]
pub(super) type RawSocket = std::os::fd::RawFd;
#[cfg(windows)]
pub(super) type RawSocket = std::os::windows::io::RawSocket;

/// libuv's functions and one environment's loop.
#[derive(Debug)]
pub(crate) struct Loop {
    pub(super) raw: *mut c_void,
    pub(super) check_layout: Layout,
    pub(super) poll_layout: Layout,
    pub(super) prepare_layout: Layout,
    pub(super) timer_layout: Layout,
    pub(super) backend: Option<Backend>,
    pub(super) check_init: unsafe extern "C" fn(*mut c_void, *mut c_void) -> c_int,
    pub(super) check_start: unsafe extern "C" fn(*mut c_void, Callback) -> c_int,
    pub(super) check_stop: unsafe extern "C" fn(*mut c_void) -> c_int,
    pub(super) prepare_init: unsafe extern "C" fn(*mut c_void, *mut c_void) -> c_int,
    pub(super) prepare_start: unsafe extern "C" fn(*mut c_void, Callback) -> c_int,
    #[cfg_attr(not(unix), allow(dead_code))] // No prepare handle is made on Windows.
    pub(super) prepare_stop: unsafe extern "C" fn(*mut c_void) -> c_int,
    pub(super) timer_init: unsafe extern "C" fn(*mut c_void, *mut c_void) -> c_int,
    pub(super) timer_start: unsafe extern "C" fn(*mut c_void, Callback, u64, u64) -> c_int,
    pub(super) poll_init_socket: unsafe extern "C" fn(*mut c_void, *mut c_void, RawSocket) -> c_int,
    pub(super) poll_start: unsafe extern "C" fn(*mut c_void, c_int, OnPoll) -> c_int,
    pub(super) close: unsafe extern "C" fn(*mut c_void, OnClose),
    pub(super) handle_set_data: unsafe extern "C" fn(*mut c_void, *mut c_void),
    pub(super) reference: unsafe extern "C" fn(*mut c_void),
    pub(super) unreference: unsafe extern "C" fn(*mut c_void),
}

/// Finds a function in the process.
///
/// # Safety
/// `T` is the function's C signature in libuv 1.
unsafe fn symbol<T: Copy>(library: &Library, name: &[u8]) -> Result<T, LoadError> {
    // SAFETY: promised by the caller. The process, and with it libuv, outlives the addon.
    unsafe { library.get::<T>(name) }.map(|found| *found)
}

impl Loop {
    /// Finds libuv. Returns `None` if the process has no libuv 1, or the environment no loop.
    pub(crate) fn find(uv_loop: *mut c_void) -> Option<Rc<Self>> {
        #[cfg(unix)]
        let library = Library::this();
        #[cfg(windows)]
        let library = Library::this().ok()?;
        // SAFETY: each type is the function's signature in uv.h of libuv 1. The version is checked before any other
        // function is called.
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
                raw: uv_loop,
                check_layout: handle_layout(size_of_handle(UV_CHECK))?,
                poll_layout: handle_layout(size_of_handle(UV_POLL))?,
                prepare_layout: handle_layout(size_of_handle(UV_PREPARE))?,
                timer_layout: handle_layout(size_of_handle(UV_TIMER))?,
                backend: Backend::find(&library),
                check_init: symbol(&library, b"uv_check_init\0").ok()?,
                check_start: symbol(&library, b"uv_check_start\0").ok()?,
                check_stop: symbol(&library, b"uv_check_stop\0").ok()?,
                prepare_init: symbol(&library, b"uv_prepare_init\0").ok()?,
                prepare_start: symbol(&library, b"uv_prepare_start\0").ok()?,
                prepare_stop: symbol(&library, b"uv_prepare_stop\0").ok()?,
                timer_init: symbol(&library, b"uv_timer_init\0").ok()?,
                timer_start: symbol(&library, b"uv_timer_start\0").ok()?,
                poll_init_socket: symbol(&library, b"uv_poll_init_socket\0").ok()?,
                poll_start: symbol(&library, b"uv_poll_start\0").ok()?,
                close: symbol(&library, b"uv_close\0").ok()?,
                handle_set_data: symbol(&library, b"uv_handle_set_data\0").ok()?,
                reference: symbol(&library, b"uv_ref\0").ok()?,
                unreference: symbol(&library, b"uv_unref\0").ok()?,
            }))
        }
    }
}

/// The functions that report what the loop is about to wait for. Windows has no descriptor to wait for.
#[derive(Debug)]
#[cfg_attr(not(unix), allow(dead_code))]
pub(super) struct Backend {
    pub(super) timeout: unsafe extern "C" fn(*const c_void) -> c_int,
    pub(super) fd: unsafe extern "C" fn(*const c_void) -> c_int,
}

impl Backend {
    /// # Safety
    /// The library is libuv 1.
    unsafe fn find(library: &Library) -> Option<Self> {
        if cfg!(not(unix)) {
            return None;
        }
        // SAFETY: each type is the function's signature in uv.h.
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

/// `uv_handle_get_data`, for callbacks, whose only argument is the handle. A process has one libuv.
static HANDLE_GET_DATA: OnceLock<unsafe extern "C" fn(*const c_void) -> *mut c_void> = OnceLock::new();

/// Returns the data of a handle.
///
/// # Safety
/// `handle` is an open or closing handle of libuv.
pub(super) unsafe fn data_of(handle: *mut c_void) -> *mut c_void {
    // SAFETY: promised by the caller.
    HANDLE_GET_DATA
        .get()
        .map_or(std::ptr::null_mut(), |get_data| unsafe { get_data(handle) })
}

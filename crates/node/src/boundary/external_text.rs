//! Large texts as strings whose characters lie in memory of native code, so that V8 neither decodes nor copies them. Up to
//! Node 24, V8 maps new pages for each string of more than 128 KiB; this memory is used again.

use libloading::Error as LoadError;
use napi::{Result, check_status, sys};
use std::ffi::{c_char, c_void};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use websocket_rs_client::PayloadMemory;

#[cfg(unix)]
use libloading::os::unix::Library;
#[cfg(windows)]
use libloading::os::windows::Library;

/// Size from which a text is lent. A smaller string lies in pages that V8 uses again.
const MIN_LENT: usize = 128 * 1024;

/// Most bytes that are lent. V8 collects after 64 MiB; a program that keeps its texts gets copies beyond this.
const MAX_LENT: usize = 128 * 1024 * 1024;

/// `node_api_create_external_string_latin1`, which Node has from 20.4 on and Node-API from version 10.
type Create = unsafe extern "C" fn(
    sys::napi_env,
    *mut c_char,
    usize,
    sys::napi_finalize,
    *mut c_void,
    *mut sys::napi_value,
    *mut bool,
) -> sys::napi_status;

/// What lends the memory of texts to JavaScript, and what becomes of it.
#[derive(Debug)]
pub(crate) struct ExternalTexts {
    raw: sys::napi_env,
    memory: PayloadMemory,
    /// Bytes that are lent. Strings can outlive the environment.
    total: Arc<AtomicUsize>,
}

/// The memory of one string.
struct Lent {
    payload: Vec<u8>,
    memory: PayloadMemory,
    total: Arc<AtomicUsize>,
}

impl ExternalTexts {
    pub(crate) fn new(raw: sys::napi_env, memory: PayloadMemory) -> Self {
        Self {
            raw,
            memory,
            total: Arc::default(),
        }
    }

    /// Returns whether a text may be lent: it is large, ASCII, which is Latin-1 as well, and fills its memory.
    pub(crate) fn can_lend(&self, text: &Vec<u8>) -> bool {
        let length = text.len();
        length >= MIN_LENT
            && text.capacity() / 2 <= length
            && self.total.load(Ordering::Relaxed).saturating_add(length) <= MAX_LENT
            && text.is_ascii()
            && create().is_some()
    }

    /// Makes a string of a text that [`ExternalTexts::can_lend`] has accepted. The memory comes back when the string is
    /// collected, in an iteration of the loop, or at the end of the environment. Runtimes without external memory copy the
    /// text and return it at once.
    pub(crate) fn lend(&self, payload: Vec<u8>) -> Result<sys::napi_value> {
        let length = payload.len();
        let lent = Box::new(Lent {
            payload,
            memory: self.memory.clone(),
            total: Arc::clone(&self.total),
        });
        self.total.fetch_add(length, Ordering::Relaxed);
        tell_size(self.raw, length, true);
        let (lent, mut value, mut is_copied) = (Box::into_raw(lent), ptr::null_mut(), false);
        // SAFETY: `lent` was just made and is not referred to by anything else.
        let data = unsafe { (*lent).payload.as_mut_ptr() }.cast();
        let status = create().map_or(sys::Status::napi_generic_failure, |create| {
            // SAFETY: on the environment's thread with a handle scope open. The memory has `length` bytes, which nothing
            // writes to before `take_back`, called once if this succeeds, owns `lent` again.
            unsafe {
                create(
                    self.raw,
                    data,
                    length,
                    Some(take_back),
                    lent.cast(),
                    &raw mut value,
                    &raw mut is_copied,
                )
            }
        });
        if status != sys::Status::napi_ok {
            // SAFETY: Node has not taken `lent`.
            unsafe { take_back(self.raw, ptr::null_mut(), lent.cast()) };
        }
        check_status!(status)?;
        Ok(value)
    }

    /// Takes the memory of a payload that was copied.
    pub(crate) fn give_back(&self, payload: Vec<u8>) {
        self.memory.give_back(payload);
    }
}

/// Called when a string is collected.
///
/// # Safety
/// `hint` is of `Box::into_raw`, and this is called once. `raw` is null after the end of the environment.
unsafe extern "C" fn take_back(raw: sys::napi_env, _data: *mut c_void, hint: *mut c_void) {
    // SAFETY: promised by the caller.
    let lent = unsafe { Box::from_raw(hint.cast::<Lent>()) };
    let length = lent.payload.len();
    lent.total.fetch_sub(length, Ordering::Relaxed);
    if !raw.is_null() {
        tell_size(raw, length, false);
    }
    lent.memory.give_back(lent.payload);
}

/// Tells V8 how much memory its strings hold, so that it collects them: it does not do so for external strings by itself.
fn tell_size(raw: sys::napi_env, length: usize, is_more: bool) {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let mut total = 0;
    // SAFETY: callers are on the thread of the environment, which is alive.
    unsafe { sys::napi_adjust_external_memory(raw, if is_more { length } else { -length }, &raw mut total) };
}

/// Finds the function, once in the process.
fn create() -> Option<Create> {
    static CREATE: OnceLock<Option<Create>> = OnceLock::new();
    *CREATE.get_or_init(|| find().ok())
}

fn find() -> std::result::Result<Create, LoadError> {
    #[cfg(unix)]
    let library = Library::this();
    #[cfg(windows)]
    let library = Library::this()?;
    // SAFETY: the type is the function's signature in js_native_api.h. The process, and with it Node, outlives the addon.
    unsafe { library.get::<Create>(b"node_api_create_external_string_latin1\0") }.map(|found| *found)
}

//! Buffers on memory of native code. Node marks their memory as untransferable by itself.

use napi::{Result, check_status, sys};
use std::ffi::c_void;
use std::ptr;

/// The memory of one Buffer.
struct Memory(Vec<u8>);

/// Makes a Buffer on `length` new bytes, which are freed when it is collected. Returns `None` if the runtime has no memory
/// outside of its own. Callers are on the environment's thread with a handle scope open.
pub(crate) fn external_buffer(raw: sys::napi_env, length: usize) -> Result<Option<sys::napi_value>> {
    let memory = Box::into_raw(Box::new(Memory(vec![0; length])));
    let mut value = ptr::null_mut();
    // SAFETY: `memory` was just made and is not referred to by anything else.
    let data = unsafe { (*memory).0.as_mut_ptr() }.cast();
    // SAFETY: promised by callers. The bytes stay where they are until `free`, called once if this succeeds, owns them.
    let status = unsafe {
        sys::napi_create_external_buffer(raw, length, data, Some(free), memory.cast(), &raw mut value)
    };
    if status != sys::Status::napi_ok {
        // SAFETY: Node has not taken the memory.
        unsafe { free(raw, ptr::null_mut(), memory.cast()) };
    }
    if status == sys::Status::napi_no_external_buffers_allowed {
        return Ok(None);
    }
    check_status!(status)?;
    Ok(Some(value))
}

/// Frees the memory of a Buffer.
///
/// # Safety
/// `hint` is of `Box::into_raw` in [`external_buffer`], and this is called once.
unsafe extern "C" fn free(_raw: sys::napi_env, _data: *mut c_void, hint: *mut c_void) {
    // SAFETY: promised by the caller.
    drop(unsafe { Box::from_raw(hint.cast::<Memory>()) });
}

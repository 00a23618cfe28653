//! Calls from native code into JavaScript, and the exceptions they leave behind.
//!
//! All functions run on the environment's thread with a handle scope open, in which all values are alive.

use napi::{Result, check_status, sys};
use std::ffi::CStr;
use std::ptr;

/// Calls a JavaScript function and returns its result.
pub(crate) fn call_function(
    raw: sys::napi_env,
    function: sys::napi_value,
    arguments: &[sys::napi_value],
) -> Result<sys::napi_value> {
    let (receiver, mut result) = (global(raw)?, ptr::null_mut());
    // SAFETY: as the module says.
    check_status!(unsafe {
        sys::napi_call_function(
            raw,
            receiver,
            function,
            arguments.len(),
            arguments.as_ptr(),
            &raw mut result,
        )
    })?;
    Ok(result)
}

/// Calls a JavaScript function from a callback of the loop, and runs ticks and microtasks after it.
pub(crate) fn make_callback(
    raw: sys::napi_env,
    function: sys::napi_value,
    arguments: &[sys::napi_value],
) -> Result<sys::napi_value> {
    let (receiver, mut result) = (global(raw)?, ptr::null_mut());
    // SAFETY: as the module says. Without an async context of its own, the call runs in that of the environment:
    // promises carry their own, and Deno cannot end one in a cleanup hook.
    check_status!(unsafe {
        sys::napi_make_callback(
            raw,
            ptr::null_mut(),
            receiver,
            function,
            arguments.len(),
            arguments.as_ptr(),
            &raw mut result,
        )
    })?;
    Ok(result)
}

/// Returns the global object.
pub(crate) fn global(raw: sys::napi_env) -> Result<sys::napi_value> {
    let mut value = ptr::null_mut();
    // SAFETY: as the module says.
    check_status!(unsafe { sys::napi_get_global(raw, &raw mut value) })?;
    Ok(value)
}

/// Returns `undefined`, or null on failure, which Node-API converts to `undefined` in a returned value.
pub(crate) fn undefined(raw: sys::napi_env) -> sys::napi_value {
    let mut value = ptr::null_mut();
    // SAFETY: as the module says.
    unsafe { sys::napi_get_undefined(raw, &raw mut value) };
    value
}

/// Discards a pending exception. Fails only if JavaScript no longer runs, and then there is none.
pub(crate) fn clear_exception(raw: sys::napi_env) {
    let mut exception = ptr::null_mut();
    // SAFETY: as the module says.
    unsafe { sys::napi_get_and_clear_last_exception(raw, &raw mut exception) };
}

/// Reports a pending exception as uncaught. Returns `false` if that is impossible because the environment is ending.
pub(crate) fn report_exception(raw: sys::napi_env) -> bool {
    let mut exception = ptr::null_mut();
    // SAFETY: as the module says; each step runs only if the one before has succeeded.
    unsafe {
        sys::napi_get_and_clear_last_exception(raw, &raw mut exception) == sys::Status::napi_ok
            && !exception.is_null()
            && sys::napi_fatal_exception(raw, exception) == sys::Status::napi_ok
    }
}

/// Defines a property that can be neither changed nor deleted.
///
/// # Safety
/// Both values are alive in the current handle scope of `raw`, on its thread.
pub(crate) unsafe fn define_constant(
    raw: sys::napi_env,
    object: sys::napi_value,
    name: &CStr,
    value: sys::napi_value,
    attributes: sys::napi_property_attributes,
) -> Result<()> {
    let property = sys::napi_property_descriptor {
        utf8name: name.as_ptr(),
        name: ptr::null_mut(),
        method: None,
        getter: None,
        setter: None,
        value,
        attributes,
        data: ptr::null_mut(),
    };
    // SAFETY: promised by the caller; the descriptor is read before this returns.
    check_status!(unsafe { sys::napi_define_properties(raw, object, 1, &raw const property) })
}

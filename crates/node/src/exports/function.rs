//! Native functions without napi-rs' method macros, which cost more than sending a small message does. Each is entered
//! through one trampoline, which catches panics; the data pointer of the function is its environment.

use super::call::{Call, MAX_ARGUMENTS, ReturnValue};
use crate::boundary::invoke::{call_function, define_constant};
use crate::environment::Environment;
use napi::{Error, JsError, Result, Status, check_status, sys};
use std::ffi::{CStr, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::rc::Rc;

/// Defines `function` on `binding`, the object of one copy of the JavaScript. The function keeps the object and the
/// environment alive. Its type has no size, so the trampoline is made for the type.
pub(super) fn define<F>(
    environment: &Rc<Environment>,
    binding: sys::napi_value,
    name: &CStr,
    _function: F,
) -> Result<()>
where
    F: Fn(&Call<'_>) -> Result<ReturnValue> + Copy + 'static,
{
    const { assert!(size_of::<F>() == 0, "only plain functions can be exported") };
    let raw = environment.raw();
    let data = Rc::as_ptr(environment).cast_mut().cast::<c_void>();
    let mut value = ptr::null_mut();
    // SAFETY: `retain` below keeps the environment alive until the function has been collected.
    check_status!(unsafe {
        sys::napi_create_function(
            raw,
            name.as_ptr(),
            -1,
            Some(trampoline::<F>),
            data,
            &raw mut value,
        )
    })?;
    // SAFETY: `binding` and `value` are alive in the handle scope of the caller, here and below.
    unsafe { retain(environment, value) }?;
    // SAFETY: as above.
    unsafe { define_constant(raw, value, c"binding", binding, sys::PropertyAttributes::default) }?;
    // SAFETY: as above.
    unsafe { define_constant(raw, binding, name, value, sys::PropertyAttributes::enumerable) }
}

/// Keeps the environment alive until the function has been collected.
///
/// # Safety
/// `function` is alive in the current handle scope, on the environment's thread.
unsafe fn retain(environment: &Rc<Environment>, function: sys::napi_value) -> Result<()> {
    let raw = environment.raw();
    let data = Rc::into_raw(Rc::clone(environment)).cast_mut().cast::<c_void>();
    // SAFETY: promised by the caller. The finalizer takes over the count of `into_raw`.
    let added = check_status!(unsafe {
        sys::napi_add_finalizer(
            raw,
            function,
            data,
            Some(release),
            ptr::null_mut(),
            ptr::null_mut(),
        )
    });
    if added.is_err() {
        // SAFETY: Node did not take the count.
        drop(unsafe { Rc::from_raw(data.cast::<Environment>()) });
        return added;
    }
    environment.note_function();
    Ok(())
}

unsafe extern "C" fn release(_: sys::napi_env, data: *mut c_void, _: *mut c_void) {
    // SAFETY: the count that `retain` has passed to Node, taken back once.
    let environment = unsafe { Rc::from_raw(data.cast::<Environment>()) };
    environment.forget_function();
}

unsafe extern "C" fn trampoline<F>(raw: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value
where
    F: Fn(&Call<'_>) -> Result<ReturnValue> + Copy + 'static,
{
    // A panic that unwinds further would abort the process. Asserting unwind safety is sound: the functions restore what
    // they borrow when they unwind.
    let called = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: Node-API passes the environment and the info of this call.
        let (data, arguments) = unsafe { read_info(raw, info) }?;
        // SAFETY: `define` has bound this function to an Environment that lives until the function has been collected.
        // Counting it up keeps it alive through a call that closes the environment.
        let environment = unsafe {
            Rc::increment_strong_count(data.cast::<Environment>());
            Rc::from_raw(data.cast::<Environment>())
        };
        // SAFETY: F is a zero-sized function type, of which `define` has received a value.
        let function = unsafe { ptr::NonNull::<F>::dangling().read() };
        let result = function(&Call {
            environment: &environment,
            arguments,
        });
        if result.is_ok() {
            environment.run_relays(call_function);
        }
        result
    }));
    let result = called.unwrap_or_else(|_| {
        Err(Error::new(
            Status::GenericFailure,
            "internal error in websocket-rs",
        ))
    });
    // SAFETY: within the call.
    unsafe { to_value(raw, result) }
}

unsafe fn read_info(
    raw: sys::napi_env,
    info: sys::napi_callback_info,
) -> Result<(*const c_void, [sys::napi_value; MAX_ARGUMENTS])> {
    let mut arguments = [ptr::null_mut(); MAX_ARGUMENTS];
    let mut count = MAX_ARGUMENTS;
    let mut data = ptr::null_mut();
    // SAFETY: the array has space for `count` values; Node fills the rest with undefined.
    check_status!(unsafe {
        sys::napi_get_cb_info(
            raw,
            info,
            &raw mut count,
            arguments.as_mut_ptr(),
            ptr::null_mut(),
            &raw mut data,
        )
    })?;
    Ok((data.cast_const(), arguments))
}

unsafe fn to_value(raw: sys::napi_env, result: Result<ReturnValue>) -> sys::napi_value {
    let mut value = ptr::null_mut();
    match result {
        Ok(ReturnValue::Undefined) => {}
        Ok(ReturnValue::Value(made)) => value = made,
        Ok(ReturnValue::Number(number)) => {
            // SAFETY: within the call. On failure the value stays null, which Node-API returns as undefined.
            unsafe { sys::napi_create_double(raw, number, &raw mut value) };
        }
        // SAFETY: within the call.
        Err(error) => unsafe { JsError::from(error).throw_into(raw) },
    }
    value
}

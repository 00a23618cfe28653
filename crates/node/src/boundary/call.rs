//! Raw native functions: one trampoline, bound to the environment by its data pointer.

use crate::delivery::global;
use crate::environment::Environment;
use crate::slots::Key;
use napi::bindgen_prelude::{FromNapiValue, ToNapiValue};
use napi::{Error, JsError, Result, Status, check_status, sys};
use std::ffi::{CStr, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::rc::Rc;

/// Arguments a native function may have.
const MAX_ARGUMENTS: usize = 5;

/// One call from JavaScript.
pub(crate) struct Call<'a> {
    pub(crate) environment: &'a Rc<Environment>,
    arguments: [sys::napi_value; MAX_ARGUMENTS],
}

/// What a native function gives back.
pub(crate) enum Answer {
    Undefined,
    Number(f64),
    Value(sys::napi_value),
}

impl Call<'_> {
    fn raw(&self) -> sys::napi_env {
        self.environment.raw()
    }

    /// The argument as Node-API holds it; missing ones are `undefined`.
    pub(crate) fn value(&self, index: usize) -> sys::napi_value {
        self.arguments.get(index).copied().unwrap_or(ptr::null_mut())
    }

    /// Whether the argument is `undefined`, or missing.
    pub(crate) fn is_undefined(&self, index: usize) -> Result<bool> {
        let mut kind = sys::ValueType::napi_undefined;
        let value = self.value(index);
        if !value.is_null() {
            // SAFETY: the value is an argument of the running call, alive until it returns.
            check_status!(unsafe { sys::napi_typeof(self.raw(), value, &raw mut kind) })?;
        }
        Ok(kind == sys::ValueType::napi_undefined)
    }

    /// A number argument.
    pub(crate) fn number(&self, index: usize) -> Result<f64> {
        let mut number = 0.0;
        // SAFETY: the value is an argument of the running call, alive until it returns.
        check_status!(unsafe { sys::napi_get_value_double(self.raw(), self.value(index), &raw mut number) })?;
        Ok(number)
    }

    /// The argument that names a connection.
    pub(crate) fn key(&self, index: usize) -> Result<Key> {
        self.number(index).map(Key::from_number)
    }

    /// A boolean argument.
    pub(crate) fn flag(&self, index: usize) -> Result<bool> {
        let mut flag = false;
        // SAFETY: as in `number`.
        check_status!(unsafe { sys::napi_get_value_bool(self.raw(), self.value(index), &raw mut flag) })?;
        Ok(flag)
    }

    /// An argument that is a set of bits.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub(crate) fn mask(&self, index: usize) -> Result<u32> {
        self.number(index).map(|number| number as u32)
    }

    /// An argument of a cold call, converted by napi-rs.
    pub(crate) fn object<T: FromNapiValue>(&self, index: usize) -> Result<T> {
        // SAFETY: environment and value belong to the running call.
        unsafe { T::from_napi_value(self.raw(), self.value(index)) }
    }

    /// Calls a function that is an argument; what it gives back, converted by napi-rs.
    pub(crate) fn run<T: FromNapiValue>(&self, index: usize, arguments: &[sys::napi_value]) -> Result<T> {
        let mut result = ptr::null_mut();
        // SAFETY: on the environment's thread within a call, which keeps all values alive.
        unsafe {
            check_status!(sys::napi_call_function(
                self.raw(),
                global(self.raw())?,
                self.value(index),
                arguments.len(),
                arguments.as_ptr(),
                &raw mut result,
            ))?;
            T::from_napi_value(self.raw(), result)
        }
    }

    /// The answer of a cold call, converted by napi-rs.
    pub(crate) fn answer<T: ToNapiValue>(&self, value: T) -> Result<Answer> {
        // SAFETY: the environment is that of the running call.
        unsafe { T::to_napi_value(self.raw(), value) }.map(Answer::Value)
    }
}

/// Puts `function` on `binding`, the object of one copy of the JavaScript. The function keeps the object alive, and
/// the environment. Its type has no size, so the trampoline can be made for it.
pub(crate) fn define<F>(
    environment: &Rc<Environment>,
    binding: sys::napi_value,
    name: &CStr,
    _function: F,
) -> Result<()>
where
    F: Fn(&Call<'_>) -> Result<Answer> + Copy + 'static,
{
    const { assert!(size_of::<F>() == 0, "only plain functions can be exported") };
    let raw = environment.raw();
    let data = Rc::as_ptr(environment).cast_mut().cast::<c_void>();
    let mut value = ptr::null_mut();
    // SAFETY: `retain` below keeps the environment until the function has been collected.
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

/// Keeps the environment alive until the function has been collected.
///
/// # Safety
/// `function` is alive in the current handle scope, on the environment's thread.
unsafe fn retain(environment: &Rc<Environment>, function: sys::napi_value) -> Result<()> {
    let raw = environment.raw();
    let data = Rc::into_raw(Rc::clone(environment)).cast_mut().cast::<c_void>();
    // SAFETY: promised by the caller; the finalizer takes over the count that `into_raw` left.
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
    // SAFETY: the count that `retain` left with Node, taken back once.
    let environment = unsafe { Rc::from_raw(data.cast::<Environment>()) };
    environment.forget_function();
}

unsafe extern "C" fn trampoline<F>(raw: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value
where
    F: Fn(&Call<'_>) -> Result<Answer> + Copy + 'static,
{
    // An unwinding panic would abort Node; nothing below is left half-changed that is used again.
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: Node-API hands this function the call's own environment and info.
        let (data, arguments) = unsafe { read_info(raw, info) }?;
        // SAFETY: `define` bound this function to an Environment that lives until the function has been
        // collected; counting it up keeps it alive through a call that ends the environment.
        let environment = unsafe {
            Rc::increment_strong_count(data.cast::<Environment>());
            Rc::from_raw(data.cast::<Environment>())
        };
        // SAFETY: F is a zero-sized function type, of which `define` received a value.
        let function = unsafe { ptr::NonNull::<F>::dangling().read() };
        function(&Call {
            environment: &environment,
            arguments,
        })
    }));
    let answer = outcome.unwrap_or_else(|_| {
        Err(Error::new(
            Status::GenericFailure,
            "internal error in websocket-rs",
        ))
    });
    // SAFETY: still within the call.
    unsafe { give(raw, answer) }
}

unsafe fn read_info(
    raw: sys::napi_env,
    info: sys::napi_callback_info,
) -> Result<(*const c_void, [sys::napi_value; MAX_ARGUMENTS])> {
    let mut arguments = [ptr::null_mut(); MAX_ARGUMENTS];
    let mut count = MAX_ARGUMENTS;
    let mut data = ptr::null_mut();
    // SAFETY: the array has room for `count` values; Node fills the rest with undefined.
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

unsafe fn give(raw: sys::napi_env, answer: Result<Answer>) -> sys::napi_value {
    let mut value = ptr::null_mut();
    match answer {
        Ok(Answer::Undefined) => {}
        Ok(Answer::Value(made)) => value = made,
        Ok(Answer::Number(number)) => {
            // SAFETY: within the call. On failure the value stays null, which is undefined.
            unsafe { sys::napi_create_double(raw, number, &raw mut value) };
        }
        // SAFETY: within the call.
        Err(error) => unsafe { JsError::from(error).throw_into(raw) },
    }
    value
}

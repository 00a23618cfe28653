//! A call of a native function: its arguments and its return value.

use crate::environment::Environment;
use crate::slots::Key;
use napi::bindgen_prelude::{FromNapiValue, ToNapiValue};
use napi::{Result, check_status, sys};
use std::ptr;
use std::rc::Rc;

/// The most arguments that a native function has.
pub(super) const MAX_ARGUMENTS: usize = 6;

/// One call from JavaScript.
pub(crate) struct Call<'a> {
    pub(crate) environment: &'a Rc<Environment>,
    pub(super) arguments: [sys::napi_value; MAX_ARGUMENTS],
}

/// What a native function returns.
pub(crate) enum ReturnValue {
    Undefined,
    Number(f64),
    Value(sys::napi_value),
}

impl Call<'_> {
    fn raw(&self) -> sys::napi_env {
        self.environment.raw()
    }

    /// Returns an argument as Node-API passes it; a missing one is `undefined`.
    pub(crate) fn value(&self, index: usize) -> sys::napi_value {
        self.arguments.get(index).copied().unwrap_or(ptr::null_mut())
    }

    /// Returns whether an argument is `undefined` or missing.
    pub(crate) fn is_undefined(&self, index: usize) -> Result<bool> {
        Ok(self.kind(index)? == sys::ValueType::napi_undefined)
    }

    /// Returns whether an argument is a string.
    pub(crate) fn is_string(&self, index: usize) -> Result<bool> {
        Ok(self.kind(index)? == sys::ValueType::napi_string)
    }

    fn kind(&self, index: usize) -> Result<sys::napi_valuetype> {
        let mut kind = sys::ValueType::napi_undefined;
        let value = self.value(index);
        if !value.is_null() {
            // SAFETY: the value is an argument of the running call, alive until it returns.
            check_status!(unsafe { sys::napi_typeof(self.raw(), value, &raw mut kind) })?;
        }
        Ok(kind)
    }

    /// Returns an argument that may be left out.
    pub(crate) fn optional(&self, index: usize) -> Result<Option<sys::napi_value>> {
        Ok((!self.is_undefined(index)?).then(|| self.value(index)))
    }

    /// Returns a number.
    pub(crate) fn number(&self, index: usize) -> Result<f64> {
        let mut number = 0.0;
        // SAFETY: the value is an argument of the running call, alive until it returns.
        check_status!(unsafe { sys::napi_get_value_double(self.raw(), self.value(index), &raw mut number) })?;
        Ok(number)
    }

    /// Returns the key of a connection.
    pub(crate) fn key(&self, index: usize) -> Result<Key> {
        self.number(index).map(Key::from_number)
    }

    /// Returns a boolean.
    pub(crate) fn flag(&self, index: usize) -> Result<bool> {
        let mut flag = false;
        // SAFETY: as in `number`.
        check_status!(unsafe { sys::napi_get_value_bool(self.raw(), self.value(index), &raw mut flag) })?;
        Ok(flag)
    }

    /// Returns an unsigned integer, such as a token or a set of bits.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub(crate) fn integer(&self, index: usize) -> Result<u32> {
        self.number(index).map(|number| number as u32)
    }

    /// Returns an argument converted by napi-rs, which is slower.
    pub(crate) fn object<T: FromNapiValue>(&self, index: usize) -> Result<T> {
        // SAFETY: environment and value belong to the running call.
        unsafe { T::from_napi_value(self.raw(), self.value(index)) }
    }

    /// Makes a return value converted by napi-rs, which is slower.
    pub(crate) fn returns<T: ToNapiValue>(&self, value: T) -> Result<ReturnValue> {
        // SAFETY: the environment is that of the running call.
        unsafe { T::to_napi_value(self.raw(), value) }.map(ReturnValue::Value)
    }
}

//! A strong reference to a JavaScript value that belongs to one environment.

use napi::{Result, check_status, sys};
use std::ptr;

/// Keeps a value alive until dropped. Only for the thread of its environment.
#[derive(Debug)]
pub(crate) struct Reference {
    raw: sys::napi_env,
    reference: sys::napi_ref,
}

impl Reference {
    /// Refers to `value`, which has to be an object or a function.
    ///
    /// # Safety
    /// `value` is alive in the current handle scope of `raw`, on its thread.
    pub(crate) unsafe fn new(raw: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        let mut reference = ptr::null_mut();
        // SAFETY: promised by the caller.
        check_status!(unsafe { sys::napi_create_reference(raw, value, 1, &raw mut reference) })?;
        Ok(Self { raw, reference })
    }

    /// The value, in the current handle scope.
    pub(crate) fn get(&self) -> Result<sys::napi_value> {
        let mut value = ptr::null_mut();
        // SAFETY: the reference is alive until `self` is dropped.
        check_status!(unsafe { sys::napi_get_reference_value(self.raw, self.reference, &raw mut value) })?;
        Ok(value)
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        // SAFETY: created in `new`, deleted once. A failure here leaves the value to the
        // environment's end, which is all that could be done about it.
        unsafe { sys::napi_delete_reference(self.raw, self.reference) };
    }
}

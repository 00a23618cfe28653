//! Strong and weak references to JavaScript values.

use napi::{Error, Result, Status, check_status, sys};
use std::ptr;

/// Refers to a value until dropped. Must be used on the environment's thread only.
#[derive(Debug)]
pub(crate) struct Reference {
    raw: sys::napi_env,
    reference: sys::napi_ref,
}

impl Reference {
    /// Makes a strong reference, which keeps `value` alive. It has to be an object or a function.
    ///
    /// # Safety
    /// `value` is alive in the current handle scope of `raw`, on its thread.
    pub(crate) unsafe fn new(raw: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        // SAFETY: promised by the caller.
        unsafe { Self::with_count(raw, value, 1) }
    }

    /// Makes a weak reference, which does not keep `value` alive. It has to be an object or a function.
    ///
    /// # Safety
    /// As for [`Reference::new`].
    pub(crate) unsafe fn new_weak(raw: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        // SAFETY: promised by the caller.
        unsafe { Self::with_count(raw, value, 0) }
    }

    unsafe fn with_count(raw: sys::napi_env, value: sys::napi_value, count: u32) -> Result<Self> {
        let mut reference = ptr::null_mut();
        // SAFETY: promised by the caller.
        check_status!(unsafe { sys::napi_create_reference(raw, value, count, &raw mut reference) })?;
        Ok(Self { raw, reference })
    }

    /// Returns the value, in the current handle scope. Fails if it has been collected.
    pub(crate) fn get(&self) -> Result<sys::napi_value> {
        let mut value = ptr::null_mut();
        // SAFETY: the reference is alive until `self` is dropped.
        check_status!(unsafe { sys::napi_get_reference_value(self.raw, self.reference, &raw mut value) })?;
        if value.is_null() {
            return Err(collected());
        }
        Ok(value)
    }

    /// Makes a weak reference strong. Fails if the value has been collected.
    pub(crate) fn strengthen(&self) -> Result<()> {
        let mut count = 0;
        // SAFETY: the reference is alive until `self` is dropped.
        check_status!(unsafe { sys::napi_reference_ref(self.raw, self.reference, &raw mut count) })?;
        if count == 0 { Err(collected()) } else { Ok(()) }
    }

    /// Undoes [`Reference::strengthen`].
    pub(crate) fn weaken(&self) -> Result<()> {
        let mut count = 0;
        // SAFETY: as above.
        check_status!(unsafe { sys::napi_reference_unref(self.raw, self.reference, &raw mut count) })
    }
}

fn collected() -> Error {
    Error::new(
        Status::GenericFailure,
        "the JavaScript of websocket-rs has been collected",
    )
}

impl Drop for Reference {
    fn drop(&mut self) {
        // SAFETY: created in `with_count`, deleted once. If this fails, Node deletes the reference with the environment.
        unsafe { sys::napi_delete_reference(self.raw, self.reference) };
    }
}

//! The slab that needs nothing of Node that takes long to load.

#![allow(unreachable_pub)] // The macro requires `pub`.

use crate::boundary::external_buffer::external_buffer;
use napi::bindgen_prelude::{FromNapiValue, Unknown};
use napi::{Env, Result};
use napi_derive::napi;

/// Makes a Buffer on memory of native code, which cannot be transferred. Returns `undefined` if the runtime has none.
#[napi(ts_return_type = "Buffer | undefined")]
pub fn untransferable_buffer(env: &Env, length: u32) -> Result<Option<Unknown<'_>>> {
    let made = external_buffer(env.raw(), length as usize)?;
    // SAFETY: the value was just made in this call.
    made.map(|value| unsafe { Unknown::from_napi_value(env.raw(), value) })
        .transpose()
}

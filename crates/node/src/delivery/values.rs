//! The values of a batch that do not lie in a slab.

use crate::boundary::external_text::ExternalTexts;
use crate::boundary::failure::encode_failure;
use crate::boundary::invoke::clear_exception;
use napi::{Error, Result, Status, check_status, sys};
use std::ptr;
use websocket_rs_client::{Kind, PayloadMemory};

/// Values of their own, and a failure. They are made in the handle scope in which the batch is delivered.
#[derive(Debug)]
pub(super) struct Values {
    raw: sys::napi_env,
    /// An error if one of the values could not be made.
    own: Result<Vec<sys::napi_value>>,
    failure: Option<Box<websocket_rs_client::Error>>,
    texts: ExternalTexts,
}

impl Values {
    /// `memory` is that of large payloads.
    pub(super) fn new(raw: sys::napi_env, memory: PayloadMemory) -> Self {
        Self {
            raw,
            own: Ok(Vec::new()),
            failure: None,
            texts: ExternalTexts::new(raw, memory),
        }
    }

    /// Returns whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.failure.is_none() && self.own.as_ref().is_ok_and(Vec::is_empty)
    }

    /// Adds a copy of a payload, as a string or Buffer.
    pub(super) fn push(&mut self, kind: Kind, payload: &[u8]) {
        self.push_made(make_value(self.raw, kind, payload));
    }

    /// Adds a payload as a string or Buffer, and gives back its memory.
    pub(super) fn push_owned(&mut self, kind: Kind, payload: Vec<u8>) {
        self.push(kind, &payload);
        self.texts.give_back(payload);
    }

    /// Adds a text as a string, which has its memory if it is large. That memory comes back in an iteration of the loop.
    pub(super) fn push_lent(&mut self, text: Vec<u8>) {
        if self.own.is_ok() && self.texts.can_lend(&text) {
            let made = self.texts.lend(text);
            self.push_made(made);
        } else {
            self.push_owned(Kind::Text, text);
        }
    }

    /// Adds a value that was made in the scope in which the batch is delivered.
    pub(super) fn push_made(&mut self, made: Result<sys::napi_value>) {
        match (&mut self.own, made) {
            (Ok(values), Ok(value)) => values.push(value),
            (own, Err(error)) => {
                clear_exception(self.raw);
                *own = Err(error);
            }
            (Err(_), Ok(_)) => {}
        }
    }

    pub(super) fn set_failure(&mut self, error: websocket_rs_client::Error) {
        self.failure = Some(Box::new(error));
    }

    /// Removes all values. Returns an array of them and the failure; a handle is null if there is none.
    pub(super) fn take(&mut self) -> Result<(sys::napi_value, sys::napi_value)> {
        let own = std::mem::replace(&mut self.own, Ok(Vec::new()));
        let failure = self.failure.take();
        let encode = || {
            Ok((
                make_array(self.raw, &own?)?,
                encode_failure(self.raw, failure.as_deref())?,
            ))
        };
        encode().inspect_err(|_| clear_exception(self.raw))
    }
}

/// Makes an array of the values. Returns a null handle if there are none.
fn make_array(raw: sys::napi_env, values: &[sys::napi_value]) -> Result<sys::napi_value> {
    let mut array = ptr::null_mut();
    if values.is_empty() {
        return Ok(array);
    }
    // SAFETY: callers are on the environment's thread with a handle scope open.
    check_status!(unsafe { sys::napi_create_array_with_length(raw, values.len(), &raw mut array) })?;
    for (index, value) in (0..).zip(values) {
        // SAFETY: as above; the values were made in the same scope.
        check_status!(unsafe { sys::napi_set_element(raw, array, index, *value) })?;
    }
    Ok(array)
}

/// Copies a payload to memory that JavaScript's garbage collector frees.
fn make_value(raw: sys::napi_env, kind: Kind, payload: &[u8]) -> Result<sys::napi_value> {
    let (data, mut value) = (payload.as_ptr(), ptr::null_mut());
    match kind {
        Kind::Text => {
            let length = isize::try_from(payload.len())
                .map_err(|_| Error::new(Status::GenericFailure, "the text is too long"))?;
            let create = if payload.is_ascii() {
                // Without decoding.
                sys::napi_create_string_latin1
            } else {
                sys::napi_create_string_utf8
            };
            // SAFETY: as in `make_array`; the bytes are copied before this returns.
            check_status!(unsafe { create(raw, data.cast(), length, &raw mut value) })?;
        }
        Kind::Binary => {
            // SAFETY: as above.
            check_status!(unsafe {
                sys::napi_create_buffer_copy(raw, payload.len(), data.cast(), ptr::null_mut(), &raw mut value)
            })?;
        }
    }
    Ok(value)
}

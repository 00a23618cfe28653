//! What `send` was given, as bytes for the codec.

use bytes::{Bytes, BytesMut};
use napi::{Error, Result, Status, check_status, sys};
use std::ptr;

/// Largest payload that goes through the room the environment keeps; larger ones get their own, which
/// goes with them.
const KEPT_ROOM: usize = 256 * 1024;

/// Longest string whose UTF-8 is written without asking for its length first, in UTF-16 units. Three
/// bytes are reserved for each, so this bounds the room reserved in vain.
const ONE_CALL_UNITS: usize = KEPT_ROOM / 3;

/// The bytes of a Buffer or of any other view.
pub(crate) fn view(raw: sys::napi_env, value: sys::napi_value, room: &mut BytesMut) -> Result<Bytes> {
    let mut data = ptr::null_mut();
    let mut length = 0;
    // SAFETY: `value` is an argument of the running call; the two results are written on success.
    check_status!(unsafe { sys::napi_get_buffer_info(raw, value, &raw mut data, &raw mut length) })?;
    if length == 0 {
        return Ok(Bytes::new());
    }
    // SAFETY: Node-API says `length` bytes live at `data`; the view is held by the running call and no
    // JavaScript runs while they are copied. Shared memory was copied before it came here.
    let bytes = unsafe { std::slice::from_raw_parts(data.cast::<u8>(), length) };
    if length > KEPT_ROOM {
        return Ok(Bytes::copy_from_slice(bytes));
    }
    room.extend_from_slice(bytes);
    Ok(room.split().freeze())
}

/// The UTF-8 of a string of `units` UTF-16 units; lone surrogates become U+FFFD.
pub(crate) fn string(
    raw: sys::napi_env,
    value: sys::napi_value,
    units: usize,
    room: &mut BytesMut,
) -> Result<Bytes> {
    if units <= ONE_CALL_UNITS {
        return write_string(raw, value, units * 3, room);
    }
    write_string(raw, value, utf8_length(raw, value)?, &mut BytesMut::new())
}

/// Writes a string of at most `most` bytes of UTF-8.
fn write_string(
    raw: sys::napi_env,
    value: sys::napi_value,
    most: usize,
    room: &mut BytesMut,
) -> Result<Bytes> {
    room.reserve(most + 1);
    let spare = room.spare_capacity_mut();
    let size = spare.len();
    let mut written = 0;
    // SAFETY: `spare` has `size` bytes of room, the closing NUL included.
    check_status!(unsafe {
        sys::napi_get_value_string_utf8(raw, value, spare.as_mut_ptr().cast(), size, &raw mut written)
    })?;
    if written >= size {
        return Err(Error::new(
            Status::GenericFailure,
            "string outgrew the room reserved for it",
        ));
    }
    // SAFETY: Node-API wrote `written` bytes, fewer than `size`, at the start of the spare room.
    unsafe { room.set_len(room.len() + written) };
    Ok(room.split().freeze())
}

fn utf8_length(raw: sys::napi_env, value: sys::napi_value) -> Result<usize> {
    let mut length = 0;
    // SAFETY: a null buffer asks for the length only.
    check_status!(unsafe {
        sys::napi_get_value_string_utf8(raw, value, ptr::null_mut(), 0, &raw mut length)
    })?;
    Ok(length)
}

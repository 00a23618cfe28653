//! What `send` was given, as bytes for the codec. They are copied before the call returns.

use napi::{Error, Result, Status, check_status, sys};
use std::ptr;

/// Largest room for text that is kept from one call to the next.
const KEPT_ROOM: usize = 256 * 1024;

/// Longest string whose UTF-8 is written without asking for its length first, in UTF-16 units. Three
/// bytes are reserved for each, so this bounds the room reserved in vain.
const ONE_CALL_UNITS: usize = KEPT_ROOM / 3;

/// Looks at the bytes of what most messages are: a Buffer, or a `Uint8Array`, with some bytes in memory that is not
/// shared. None for anything else. `run` must not call into JavaScript.
pub(crate) fn bytes<T>(
    raw: sys::napi_env,
    value: sys::napi_value,
    run: impl FnOnce(&[u8]) -> T,
) -> Option<T> {
    let (mut kind, mut length, mut data) = (-1, 0, ptr::null_mut());
    let (mut memory, mut is_unshared) = (ptr::null_mut(), false);
    // SAFETY: `value` is an argument of the running call; the results are written on success, which it is not for
    // anything but a typed array.
    let status = unsafe {
        sys::napi_get_typedarray_info(
            raw,
            value,
            &raw mut kind,
            &raw mut length,
            &raw mut data,
            &raw mut memory,
            ptr::null_mut(),
        )
    };
    if status != sys::Status::napi_ok || kind != sys::TypedarrayType::uint8_array || length == 0 {
        return None;
    }
    // SAFETY: `memory` was just given, in the scope of the running call.
    let status = unsafe { sys::napi_is_arraybuffer(raw, memory, &raw mut is_unshared) };
    if status != sys::Status::napi_ok || !is_unshared {
        return None;
    }
    // SAFETY: Node-API says that `length` elements of a byte live at `data`; the view is held by the running call, no
    // JavaScript runs while they are looked at, and no other thread has the memory.
    Some(run(unsafe {
        std::slice::from_raw_parts(data.cast::<u8>(), length)
    }))
}

/// Looks at the bytes of a Buffer or of any other view. `run` must not call into JavaScript.
pub(crate) fn view<T>(raw: sys::napi_env, value: sys::napi_value, run: impl FnOnce(&[u8]) -> T) -> Result<T> {
    let mut data = ptr::null_mut();
    let mut length = 0;
    // SAFETY: `value` is an argument of the running call; the two results are written on success.
    check_status!(unsafe { sys::napi_get_buffer_info(raw, value, &raw mut data, &raw mut length) })?;
    if length == 0 {
        return Ok(run(&[]));
    }
    // SAFETY: Node-API says `length` bytes live at `data`; the view is held by the running call and no
    // JavaScript runs while they are looked at. Shared memory was copied before it came here.
    Ok(run(unsafe {
        std::slice::from_raw_parts(data.cast::<u8>(), length)
    }))
}

/// Looks at the UTF-8 of a string of `units` UTF-16 units; lone surrogates become U+FFFD. `room` is
/// where it is written.
pub(crate) fn string<T>(
    raw: sys::napi_env,
    value: sys::napi_value,
    units: usize,
    room: &mut Vec<u8>,
    run: impl FnOnce(&[u8]) -> T,
) -> Result<T> {
    let most = if units <= ONE_CALL_UNITS {
        units * 3
    } else {
        utf8_length(raw, value)?
    };
    room.clear();
    write_string(raw, value, most, room)?;
    let outcome = run(room);
    if room.capacity() > 2 * KEPT_ROOM {
        *room = Vec::new();
    }
    Ok(outcome)
}

/// Writes a string of at most `most` bytes of UTF-8.
fn write_string(raw: sys::napi_env, value: sys::napi_value, most: usize, room: &mut Vec<u8>) -> Result<()> {
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
    Ok(())
}

fn utf8_length(raw: sys::napi_env, value: sys::napi_value) -> Result<usize> {
    let mut length = 0;
    // SAFETY: a null buffer asks for the length only.
    check_status!(unsafe {
        sys::napi_get_value_string_utf8(raw, value, ptr::null_mut(), 0, &raw mut length)
    })?;
    Ok(length)
}

//! Access to the bytes of a value that JavaScript sends. They are encoded before the call returns.

use napi::{Error, Result, Status, check_status, sys};
use std::ptr;

/// Longest string, in UTF-16 units, whose UTF-8 is written without a call for its length first, which takes longer than
/// writing it. Three bytes are reserved for each unit, so this bounds the bytes that are reserved but not needed.
const ONE_CALL_UNITS: usize = 1024 * 1024;

/// A buffer for text of more than twice this size is freed after the call.
const KEPT_BYTES: usize = 3 * ONE_CALL_UNITS;

/// Calls `run` with the bytes of the most common kind of message: a Buffer or `Uint8Array` that is not empty, in memory
/// that is not shared. Returns `None` for any other value. `run` must not call into JavaScript.
pub(crate) fn bytes<T>(
    raw: sys::napi_env,
    value: sys::napi_value,
    run: impl FnOnce(&[u8]) -> T,
) -> Option<T> {
    let (mut kind, mut length, mut data) = (-1, 0, ptr::null_mut());
    let (mut memory, mut is_unshared) = (ptr::null_mut(), false);
    // SAFETY: `value` is an argument of the running call. The call succeeds for typed arrays only, and writes its results
    // on success.
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
    // SAFETY: `memory` was just returned, in the scope of the running call.
    let status = unsafe { sys::napi_is_arraybuffer(raw, memory, &raw mut is_unshared) };
    if status != sys::Status::napi_ok || !is_unshared {
        return None;
    }
    // SAFETY: Node-API returned `length` bytes at `data`. The running call keeps the view alive, `run` calls no JavaScript,
    // and the memory is not shared with another thread.
    Some(run(unsafe {
        std::slice::from_raw_parts(data.cast::<u8>(), length)
    }))
}

/// Calls `run` with the bytes of a Buffer or of any other view. `run` must not call into JavaScript.
pub(crate) fn view<T>(raw: sys::napi_env, value: sys::napi_value, run: impl FnOnce(&[u8]) -> T) -> Result<T> {
    let mut data = ptr::null_mut();
    let mut length = 0;
    // SAFETY: `value` is an argument of the running call; the two results are written on success.
    check_status!(unsafe { sys::napi_get_buffer_info(raw, value, &raw mut data, &raw mut length) })?;
    if length == 0 {
        return Ok(run(&[]));
    }
    // SAFETY: Node-API returned `length` bytes at `data`. The running call keeps the view alive, and `run` calls no
    // JavaScript. TypeScript has copied the bytes of shared memory, so no other thread writes these.
    Ok(run(unsafe {
        std::slice::from_raw_parts(data.cast::<u8>(), length)
    }))
}

/// Calls `run` with the UTF-8 of a string of `units` UTF-16 units, written to `buffer`. Lone surrogates become U+FFFD.
pub(crate) fn string<T>(
    raw: sys::napi_env,
    value: sys::napi_value,
    units: usize,
    buffer: &mut Vec<u8>,
    run: impl FnOnce(&[u8]) -> T,
) -> Result<T> {
    let most = if units <= ONE_CALL_UNITS {
        units * 3
    } else {
        utf8_length(raw, value)?
    };
    sized_string(raw, value, most, buffer, run)
}

/// Calls `run` with the UTF-8 of a string of unknown length, as [`string`] does.
pub(crate) fn any_string<T>(
    raw: sys::napi_env,
    value: sys::napi_value,
    buffer: &mut Vec<u8>,
    run: impl FnOnce(&[u8]) -> T,
) -> Result<T> {
    sized_string(raw, value, utf8_length(raw, value)?, buffer, run)
}

fn sized_string<T>(
    raw: sys::napi_env,
    value: sys::napi_value,
    most: usize,
    buffer: &mut Vec<u8>,
    run: impl FnOnce(&[u8]) -> T,
) -> Result<T> {
    buffer.clear();
    write_string(raw, value, most, buffer)?;
    let result = run(buffer);
    if buffer.capacity() > 2 * KEPT_BYTES {
        *buffer = Vec::new();
    }
    Ok(result)
}

/// Appends a string of at most `most` bytes of UTF-8.
fn write_string(raw: sys::napi_env, value: sys::napi_value, most: usize, buffer: &mut Vec<u8>) -> Result<()> {
    buffer.reserve(most + 1);
    let spare = buffer.spare_capacity_mut();
    let size = spare.len();
    let mut written = 0;
    // SAFETY: `spare` has space for `size` bytes, the final NUL included.
    check_status!(unsafe {
        sys::napi_get_value_string_utf8(raw, value, spare.as_mut_ptr().cast(), size, &raw mut written)
    })?;
    if written >= size {
        return Err(Error::new(
            Status::GenericFailure,
            "the string is longer than the space reserved for it",
        ));
    }
    // SAFETY: Node-API wrote `written` bytes, fewer than `size`, to the start of the spare capacity.
    unsafe { buffer.set_len(buffer.len() + written) };
    Ok(())
}

fn utf8_length(raw: sys::napi_env, value: sys::napi_value) -> Result<usize> {
    let mut length = 0;
    // SAFETY: with a null buffer, Node-API writes nothing but the length.
    check_status!(unsafe {
        sys::napi_get_value_string_utf8(raw, value, ptr::null_mut(), 0, &raw mut length)
    })?;
    Ok(length)
}

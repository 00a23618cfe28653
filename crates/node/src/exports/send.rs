//! Functions that send messages. The send functions return the number of unsent bytes, or a negative number if nothing
//! was sent.

use super::call::{Call, ReturnValue};
use super::constants::{
    FRAME_COMPRESS, FRAME_CONTINUATION, FRAME_MORE, FRAME_PLAIN, FRAME_TEXT, SEND_EMPTY, SEND_NOT_BYTES,
    SEND_READ_FIRST,
};
use crate::boundary::objects::bytes;
use crate::boundary::payload;
use crate::environment::Sent;
use crate::environment::drivers::event_loop;
use napi::{Error, Result};
use websocket_rs_client::{FrameOptions, Kind};

/// The connection has ended.
pub(super) const GONE: ReturnValue = ReturnValue::Number(-1.0);

#[allow(clippy::cast_precision_loss)]
fn returned(sent: Sent) -> Result<ReturnValue> {
    match sent {
        Sent::Accepted(unsent) => Ok(ReturnValue::Number(unsent as f64)),
        Sent::Gone => Ok(GONE),
        Sent::TurnDue => Ok(ReturnValue::Number(SEND_READ_FIRST)),
        Sent::OutOfOrder => Err(Error::from_reason("the frame is not the next one of a message")),
    }
}

/// `sendText(id, string, units)`: returns the unsent bytes, -1 for a connection that has ended, or `SEND_READ_FIRST`.
pub(super) fn send_text(call: &Call<'_>) -> Result<ReturnValue> {
    let (environment, units) = (call.environment, bytes(call.number(2)?));
    let (key, mut buffer) = (call.key(0)?, environment.buffers.text.borrow_mut());
    payload::string(environment.raw(), call.value(1), units, &mut buffer, |text| {
        returned(environment.send(key, Kind::Text, text))
    })?
}

/// `sendBytes(id, data)`: as `sendText`, or returns `SEND_NOT_BYTES` for a value that only `sendBinary` takes.
pub(super) fn send_bytes(call: &Call<'_>) -> Result<ReturnValue> {
    let environment = call.environment;
    let key = call.key(0)?;
    let sent = payload::bytes(environment.raw(), call.value(1), |bytes| {
        returned(environment.send(key, Kind::Binary, bytes))
    });
    sent.unwrap_or(Ok(ReturnValue::Number(SEND_NOT_BYTES)))
}

/// `sendBinary(id, view, empty?)`: as `sendText`, or returns `SEND_EMPTY` for a view without bytes, unless `empty` says
/// that it was empty from the start.
pub(super) fn send_binary(call: &Call<'_>) -> Result<ReturnValue> {
    let environment = call.environment;
    let key = call.key(0)?;
    payload::view(environment.raw(), call.value(1), |bytes| {
        if bytes.is_empty() && call.is_undefined(2)? {
            return Ok(ReturnValue::Number(SEND_EMPTY));
        }
        returned(environment.send(key, Kind::Binary, bytes))
    })?
}

/// `sendFrame(id, data, flags)`: sends one frame of a message, of text for a string and of bytes for a view, which
/// are those of a text with `FRAME_TEXT`. `flags` are
/// those of `FRAME_`. Returns as `sendText`. Throws if the frame is not the next one of a message.
pub(super) fn send_frame(call: &Call<'_>) -> Result<ReturnValue> {
    let (environment, raw) = (call.environment, call.environment.raw());
    let (key, flags) = (call.key(0)?, call.integer(2)?);
    let options = frame_options(flags);
    let send = |kind, bytes: &[u8]| returned(environment.send_frame(key, kind, bytes, options));
    if call.is_string(1)? {
        let mut buffer = environment.buffers.text.borrow_mut();
        payload::any_string(raw, call.value(1), &mut buffer, |text| send(Kind::Text, text))?
    } else {
        let kind = if flags & FRAME_TEXT == 0 {
            Kind::Binary
        } else {
            Kind::Text
        };
        payload::view(raw, call.value(1), |bytes| send(kind, bytes))?
    }
}

fn frame_options(flags: u32) -> FrameOptions {
    let has = |flag| flags & flag != 0;
    FrameOptions {
        compress: (has(FRAME_COMPRESS) || has(FRAME_PLAIN)).then_some(has(FRAME_COMPRESS)),
        more: has(FRAME_MORE),
        continuation: has(FRAME_CONTINUATION),
    }
}

/// `ping(id, view)`: returns as `sendText`.
pub(super) fn ping(call: &Call<'_>) -> Result<ReturnValue> {
    let environment = call.environment;
    let key = call.key(0)?;
    payload::view(environment.raw(), call.value(1), |bytes| {
        returned(environment.ping(key, bytes))
    })?
}

/// `pong(id, view)`: returns as `sendText`.
pub(super) fn pong(call: &Call<'_>) -> Result<ReturnValue> {
    let environment = call.environment;
    let key = call.key(0)?;
    payload::view(environment.raw(), call.value(1), |bytes| {
        returned(environment.pong(key, bytes))
    })?
}

/// `sendRaw(id, view)`: writes bytes that are no frame of this connection. Returns as `sendText`.
pub(super) fn send_raw(call: &Call<'_>) -> Result<ReturnValue> {
    let environment = call.environment;
    let key = call.key(0)?;
    payload::view(environment.raw(), call.value(1), |bytes| {
        returned(environment.send_raw(key, bytes))
    })?
}

/// `cork(id, corked)`: holds sends so that they leave together, or writes those that are held.
pub(super) fn cork(call: &Call<'_>) -> Result<ReturnValue> {
    let corked = call.flag(1)?;
    let key = call.key(0)?;
    call.environment.with(key, |record| {
        record.corked = corked;
        if !corked {
            record.connection.flush();
        }
    });
    call.environment.reclaim_buffer(key);
    Ok(ReturnValue::Undefined)
}

/// `flush(exiting)`: writes everything that was sent in this tick, at the end of the program also what other threads
/// compress.
pub(super) fn flush(call: &Call<'_>) -> Result<ReturnValue> {
    if call.flag(0)? {
        call.environment.finish_jobs();
    }
    event_loop::flush_tick(call.environment);
    Ok(ReturnValue::Undefined)
}

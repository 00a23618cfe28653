//! Functions that send messages. The send functions return the number of unsent bytes, or a negative number if nothing
//! was sent.

use super::call::{Call, ReturnValue};
use super::constants::{SEND_EMPTY, SEND_NOT_BYTES, SEND_READ_FIRST};
use crate::boundary::objects::bytes;
use crate::boundary::payload;
use crate::environment::Sent;
use crate::environment::drivers::event_loop;
use napi::Result;
use websocket_rs_client::Kind;

/// The connection has ended.
pub(super) const GONE: ReturnValue = ReturnValue::Number(-1.0);

#[allow(clippy::cast_precision_loss)]
fn returned(sent: Sent) -> ReturnValue {
    match sent {
        Sent::Accepted(unsent) => ReturnValue::Number(unsent as f64),
        Sent::Gone => GONE,
        Sent::TurnDue => ReturnValue::Number(SEND_READ_FIRST),
    }
}

/// `sendText(id, string, units)`: returns the unsent bytes, -1 for a connection that has ended, or `SEND_READ_FIRST`.
pub(super) fn send_text(call: &Call<'_>) -> Result<ReturnValue> {
    let (environment, units) = (call.environment, bytes(call.number(2)?));
    let (key, mut buffer) = (call.key(0)?, environment.buffers.text.borrow_mut());
    payload::string(environment.raw(), call.value(1), units, &mut buffer, |text| {
        returned(environment.send(key, Kind::Text, text))
    })
}

/// `sendBytes(id, data)`: as `sendText`, or returns `SEND_NOT_BYTES` for a value that only `sendBinary` takes.
pub(super) fn send_bytes(call: &Call<'_>) -> Result<ReturnValue> {
    let environment = call.environment;
    let key = call.key(0)?;
    let sent = payload::bytes(environment.raw(), call.value(1), |bytes| {
        returned(environment.send(key, Kind::Binary, bytes))
    });
    Ok(sent.unwrap_or(ReturnValue::Number(SEND_NOT_BYTES)))
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
        Ok(returned(environment.send(key, Kind::Binary, bytes)))
    })?
}

/// `sendTextBytes(id, view)`: sends bytes as text, unchecked; returns as `sendText`.
pub(super) fn send_text_bytes(call: &Call<'_>) -> Result<ReturnValue> {
    let environment = call.environment;
    let key = call.key(0)?;
    payload::view(environment.raw(), call.value(1), |bytes| {
        returned(environment.send(key, Kind::Text, bytes))
    })
}

/// `ping(id, view)`: returns as `sendText`.
pub(super) fn ping(call: &Call<'_>) -> Result<ReturnValue> {
    let environment = call.environment;
    let key = call.key(0)?;
    payload::view(environment.raw(), call.value(1), |bytes| {
        returned(environment.ping(key, bytes))
    })
}

/// `pong(id, view)`: returns as `sendText`.
pub(super) fn pong(call: &Call<'_>) -> Result<ReturnValue> {
    let environment = call.environment;
    let key = call.key(0)?;
    payload::view(environment.raw(), call.value(1), |bytes| {
        returned(environment.pong(key, bytes))
    })
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

/// `flush()`: writes everything that was sent in this tick.
#[allow(clippy::unnecessary_wraps)]
pub(super) fn flush(call: &Call<'_>) -> Result<ReturnValue> {
    event_loop::flush_tick(call.environment);
    Ok(ReturnValue::Undefined)
}

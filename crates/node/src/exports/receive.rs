//! Functions that receive messages, and wait for them.

use super::call::{Call, ReturnValue};
use crate::boundary::objects::{bytes, duration};
use crate::boundary::payload;
use crate::environment::drivers::{blocking, event_loop};
use crate::system::signals;
use napi::Result;
use websocket_rs_client::Connection;
use websocket_rs_client::blocking::Interest;

/// `block(id, drainTo, read, timeout, signals)`: waits. Returns why it has returned, a number of `Woken`. With a negative
/// `drainTo` it does not wait for writes, with a negative `timeout` it waits without limit.
pub(super) fn block(call: &Call<'_>) -> Result<ReturnValue> {
    let drain_to = call.number(1)?;
    let timeout = call.number(3)?;
    let interest = Interest {
        read: call.flag(2)?,
        drain_to: (drain_to >= 0.0).then(|| bytes(drain_to)),
    };
    let timeout = duration((timeout >= 0.0).then_some(timeout));
    let woken = blocking::block(
        call.environment,
        call.key(0)?,
        interest,
        timeout,
        call.integer(4)?,
    );
    Ok(ReturnValue::Number(f64::from(woken as u8)))
}

/// `takeSignal()`: returns the bit of the signal that has interrupted a blocked call, once; otherwise 0.
#[allow(clippy::unnecessary_wraps)]
pub(super) fn take_signal(_call: &Call<'_>) -> Result<ReturnValue> {
    Ok(ReturnValue::Number(signals::take_last().into()))
}

/// `endIteration()`: the loop iteration has ended, so libuv reports signals itself.
#[allow(clippy::unnecessary_wraps)]
pub(super) fn end_iteration(_call: &Call<'_>) -> Result<ReturnValue> {
    signals::end_iteration();
    Ok(ReturnValue::Undefined)
}

/// `gather(id)`: what the connection receives may be delivered together with what others receive. No ticks and microtasks
/// run in between.
pub(super) fn gather(call: &Call<'_>) -> Result<ReturnValue> {
    call.environment
        .with(call.key(0)?, |record| record.is_gatherable = true);
    Ok(ReturnValue::Undefined)
}

/// `reportPings(id, answers)`: delivers pings from now on. `answers` is whether they are answered, too.
pub(super) fn report_pings(call: &Call<'_>) -> Result<ReturnValue> {
    let answers = call.flag(1)?;
    call.environment.with(call.key(0)?, |record| {
        record.connection.report_pings(answers);
    });
    Ok(ReturnValue::Undefined)
}

/// `holdClose(id)`: has close frames wait for replies to the messages before them from now on.
pub(super) fn hold_close(call: &Call<'_>) -> Result<ReturnValue> {
    call.environment
        .with(call.key(0)?, |record| record.connection.hold_close());
    Ok(ReturnValue::Undefined)
}

/// `heldClose(id)`: returns code and reason of a close frame that waits for replies, or `undefined`.
pub(super) fn held_close(call: &Call<'_>) -> Result<ReturnValue> {
    let held = call.environment.with(call.key(0)?, |record| {
        let (code, reason) = record.connection.held_close()?;
        Some((code, reason.to_owned()))
    });
    held.flatten()
        .map_or(Ok(ReturnValue::Undefined), |frame| call.returns(frame))
}

/// `pushReceived(id, view)`: takes bytes as if the peer had sent them. JavaScript has to request a turn.
pub(super) fn push_received(call: &Call<'_>) -> Result<ReturnValue> {
    let environment = call.environment;
    let key = call.key(0)?;
    payload::view(environment.raw(), call.value(1), |bytes| {
        environment.with(key, |record| record.connection.push_received(bytes));
    })?;
    Ok(ReturnValue::Undefined)
}

/// `setTextsAsBytes(id, as_bytes)`: sets whether texts are delivered as their bytes.
pub(super) fn set_texts_as_bytes(call: &Call<'_>) -> Result<ReturnValue> {
    let as_bytes = call.flag(1)?;
    call.environment.with(call.key(0)?, |record| {
        record.texts_as_bytes = as_bytes;
    });
    Ok(ReturnValue::Undefined)
}

/// `copyBytes(id)`: JavaScript copies the bytes of messages when it walks their rows, so their memory is filled again.
pub(super) fn copy_bytes(call: &Call<'_>) -> Result<ReturnValue> {
    call.environment
        .with(call.key(0)?, |record| record.copies_bytes = true);
    Ok(ReturnValue::Undefined)
}

/// `setReading(id, reading)`: sets whether messages are delivered. Returns whether some have already arrived, which only
/// `turn` delivers.
pub(super) fn set_reading(call: &Call<'_>) -> Result<ReturnValue> {
    let reading = call.flag(1)?;
    let unfinished = call.environment.with(call.key(0)?, |record| {
        record.reading = reading;
        record.arm();
        let connection = &record.connection;
        reading && (connection.is_unfinished() || connection.is_decompressing() || connection.has_relayed())
    });
    call.returns(unfinished == Some(true))
}

/// `turn(id)`: delivers what has arrived and causes no event of the socket.
pub(super) fn turn(call: &Call<'_>) -> Result<ReturnValue> {
    event_loop::run_requested_turn(call.environment, call.key(0)?);
    Ok(ReturnValue::Undefined)
}

/// `receiveStream(id)`: delivers a message as it arrives: the one that is held or of which a part has arrived, or the next
/// one. Returns whether JavaScript has to request a turn.
pub(super) fn receive_stream(call: &Call<'_>) -> Result<ReturnValue> {
    decide(call, Connection::stream_message)
}

/// `skipMessage(id)`: drops the rest of the message that is held or is being delivered as it arrives, or withdraws
/// `receiveStream` if the message has not begun to be delivered. Returns whether JavaScript has to request a turn.
pub(super) fn skip_message(call: &Call<'_>) -> Result<ReturnValue> {
    decide(call, Connection::skip_message)
}

/// `refuseMessage(id)`: fails the connection because of the message that is held. Returns whether JavaScript has to request
/// a turn, which delivers the failure.
pub(super) fn refuse_message(call: &Call<'_>) -> Result<ReturnValue> {
    decide(call, Connection::refuse_message)
}

fn decide(call: &Call<'_>, decision: fn(&mut Connection) -> bool) -> Result<ReturnValue> {
    let is_due = call
        .environment
        .with(call.key(0)?, |record| record.decide(decision));
    call.returns(is_due == Some(true))
}

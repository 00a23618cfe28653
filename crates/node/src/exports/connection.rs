//! Functions that control or describe a connection.

use super::call::{Call, ReturnValue};
use super::send::GONE;
use crate::boundary::objects::{TlsSession, write_numbers};
use crate::environment::drivers::{closing, event_loop};
use crate::system::clock;
use napi::Result;
use std::time::Duration;

fn number_or_gone(number: Option<f64>) -> ReturnValue {
    number.map_or(GONE, ReturnValue::Number)
}

/// `close(id, code, reason)`: begins the closing handshake; code 0 sends no code. Returns 0, or -1 if the connection is
/// not open.
pub(super) fn close(call: &Call<'_>) -> Result<ReturnValue> {
    let (code, reason): (u32, String) = (call.integer(1)?, call.object(2)?);
    let frame = u16::try_from(code)
        .ok()
        .filter(|code| *code != 0)
        .map(|code| (code, reason.as_str()));
    let closed = call.environment.with(call.key(0)?, |record| {
        let closed = record.connection.close(frame);
        record.connection.flush();
        record.arm();
        closed
    });
    Ok(number_or_gone(
        closed.and_then(std::result::Result::ok).map(|()| 0.0),
    ))
}

/// `limitClose(id, milliseconds, holds)`: adds a row `CloseDue` if the connection has not ended by then; `holds` says whether
/// the loop stays alive meanwhile. Returns 0, or -1 if libuv does not watch the connection.
pub(super) fn limit_close(call: &Call<'_>) -> Result<ReturnValue> {
    let time = Duration::try_from_secs_f64(call.number(1)? / 1000.0).unwrap_or_default();
    let is_limited = closing::limit(call.environment, call.key(0)?, time, call.flag(2)?);
    Ok(number_or_gone(is_limited.then_some(0.0)))
}

/// `terminate(id)`: ends the connection without a close frame and without an event for JavaScript. What is held is
/// written as far as the kernel accepts it. Returns how many bytes that leaves unsent, or -1 if a write has failed or the
/// connection has ended.
#[allow(clippy::cast_precision_loss)]
pub(super) fn terminate(call: &Call<'_>) -> Result<ReturnValue> {
    let key = call.key(0)?;
    let unsent = call.environment.with(key, |record| {
        record.connection.flush();
        let unsent = record.connection.buffered() as f64;
        let has_failed = record.connection.has_write_failed();
        record.abort();
        (!has_failed).then_some(unsent)
    });
    call.environment.remove(key);
    Ok(number_or_gone(unsent.flatten()))
}

/// `setReferenced(id, referenced)`: sets whether the connection keeps the process alive.
pub(super) fn set_referenced(call: &Call<'_>) -> Result<ReturnValue> {
    let referenced = call.flag(1)?;
    call.environment.with(call.key(0)?, |record| {
        if let Some(handle) = &record.handle {
            handle.set_referenced(&record.connection, referenced);
        }
    });
    Ok(ReturnValue::Undefined)
}

/// `setTcpKeepalive(id, enabled, seconds)`: sets whether the kernel probes an idle TCP connection, and after which time; 0
/// leaves that as it is. What the system refuses is ignored, as by Node.
pub(super) fn set_tcp_keepalive(call: &Call<'_>) -> Result<ReturnValue> {
    let (enabled, seconds): (bool, u32) = (call.flag(1)?, call.integer(2)?);
    let delay = (seconds > 0).then(|| Duration::from_secs(seconds.into()));
    call.environment.with(call.key(0)?, |record| {
        record.connection.set_tcp_keepalive(enabled, delay).ok();
    });
    Ok(ReturnValue::Undefined)
}

/// `runKeepalive(id)`: runs the keepalive. Returns the milliseconds until it has to run again, -1 if it need not, or
/// `KEEPALIVE_PINGED`.
pub(super) fn run_keepalive(call: &Call<'_>) -> Result<ReturnValue> {
    let next = event_loop::run_keepalive(call.environment, call.key(0)?);
    Ok(ReturnValue::Number(next))
}

/// `buffered(id)`: returns the number of unsent bytes, or -1.
#[allow(clippy::cast_precision_loss)]
pub(super) fn buffered(call: &Call<'_>) -> Result<ReturnValue> {
    Ok(number_or_gone(call.environment.with(call.key(0)?, |record| {
        record.connection.buffered() as f64
    })))
}

/// `notifyFlushed(id)`: asks for a row `Drained` when nothing is unsent.
pub(super) fn notify_flushed(call: &Call<'_>) -> Result<ReturnValue> {
    call.environment.with(call.key(0)?, |record| {
        record.notify_flushed();
    });
    Ok(ReturnValue::Undefined)
}

/// `tlsSession(id)`: returns what TLS has agreed on, or `undefined` without TLS or a connection.
pub(super) fn tls_session(call: &Call<'_>) -> Result<ReturnValue> {
    let session = call
        .environment
        .with(call.key(0)?, |record| record.connection.tls_session());
    session.flatten().map_or(Ok(ReturnValue::Undefined), |session| {
        call.returns(TlsSession::from(session))
    })
}

/// `counters(id, values)`: writes the counters of a connection to a `Float64Array`. Returns 0, or -1 if they are not known.
///
/// The values: messages sent and received, bytes sent and received, reads, writes, replies that busy-polling has found and
/// not found, and the milliseconds since a message was last sent and since bytes were last received, which are NaN before
/// the first.
#[allow(clippy::cast_precision_loss)]
pub(super) fn counters(call: &Call<'_>) -> Result<ReturnValue> {
    let Some(stats) = call.environment.stats(call.key(0)?) else {
        return Ok(GONE);
    };
    let now = clock::coarse();
    let since =
        |at: Option<Duration>| at.map_or(f64::NAN, |at| now.saturating_sub(at).as_secs_f64() * 1000.0);
    let counters = stats.counters;
    let counts = [
        counters.messages_sent,
        counters.messages_received,
        counters.bytes_sent,
        counters.bytes_received,
        counters.reads,
        counters.writes,
        counters.busy_poll_hits,
        counters.busy_poll_misses,
    ]
    .map(|count| count as f64);
    let times = [since(stats.last_sent), since(stats.last_received)];
    write_numbers(
        call.environment.raw(),
        call.value(1),
        counts.into_iter().chain(times),
    )?;
    Ok(ReturnValue::Number(0.0))
}

//! Functions of streams that JavaScript carries.

use super::call::{Call, ReturnValue};
use super::connect::to_options;
use crate::boundary::objects::{Failure, Opened, bytes};
use crate::boundary::payload;
use crate::boundary::request::{ConnectRequest, UpgradedRequest};
use crate::environment::drivers::relay;
use crate::environment::{Driver, connecting};
use crate::slots::Key;
use napi::Result;
use napi::bindgen_prelude::Either;
use std::net::{IpAddr, SocketAddr};
use websocket_rs_client::connect::open_over as client_open_over;
use websocket_rs_client::{Addresses, Error, RelayError};

/// Reads an address and a port, as Node spells them.
fn address(host: &str, port: &str) -> Option<SocketAddr> {
    Some(SocketAddr::new(host.parse::<IpAddr>().ok()?, port.parse().ok()?))
}

/// Reads the local and the remote address of a stream. A Unix socket has none.
fn addresses(texts: &[String]) -> Option<Addresses> {
    let [local, local_port, remote, remote_port] = texts else {
        return None;
    };
    address(local, local_port).zip(address(remote, remote_port))
}

fn relay_error(call: &Call<'_>, code: usize) -> Result<Option<RelayError>> {
    if call.is_undefined(code)? {
        return Ok(None);
    }
    Ok(Some(RelayError {
        code: call.object(code)?,
        message: call.object(code + 1)?,
    }))
}

/// `openRelay(addresses, descriptor)`: makes a stream that JavaScript carries, of which the local address and port and the remote address
/// and port are given, and the descriptor of its socket if it has one, or else -1. Returns its number, or -1 if there is none left.
pub(super) fn open_relay(call: &Call<'_>) -> Result<ReturnValue> {
    let texts: Vec<String> = call.object(0)?;
    #[allow(clippy::cast_possible_truncation)] // Descriptors are small.
    let descriptor = call.number(1)? as i32;
    let key = call.environment.open_relay(addresses(&texts), descriptor)?;
    Ok(ReturnValue::Number(key.map_or(-1.0, Key::to_number)))
}

/// `finishOpen(token, code?, message?, relay?)`: passes the result of `open` to a connect: an error, a stream, or nothing
/// for TLS.
pub(super) fn finish_open(call: &Call<'_>) -> Result<ReturnValue> {
    let stream = if call.is_undefined(3)? {
        None
    } else {
        call.environment.take_stream(call.key(3)?)
    };
    let result = relay_error(call, 1)?.map_or(Ok(stream), Err);
    connecting::finish_open(call.environment, call.integer(0)?, result);
    Ok(ReturnValue::Undefined)
}

/// `openOver(request, upgraded)`: opens a connection over a stream on which JavaScript has performed the opening handshake.
/// Returns the connection, or a failure.
pub(super) fn open_over(call: &Call<'_>) -> Result<ReturnValue> {
    let (request, upgraded): (ConnectRequest, UpgradedRequest) = (call.object(0)?, call.object(1)?);
    let mark = bytes(request.high_water_mark);
    let failed = |error: &Error| call.returns(Either::<Failure, Opened>::A(error.into()));
    let options = match to_options(call.environment, request) {
        Ok(options) => options,
        Err(error) => return failed(&error),
    };
    let Some(stream) = call.environment.take_stream(Key::from_number(upgraded.relay)) else {
        return Err(napi::Error::from_reason("the stream has a connection already"));
    };
    let mut connection = match client_open_over(&options, stream, upgraded.into_response()) {
        Ok(connection) => connection,
        Err(error) => return failed(&error),
    };
    let opened = Opened::new(&mut connection);
    let Some(key) = call.environment.adopt(connection, mark, Driver::Loop) else {
        return Err(napi::Error::from_reason("websocket-rs is closed on this thread"));
    };
    call.returns(Either::<Failure, Opened>::B(opened.with_id(key)))
}

/// `relayRead(relay, bytes)`: takes bytes that a stream has brought. `relayTurn` delivers them.
pub(super) fn relay_read(call: &Call<'_>) -> Result<ReturnValue> {
    let key = call.key(0)?;
    payload::view(call.environment.raw(), call.value(1), |bytes| {
        relay::handle_read(call.environment, key, bytes);
    })?;
    Ok(ReturnValue::Undefined)
}

/// `relayEnd(relay, destroyed, code?, message?)`: notes that a stream has ended, or has failed. If it is destroyed, it
/// writes nothing either. `relayTurn` delivers that.
pub(super) fn relay_end(call: &Call<'_>) -> Result<ReturnValue> {
    let error = relay_error(call, 2)?;
    relay::handle_end(call.environment, call.key(0)?, call.flag(1)?, error);
    Ok(ReturnValue::Undefined)
}

/// `relayWritten(relay, unsent)`: notes how many bytes a stream has not written. Returns whether `relayTurn` is due.
pub(super) fn relay_written(call: &Call<'_>) -> Result<ReturnValue> {
    let unsent = bytes(call.number(1)?);
    call.returns(relay::handle_written(call.environment, call.key(0)?, unsent))
}

/// `relayTurn(relay, reads, ended)`: runs a turn of the connection that reads the stream.
pub(super) fn relay_turn(call: &Call<'_>) -> Result<ReturnValue> {
    relay::run_turn(call.environment, call.key(0)?, call.flag(1)?, call.flag(2)?);
    Ok(ReturnValue::Undefined)
}

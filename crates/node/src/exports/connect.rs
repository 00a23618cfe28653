//! Functions that open connections.

use super::call::{Call, ReturnValue};
use crate::boundary::interrupt::BlockedCall;
use crate::boundary::lookup::lookup_result;
use crate::boundary::objects::{Failure, Opened, bytes};
use crate::boundary::reference::Reference;
use crate::boundary::request::ConnectRequest;
use crate::environment::connecting::Functions;
use crate::environment::{Driver, Environment, connecting};
use napi::Result;
use napi::bindgen_prelude::Either;
use std::rc::Rc;
use websocket_rs_client::{ConnectOptions, Error};

/// `trust(pem)`: sets the root certificates that Node trusts.
pub(super) fn trust(call: &Call<'_>) -> Result<ReturnValue> {
    call.environment.trusts.set_node(call.object(0)?);
    call.environment.last_request.forget();
    Ok(ReturnValue::Undefined)
}

pub(super) fn to_options(
    environment: &Environment,
    request: ConnectRequest,
) -> std::result::Result<ConnectOptions, Error> {
    request.into_options(|ca| environment.trusts.find(ca))
}

/// `connect(request, settle, lookup?, open?, takesNames?, requestNumber?)`: starts a connect. Returns a token for `cancel`,
/// or a failure. Requests with the same number, unless it is 0, are equal.
pub(super) fn connect(call: &Call<'_>) -> Result<ReturnValue> {
    match read_request(call)? {
        Err(error) => call.returns(Failure::from(&error)),
        Ok((options, mark)) => {
            let functions = Functions {
                settle: Rc::new(function(call, 1)?),
                lookup: optional_function(call, 2)?,
                open: optional_function(call, 3)?,
                takes_names: !call.is_undefined(4)? && call.flag(4)?,
            };
            match connecting::start(call.environment, options, mark, functions)? {
                Ok(token) => Ok(ReturnValue::Number(token.into())),
                Err(error) => call.returns(Failure::from(&error)),
            }
        }
    }
}

/// Returns the options of a request and its high-water mark. A property takes longer to read from JavaScript than the
/// whole of the options to copy.
fn read_request(call: &Call<'_>) -> Result<std::result::Result<(ConnectOptions, usize), Error>> {
    let number = if call.is_undefined(5)? {
        0
    } else {
        call.integer(5)?
    };
    let last = &call.environment.last_request;
    if let Some(known) = last.find(number) {
        return Ok(Ok(known));
    }
    let request: ConnectRequest = call.object(0)?;
    let mark = bytes(request.high_water_mark);
    let options = to_options(call.environment, request);
    if let Ok(options) = &options {
        last.keep(number, options, mark);
    }
    Ok(options.map(|options| (options, mark)))
}

/// Refers to a function that is an argument.
fn function(call: &Call<'_>, index: usize) -> Result<Reference> {
    // SAFETY: an argument of the running call.
    unsafe { Reference::new(call.environment.raw(), call.value(index)) }
}

fn optional_function(call: &Call<'_>, index: usize) -> Result<Option<Rc<Reference>>> {
    if call.is_undefined(index)? {
        return Ok(None);
    }
    function(call, index).map(Rc::new).map(Some)
}

/// `finishLookup(token, addresses, problem?)`: passes the result of `lookup` to a connect.
pub(super) fn finish_lookup(call: &Call<'_>) -> Result<ReturnValue> {
    let result = lookup_result(call.object(1)?, call.object(2)?);
    connecting::finish_lookup(call.environment, call.integer(0)?, result);
    Ok(ReturnValue::Undefined)
}

/// `cancel(token)`: aborts a connect.
pub(super) fn cancel(call: &Call<'_>) -> Result<ReturnValue> {
    connecting::cancel(call.environment, call.integer(0)?);
    Ok(ReturnValue::Undefined)
}

/// `connectSync(request, signals, lookup?)`: connects and waits. Returns the connection, a failure, or undefined if the
/// call was interrupted.
pub(super) fn connect_sync(call: &Call<'_>) -> Result<ReturnValue> {
    let request: ConnectRequest = call.object(0)?;
    let mark = bytes(request.high_water_mark);
    let failed = |error: &Error| call.returns(Either::<Failure, Opened>::A(error.into()));
    let options = match to_options(call.environment, request) {
        Ok(options) => options,
        Err(error) => return failed(&error),
    };
    call.environment.finish_jobs();
    let raw = call.environment.raw();
    let blocked = BlockedCall::new(raw, call.integer(1)?);
    match connecting::connect_blocking(raw, options, call.optional(2)?, &blocked)? {
        None => Ok(ReturnValue::Undefined),
        Some(Err(error)) => failed(&error),
        Some(Ok(mut connection)) => {
            let opened = Opened::new(&mut connection);
            let Some(key) = call.environment.adopt(connection, mark, Driver::Blocking) else {
                return Err(napi::Error::from_reason(
                    "the socket was closed before the connection could be used",
                ));
            };
            call.returns(Either::<Failure, Opened>::B(opened.with_id(key)))
        }
    }
}

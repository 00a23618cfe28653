//! A connect of the blocking API: the calling thread waits for Tokio.

use super::unstartable::unstartable;
use crate::boundary::interrupt::BlockedCall;
use crate::boundary::invoke::call_function;
use crate::boundary::lookup::{JavaScriptLookup, LookupRequest, lookup_result};
use crate::environment::state::{ConnectEvent, ConnectResult};
use napi::bindgen_prelude::{Either, FromNapiValue};
use napi::{Result, sys};
use std::sync::{Arc, mpsc};
use websocket_rs_client::blocking::{Interrupt, SLICE};
use websocket_rs_client::{ConnectOptions, connect, runtime};

/// Connects on Tokio and waits for the result. Calls `lookup`, if given, for each name in between. Returns `None` if the
/// call is interrupted.
pub(crate) fn connect_blocking(
    raw: sys::napi_env,
    mut options: ConnectOptions,
    lookup: Option<sys::napi_value>,
    blocked: &BlockedCall,
) -> Result<Option<ConnectResult>> {
    if blocked.is_signalled() {
        return Ok(None);
    }
    let (sender, receiver) = mpsc::channel();
    if lookup.is_some() {
        let sender = sender.clone();
        // Fails if the call was interrupted, and then the request is dropped.
        let send = move |request| drop(sender.send(ConnectEvent::Lookup(request)));
        options.lookup = Some(Arc::new(JavaScriptLookup::new(send)));
    }
    let handle = match runtime::handle() {
        Ok(handle) => handle,
        Err(error) => return Ok(Some(Err(unstartable(error)))),
    };
    let task = handle.spawn(async move {
        // Fails if the call was interrupted, and then the connection is dropped.
        let _ = sender.send(ConnectEvent::Finished(connect::connect(options).await));
    });
    let result = wait(raw, &receiver, lookup, blocked)?;
    if result.is_none() {
        task.abort();
    }
    Ok(result)
}

/// Waits for the result of a connect, and looks up names meanwhile. Returns `None` if the call is interrupted.
fn wait(
    raw: sys::napi_env,
    receiver: &mpsc::Receiver<ConnectEvent>,
    lookup: Option<sys::napi_value>,
    blocked: &BlockedCall,
) -> Result<Option<ConnectResult>> {
    loop {
        match receiver.recv_timeout(SLICE) {
            Ok(ConnectEvent::Finished(result)) => return Ok(Some(result)),
            // Only connects of the promise API have an opener.
            Ok(ConnectEvent::Open(_)) => {}
            Ok(ConnectEvent::Lookup(request)) => {
                if let Some(lookup) = lookup {
                    look_up(raw, lookup, request)?;
                }
                // A signal that has interrupted a blocked call within `lookup` interrupts this one too.
                if blocked.is_signalled() {
                    return Ok(None);
                }
            }
            Err(mpsc::RecvTimeoutError::Timeout) if !blocked.is_raised() => {}
            Err(mpsc::RecvTimeoutError::Timeout) => return Ok(None),
            Err(error) => return Err(napi::Error::from_reason(error.to_string())),
        }
    }
}

/// Calls `lookup(host, family)`, which returns addresses, or a text that says why there are none.
fn look_up(raw: sys::napi_env, lookup: sys::napi_value, request: LookupRequest) -> Result<()> {
    let (arguments, reply) = request.into_arguments(raw)?;
    let found = call_function(raw, lookup, &arguments)?;
    // SAFETY: `found` was just returned in the running call.
    let found = unsafe { Either::<Vec<String>, String>::from_napi_value(raw, found) }?;
    let result = match found {
        Either::A(addresses) => lookup_result(addresses, None),
        Either::B(problem) => lookup_result(Vec::new(), Some(problem)),
    };
    // Fails if the connect has ended, for example by its time limit.
    let _ = reply.send(result);
    Ok(())
}

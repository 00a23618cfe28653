//! Reports of a connect of the promise API, on the JavaScript thread.

use crate::boundary::failure::encode_failure;
use crate::boundary::invoke::{make_callback, report_exception, undefined};
use crate::boundary::lookup::LookupRequest;
use crate::boundary::objects::Opened;
use crate::boundary::opener::OpenRequest;
use crate::boundary::reference::Reference;
use crate::boundary::threadsafe::Receive;
use crate::environment::Driver;
use crate::environment::drivers::event_loop;
use crate::environment::state::{ConnectEvent, ConnectResult, Environment, Report};
use crate::slots::Key;
use napi::Result;
use napi::bindgen_prelude::ToNapiValue;
use std::rc::Rc;
use websocket_rs_client::{Error, ErrorKind, Phase};

impl Receive<Report> for Environment {
    fn receive(self: &Rc<Self>, Report { token, event }: Report) {
        self.enter(|environment| match event {
            ConnectEvent::Finished(result) => finish(environment, token, result),
            // Fails only if JavaScript no longer runs, and then the result is not needed.
            ConnectEvent::Lookup(request) => drop(look_up(environment, token, request)),
            ConnectEvent::Open(request) => drop(open(environment, token, request)),
        });
    }
}

fn finish(environment: &Rc<Environment>, token: u32, result: ConnectResult) {
    let pending = environment.pending.remove(environment.raw(), token);
    environment.release_if_idle();
    let Some(pending) = pending else {
        return;
    };
    let adopted = adopt(environment, result, pending.high_water_mark, Driver::Loop);
    settle(environment, &pending.settle, adopted);
}

/// Calls the function of a connect that has ended, and then runs a turn.
pub(super) fn settle(environment: &Rc<Environment>, function: &Reference, adopted: Adopted) {
    let key = adopted.as_ref().ok().map(|(key, _)| *key);
    // Fails if a listener of the program has thrown, or if JavaScript no longer runs.
    let runs = call_settle(environment, function, adopted).is_ok() || report_exception(environment.raw());
    if let (true, Some(key)) = (runs, key) {
        // Messages may have arrived together with the upgrade response.
        event_loop::run_turn(environment, key);
    }
}

/// An open connection that has entered the environment, or why there is none.
pub(super) type Adopted = std::result::Result<(Key, Opened), Error>;

/// Adds the connection that a connect has opened to the environment.
pub(super) fn adopt(
    environment: &Rc<Environment>,
    result: ConnectResult,
    high_water_mark: usize,
    driver: Driver,
) -> Adopted {
    let mut connection = result?;
    let opened = Opened::new(&mut connection);
    let Some(key) = environment.adopt(connection, high_water_mark, driver) else {
        let refused = std::io::Error::other("libuv has refused the socket");
        return Err(Error::new(Phase::Open, ErrorKind::Io(refused)));
    };
    Ok((key, opened.with_id(key)))
}

fn call_settle(environment: &Environment, settle: &Reference, adopted: Adopted) -> Result<()> {
    let raw = environment.raw();
    match adopted {
        Ok((_, Opened { id, description })) => {
            // SAFETY: on the environment's thread with a handle scope open.
            let arguments = unsafe {
                [
                    f64::to_napi_value(raw, id)?,
                    String::to_napi_value(raw, description)?,
                ]
            };
            make_callback(raw, settle.get()?, &arguments)
        }
        Err(failure) => {
            let failure = encode_failure(raw, Some(&failure))?;
            let missing = undefined(raw);
            make_callback(raw, settle.get()?, &[missing, missing, failure])
        }
    }
    .map(drop)
}

/// Calls JavaScript to look up a name. It passes the result to `finish_lookup`, at once or later.
fn look_up(environment: &Environment, token: u32, request: LookupRequest) -> Result<()> {
    let raw = environment.raw();
    let (arguments, reply) = request.into_arguments(raw)?;
    match environment.pending.begin_lookup(token, reply) {
        Some(lookup) => make_callback(raw, lookup.get()?, &arguments).map(drop),
        None => Ok(()),
    }
}

/// Calls JavaScript to open a stream, or to secure one. It passes the result to `finishOpen`, at once or later.
fn open(environment: &Environment, token: u32, request: OpenRequest) -> Result<()> {
    let raw = environment.raw();
    let (arguments, reply) = request.into_arguments(raw)?;
    match environment.pending.begin_open(token, reply) {
        Some(open) => make_callback(raw, open.get()?, &arguments).map(drop),
        None => Ok(()),
    }
}

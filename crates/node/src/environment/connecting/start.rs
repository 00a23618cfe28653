//! Starting and cancelling a connect of the promise API.

use super::on_loop;
use super::reports::reports;
use super::unstartable::unstartable;
use crate::boundary::lookup::{JavaScriptLookup, LookupResult};
use crate::boundary::opener::{JavaScriptOpener, OpenResult};
use crate::boundary::reference::Reference;
use crate::environment::state::{ConnectEvent, Environment, PendingConnect, Report, Task};
use napi::Result;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use websocket_rs_client::{ConnectOptions, Error, connect, runtime};

/// The JavaScript functions of a connect.
pub(crate) struct Functions {
    /// `settle(id, description, failure)`, called when the connect has ended.
    pub(crate) settle: Rc<Reference>,
    /// `lookup(host, family)`, called for each name.
    pub(crate) lookup: Option<Rc<Reference>>,
    /// `open(kind, host, port, relay, addresses)`, called for each stream and for TLS over it.
    pub(crate) open: Option<Rc<Reference>>,
    /// Whether `open` takes hosts without their addresses.
    pub(crate) takes_names: bool,
}

/// Starts a connect. Returns a token for [`cancel`], or the reason why the connect cannot start.
pub(crate) fn start(
    environment: &Rc<Environment>,
    options: ConnectOptions,
    high_water_mark: usize,
    functions: Functions,
) -> Result<std::result::Result<u32, Error>> {
    environment.hold()?;
    let started = spawn(environment, options, high_water_mark, functions);
    environment.release_if_idle();
    Ok(started.map_err(unstartable))
}

fn spawn(
    environment: &Rc<Environment>,
    options: ConnectOptions,
    high_water_mark: usize,
    functions: Functions,
) -> io::Result<u32> {
    let mut options = Box::new(options);
    // A redirect may lead to a name, which only `lookup` may resolve.
    let may_look_up = functions.lookup.is_some() && options.max_redirects > 0;
    if functions.open.is_none() && !may_look_up {
        match on_loop::begin(environment, options, high_water_mark, functions.settle.clone()) {
            Ok(token) => return Ok(token),
            Err(returned) => options = returned,
        }
    }
    spawn_on_tokio(environment, options, high_water_mark, functions)
}

fn spawn_on_tokio(
    environment: &Rc<Environment>,
    mut options: Box<ConnectOptions>,
    high_water_mark: usize,
    Functions {
        settle,
        lookup,
        open,
        takes_names,
    }: Functions,
) -> io::Result<u32> {
    let reports = reports(environment)?;
    let token = environment.pending.new_token();
    if lookup.is_some() {
        let reports = reports.clone();
        let send = move |request| {
            let event = ConnectEvent::Lookup(request);
            reports.send(Report { token, event });
        };
        options.lookup = Some(Arc::new(JavaScriptLookup::new(send)));
    }
    if open.is_some() {
        let reports = reports.clone();
        let send = move |request| {
            let event = ConnectEvent::Open(request);
            reports.send(Report { token, event });
        };
        options.opener = Some(Arc::new(JavaScriptOpener::new(takes_names, send)));
    }
    let task = runtime::handle()?.spawn(async move {
        let event = ConnectEvent::Finished(connect::connect(*options).await);
        reports.send(Report { token, event });
    });
    let pending = PendingConnect {
        lookup,
        open,
        ..PendingConnect::new(Task::Tokio(task.abort_handle()), high_water_mark, settle)
    };
    environment.pending.add(environment.raw(), token, pending);
    Ok(token)
}

/// Aborts a connect in any phase. It reports nothing more.
pub(crate) fn cancel(environment: &Environment, token: u32) {
    if let Some(pending) = environment.pending.remove(environment.raw(), token) {
        pending.task.abort();
    }
    environment.release_if_idle();
}

/// Passes the result of a lookup to its connect. Does nothing if the connect is no longer pending.
pub(crate) fn finish_lookup(environment: &Environment, token: u32, result: LookupResult) {
    environment.pending.finish_lookup(token, result);
}

/// Passes the result of a step of opening a stream to its connect. Drops it if the connect is no longer pending.
pub(crate) fn finish_open(environment: &Environment, token: u32, result: OpenResult) {
    environment.pending.finish_open(token, result);
}

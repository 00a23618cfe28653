//! Connects that have not ended: on Tokio, from which they report to the JavaScript thread, or on the event loop.

use super::deadlines::Deadlines;
use super::loop_connect::LoopConnect;
use crate::boundary::lookup::{LookupRequest, LookupResult};
use crate::boundary::opener::{OpenRequest, OpenResult};
use crate::boundary::reference::Reference;
use crate::boundary::threadsafe::ThreadsafeFunction;
use napi::{Result, sys};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Instant;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use websocket_rs_client::{Connection, Error};

pub(crate) type ConnectResult = std::result::Result<Connection, Error>;

/// What a connect reports to the JavaScript thread.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) token: u32,
    pub(crate) event: ConnectEvent,
}

/// An event of a connect.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // It is boxed, and nearly always the large one.
pub(crate) enum ConnectEvent {
    /// The connect has ended.
    Finished(ConnectResult),
    /// The connect needs the addresses of a name.
    Lookup(LookupRequest),
    /// The connect needs a stream, or TLS over one.
    Open(OpenRequest),
}

/// What runs a connect.
#[derive(Debug)]
pub(crate) enum Task {
    /// A task of Tokio.
    Tokio(AbortHandle),
    /// The event loop.
    Loop(Box<LoopConnect>),
}

impl Task {
    fn is_of_tokio(&self) -> bool {
        matches!(self, Self::Tokio(_))
    }

    /// Ends the connect in any phase.
    pub(crate) fn abort(self) {
        match self {
            Self::Tokio(task) => task.abort(),
            Self::Loop(connect) => drop(connect),
        }
    }
}

/// A connect that has not ended.
#[derive(Debug)]
pub(crate) struct PendingConnect {
    pub(crate) task: Task,
    pub(crate) high_water_mark: usize,
    pub(crate) settle: Rc<Reference>,
    pub(crate) lookup: Option<Rc<Reference>>,
    /// Where the result of `lookup` goes.
    pub(crate) lookup_reply: Option<oneshot::Sender<LookupResult>>,
    pub(crate) open: Option<Rc<Reference>>,
    /// Where the result of `open` goes.
    pub(crate) open_reply: Option<oneshot::Sender<OpenResult>>,
}

impl PendingConnect {
    /// Returns a connect that calls no function of JavaScript but `settle`.
    pub(crate) fn new(task: Task, high_water_mark: usize, settle: Rc<Reference>) -> Self {
        Self {
            task,
            high_water_mark,
            settle,
            lookup: None,
            lookup_reply: None,
            open: None,
            open_reply: None,
        }
    }
}

/// The pending connects of one environment. The function by which those on Tokio report is made with the first one, and
/// keeps the loop alive only while one is pending, so that a program without other work can exit.
#[derive(Debug, Default)]
pub(crate) struct PendingConnects {
    connects: RefCell<HashMap<u32, PendingConnect>>,
    last_token: Cell<u32>,
    /// How many of the connects run on Tokio.
    on_tokio: Cell<usize>,
    pub(crate) deadlines: Deadlines,
    reports: RefCell<Option<ThreadsafeFunction<Report>>>,
}

impl PendingConnects {
    pub(crate) fn is_empty(&self) -> bool {
        self.connects.borrow().is_empty()
    }

    /// Returns a token for the next connect.
    pub(crate) fn new_token(&self) -> u32 {
        let token = self.last_token.get().wrapping_add(1);
        self.last_token.set(token);
        token
    }

    /// Returns the function by which connects on Tokio report, made by `make` if there is none.
    pub(crate) fn reports(
        &self,
        make: impl FnOnce() -> Result<ThreadsafeFunction<Report>>,
    ) -> Result<ThreadsafeFunction<Report>> {
        if let Some(reports) = &*self.reports.borrow() {
            return Ok(reports.clone());
        }
        let reports = make()?;
        *self.reports.borrow_mut() = Some(reports.clone());
        Ok(reports)
    }

    /// Adds a connect. The first on Tokio keeps the loop alive.
    pub(crate) fn add(&self, raw: sys::napi_env, token: u32, pending: PendingConnect) {
        if pending.task.is_of_tokio() {
            self.count_on_tokio(raw, self.on_tokio.get() + 1);
        }
        self.connects.borrow_mut().insert(token, pending);
    }

    /// Removes a connect. The last on Tokio no longer keeps the loop alive.
    pub(crate) fn remove(&self, raw: sys::napi_env, token: u32) -> Option<PendingConnect> {
        let pending = self.connects.borrow_mut().remove(&token)?;
        if pending.task.is_of_tokio() {
            self.count_on_tokio(raw, self.on_tokio.get().saturating_sub(1));
        }
        Some(pending)
    }

    fn count_on_tokio(&self, raw: sys::napi_env, count: usize) {
        let had_none = self.on_tokio.replace(count) == 0;
        if had_none != (count == 0)
            && let Some(reports) = &*self.reports.borrow()
        {
            reports.set_referenced(raw, had_none);
        }
    }

    /// Runs `run` with a connect on the event loop. Returns `None` if it is no longer pending.
    pub(crate) fn with_loop_connect<T>(
        &self,
        token: u32,
        run: impl FnOnce(&mut LoopConnect) -> T,
    ) -> Option<T> {
        match &mut self.connects.borrow_mut().get_mut(&token)?.task {
            Task::Loop(connect) => Some(run(connect)),
            Task::Tokio(_) => None,
        }
    }

    /// Returns the deadlines of all connects on the event loop.
    pub(crate) fn loop_deadlines(&self) -> Vec<(u32, Instant)> {
        let connects = self.connects.borrow();
        let deadline = |(token, pending): (&u32, &PendingConnect)| match &pending.task {
            Task::Loop(connect) => Some((*token, connect.deadline?)),
            Task::Tokio(_) => None,
        };
        connects.iter().filter_map(deadline).collect()
    }

    /// Stores where the result of a lookup goes, and returns the `lookup` function. Returns `None` if the connect is no
    /// longer pending.
    pub(crate) fn begin_lookup(
        &self,
        token: u32,
        reply: oneshot::Sender<LookupResult>,
    ) -> Option<Rc<Reference>> {
        let mut connects = self.connects.borrow_mut();
        let pending = connects.get_mut(&token)?;
        pending.lookup_reply = Some(reply);
        pending.lookup.clone()
    }

    /// Passes the result of a lookup to its connect. Does nothing if the connect is no longer pending.
    pub(crate) fn finish_lookup(&self, token: u32, result: LookupResult) {
        let mut connects = self.connects.borrow_mut();
        let reply = connects
            .get_mut(&token)
            .and_then(|pending| pending.lookup_reply.take());
        if let Some(reply) = reply {
            // Fails if the connect has ended, for example by its time limit.
            let _ = reply.send(result);
        }
    }

    /// Stores where the result of a step of opening a stream goes, and returns the `open` function. Returns `None` if the
    /// connect is no longer pending.
    pub(crate) fn begin_open(&self, token: u32, reply: oneshot::Sender<OpenResult>) -> Option<Rc<Reference>> {
        let mut connects = self.connects.borrow_mut();
        let pending = connects.get_mut(&token)?;
        pending.open_reply = Some(reply);
        pending.open.clone()
    }

    /// Passes the result of a step to its connect. Drops it if the connect is no longer pending.
    pub(crate) fn finish_open(&self, token: u32, result: OpenResult) {
        let mut connects = self.connects.borrow_mut();
        let reply = connects
            .get_mut(&token)
            .and_then(|pending| pending.open_reply.take());
        if let Some(reply) = reply {
            // Fails if the connect has ended, for example by its time limit. That closes the stream.
            let _ = reply.send(result);
        }
    }

    /// Aborts all connects.
    pub(crate) fn close(&self) {
        for (_, pending) in self.connects.borrow_mut().drain() {
            pending.task.abort();
        }
        if let Some(reports) = self.reports.borrow_mut().take() {
            reports.close();
        }
        self.deadlines.close();
    }
}

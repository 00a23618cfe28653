//! Connects that are under way on Tokio, and their way back to the environment that asked.
//!
//! The line is made with the first connect and referenced only while one is pending, so that a finished
//! program can exit.

mod blocking;
mod line;
mod lookup;

pub(crate) use blocking::wait_for_connect;
pub(crate) use lookup::to_answer;

use crate::boundary::failure::encode_failure;
use crate::boundary::objects::{Opened, bytes};
use crate::boundary::reference::Reference;
use crate::delivery::global;
use crate::drivers::event_loop;
use crate::environment::Environment;
use crate::slots::Key;
use line::Line;
use lookup::{Answer, Asking, Question};
use napi::bindgen_prelude::ToNapiValue;
use napi::{Result, check_status, sys};
use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::ptr;
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use websocket_rs_client::{ConnectOptions, Connection, Error, ErrorKind, Phase, connect, runtime};

pub(crate) type Outcome = std::result::Result<Connection, Error>;

/// What a connect has to say to JavaScript.
struct Report {
    token: u32,
    content: Content,
}

#[allow(clippy::large_enum_variant)] // It is boxed, and nearly always the large one.
enum Content {
    /// It is done.
    Finished(Outcome),
    /// It wants a name resolved.
    Question(Question),
}

#[derive(Debug)]
struct Pending {
    task: AbortHandle,
    high_water_mark: usize,
    settle: Rc<Reference>,
    lookup: Option<Rc<Reference>>,
    /// Who waits for what `lookup` finds.
    asking: Option<oneshot::Sender<Answer>>,
}

/// The connects of one environment.
#[derive(Debug, Default)]
pub(crate) struct Connecting {
    pending: RefCell<HashMap<u32, Pending>>,
    next_token: RefCell<u32>,
    line: RefCell<Option<Line>>,
}

impl Connecting {
    /// Starts a connect; `settle(opened, failure)` is called when it is done, `lookup(host, family)` for
    /// each name. The answer is a token to cancel it by, or why there is nothing to connect with.
    pub(crate) fn start(
        environment: &Rc<Environment>,
        options: ConnectOptions,
        high_water_mark: f64,
        settle: Rc<Reference>,
        lookup: Option<Rc<Reference>>,
    ) -> Result<std::result::Result<u32, Error>> {
        environment.hold()?;
        let started = Self::spawn(environment, options, high_water_mark, settle, lookup);
        environment.release_if_idle();
        Ok(started.map_err(unstartable))
    }

    fn spawn(
        environment: &Rc<Environment>,
        mut options: ConnectOptions,
        high_water_mark: f64,
        settle: Rc<Reference>,
        lookup: Option<Rc<Reference>>,
    ) -> io::Result<u32> {
        let this = &environment.connecting;
        let line = this.line(environment).map_err(refused)?;
        let token = this.new_token();
        if lookup.is_some() {
            let line = line.clone();
            let ask = move |question| {
                let content = Content::Question(question);
                line.send(Report { token, content });
            };
            options.lookup = Some(Arc::new(Asking::new(ask)));
        }
        let handle = runtime::handle()?;
        let back = line.clone();
        let task = handle.spawn(async move {
            let content = Content::Finished(connect::connect(options).await);
            back.send(Report { token, content });
        });
        let pending = Pending {
            task: task.abort_handle(),
            high_water_mark: bytes(high_water_mark),
            settle,
            lookup,
            asking: None,
        };
        let mut all = this.pending.borrow_mut();
        if all.is_empty() {
            line.set_referenced(environment.raw(), true);
        }
        all.insert(token, pending);
        Ok(token)
    }

    /// Stops a connect, wherever it is; JavaScript hears no more of it.
    pub(crate) fn cancel(environment: &Environment, token: u32) {
        if let Some(pending) = Self::forget(environment, token) {
            pending.task.abort();
        }
    }

    /// What `lookup` found; of interest only to a connect that is still under way.
    pub(crate) fn answer(&self, token: u32, answer: Answer) {
        let mut all = self.pending.borrow_mut();
        let asking = all.get_mut(&token).and_then(|pending| pending.asking.take());
        if let Some(asking) = asking {
            // The connect may have run out of time.
            let _ = asking.send(answer);
        }
    }

    /// Whether none is under way.
    pub(crate) fn is_empty(&self) -> bool {
        self.pending.borrow().is_empty()
    }

    fn forget(environment: &Environment, token: u32) -> Option<Pending> {
        let this = &environment.connecting;
        let pending = this.pending.borrow_mut().remove(&token);
        if this.is_empty()
            && let Some(line) = &*this.line.borrow()
        {
            line.set_referenced(environment.raw(), false);
        }
        environment.release_if_idle();
        pending
    }

    fn new_token(&self) -> u32 {
        let mut next = self.next_token.borrow_mut();
        *next = next.wrapping_add(1);
        *next
    }

    fn line(&self, environment: &Rc<Environment>) -> Result<Line> {
        if let Some(line) = &*self.line.borrow() {
            return Ok(line.clone());
        }
        let line = Line::open(environment)?;
        *self.line.borrow_mut() = Some(line.clone());
        Ok(line)
    }

    /// The environment ends: everything under way is dropped.
    pub(crate) fn close(&self) {
        for (_, pending) in self.pending.borrow_mut().drain() {
            pending.task.abort();
        }
        if let Some(line) = self.line.borrow_mut().take() {
            line.close();
        }
    }
}

/// The error of a connect that has nothing to run on.
fn unstartable(source: io::Error) -> Error {
    Error::new(Phase::Dial, ErrorKind::Start(source))
}

/// Node refuses a threadsafe function only if it runs out of something.
#[allow(clippy::needless_pass_by_value)] // For `map_err`.
fn refused(error: napi::Error) -> io::Error {
    io::Error::new(
        io::ErrorKind::OutOfMemory,
        format!("no threadsafe function: {}", error.status),
    )
}

/// A report has reached the environment's thread.
fn handle_report(environment: &Rc<Environment>, Report { token, content }: Report) {
    match content {
        Content::Finished(outcome) => finish(environment, token, outcome),
        // A failure here means that JavaScript no longer runs, and nobody waits for the answer.
        Content::Question(question) => drop(ask(environment, token, question)),
    }
}

fn finish(environment: &Rc<Environment>, token: u32, outcome: Outcome) {
    let Some(pending) = Connecting::forget(environment, token) else {
        return;
    };
    let outcome = adopt(environment, outcome, pending.high_water_mark);
    let key = outcome.as_ref().ok().map(|(key, _)| *key);
    // A failure here means that JavaScript no longer runs.
    let settled = call_settle(environment, &pending.settle, outcome);
    if let (Ok(()), Some(key)) = (settled, key) {
        // Messages may have come along with the handshake.
        event_loop::turn(environment, key);
    }
}

/// Has JavaScript resolve a name; `answer` is called with what it finds, at once or later.
fn ask(environment: &Environment, token: u32, question: Question) -> Result<()> {
    let raw = environment.raw();
    let (arguments, asking) = question.into_arguments(raw)?;
    let mut all = environment.connecting.pending.borrow_mut();
    let Some(pending) = all.get_mut(&token) else {
        return Ok(());
    };
    pending.asking = Some(asking);
    let lookup = pending.lookup.clone();
    // What is called may come back here.
    drop(all);
    match lookup {
        Some(lookup) => call_back(raw, lookup.get()?, &arguments),
        None => Ok(()),
    }
}

fn call_back(raw: sys::napi_env, function: sys::napi_value, arguments: &[sys::napi_value]) -> Result<()> {
    let mut result = ptr::null_mut();
    // SAFETY: on the environment's thread with a handle scope open, in which all values are alive; without
    // an async context of its own, the one of the environment is current.
    check_status!(unsafe {
        sys::napi_make_callback(
            raw,
            ptr::null_mut(),
            global(raw)?,
            function,
            arguments.len(),
            arguments.as_ptr(),
            &raw mut result,
        )
    })
}

fn adopt(
    environment: &Rc<Environment>,
    outcome: Outcome,
    mark: usize,
) -> std::result::Result<(Key, Opened), Error> {
    let mut connection = outcome?;
    let opened = Opened::new(&mut connection);
    let Some(key) = environment.adopt(connection, mark, true) else {
        let refused = std::io::Error::other("libuv does not take the socket");
        return Err(Error::new(Phase::Open, ErrorKind::Io(refused)));
    };
    Ok((key, opened.with_id(key)))
}

fn call_settle(
    environment: &Rc<Environment>,
    settle: &Reference,
    outcome: std::result::Result<(Key, Opened), Error>,
) -> Result<()> {
    let raw = environment.raw();
    let (opened, failure) = match outcome {
        // SAFETY: on the environment's thread with a handle scope open, here and below.
        Ok((_, opened)) => (unsafe { Opened::to_napi_value(raw, opened) }?, ptr::null_mut()),
        Err(failure) => (global(raw)?, encode_failure(raw, Some(&failure))?),
    };
    // A failed connect has no first argument worth reading; the second one says so.
    let arguments = [opened, failure];
    let count = if failure.is_null() { 1 } else { 2 };
    call_back(raw, settle.get()?, arguments.get(..count).unwrap_or_default())
}

//! Connects that are under way on Tokio, and their way back to the environment that asked.
//!
//! One threadsafe function per environment, made with the first connect and referenced only while a
//! connect is pending, so that a finished program can exit.

use crate::boundary::failure::encode_failure;
use crate::boundary::objects::{Opened, bytes};
use crate::boundary::reference::Reference;
use crate::delivery::global;
use crate::drivers::event_loop;
use crate::environment::Environment;
use crate::slots::Key;
use napi::bindgen_prelude::ToNapiValue;
use napi::{Result, check_status, sys};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::c_void;
use std::future::Future;
use std::ptr;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::AbortHandle;
use websocket_rs_client::{ConnectOptions, Connection, Error, ErrorKind, Phase, connect, runtime};

/// A finished connect on its way to JavaScript.
struct Finished {
    token: u32,
    outcome: std::result::Result<Connection, Error>,
}

/// The environment's end of the way back. `None` once the environment is gone.
type Line = Arc<Mutex<Option<ThreadsafeFunction>>>;

#[derive(Debug)]
struct ThreadsafeFunction(sys::napi_threadsafe_function);

// SAFETY: Node-API makes threadsafe functions to be called from any thread; the mutex around it and
// `Connecting::close` see to it that nobody calls it after it was released.
unsafe impl Send for ThreadsafeFunction {}

#[derive(Debug)]
struct Pending {
    task: AbortHandle,
    high_water_mark: usize,
    settle: Rc<Reference>,
}

/// The connects of one environment.
#[derive(Debug, Default)]
pub(crate) struct Connecting {
    pending: RefCell<HashMap<u32, Pending>>,
    next_token: RefCell<u32>,
    line: RefCell<Option<Line>>,
}

impl Connecting {
    /// Starts a connect; `settle(opened, failure)` is called when it is done. The answer is a token
    /// to cancel it by.
    pub(crate) fn start(
        environment: &Rc<Environment>,
        options: ConnectOptions,
        high_water_mark: f64,
        settle: Rc<Reference>,
    ) -> Result<u32> {
        let this = &environment.connecting;
        let line = this.line(environment)?;
        let token = this.new_token();
        let handle = runtime::handle().map_err(|error| napi::Error::from_reason(error.to_string()))?;
        let task = handle.spawn(report(token, connect::connect(options), Arc::clone(&line)));
        let pending = Pending {
            task: task.abort_handle(),
            high_water_mark: bytes(high_water_mark),
            settle,
        };
        let mut all = this.pending.borrow_mut();
        if all.is_empty() {
            set_referenced(environment.raw(), &line, true);
        }
        all.insert(token, pending);
        Ok(token)
    }

    /// Stops a connect, wherever it is; JavaScript hears no more of it.
    pub(crate) fn cancel(environment: &Environment, token: u32) {
        if let Some(pending) = environment.connecting.forget(environment.raw(), token) {
            pending.task.abort();
        }
    }

    fn forget(&self, raw: sys::napi_env, token: u32) -> Option<Pending> {
        let mut all = self.pending.borrow_mut();
        let pending = all.remove(&token);
        if all.is_empty()
            && let Some(line) = &*self.line.borrow()
        {
            set_referenced(raw, line, false);
        }
        pending
    }

    fn new_token(&self) -> u32 {
        let mut next = self.next_token.borrow_mut();
        *next = next.wrapping_add(1);
        *next
    }

    fn line(&self, environment: &Rc<Environment>) -> Result<Line> {
        if let Some(line) = &*self.line.borrow() {
            return Ok(Arc::clone(line));
        }
        let function = make_function(environment)?;
        let line = Arc::new(Mutex::new(Some(ThreadsafeFunction(function))));
        *self.line.borrow_mut() = Some(Arc::clone(&line));
        Ok(line)
    }

    /// The environment ends: everything under way is dropped.
    pub(crate) fn close(&self) {
        for (_, pending) in self.pending.borrow_mut().drain() {
            pending.task.abort();
        }
        let Some(line) = self.line.borrow_mut().take() else {
            return;
        };
        if let Some(function) = line.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // SAFETY: released once; from here on every task finds the line cut.
            unsafe {
                sys::napi_release_threadsafe_function(function.0, sys::ThreadsafeFunctionReleaseMode::abort);
            }
        }
    }
}

async fn report(
    token: u32,
    connecting: impl Future<Output = std::result::Result<Connection, Error>>,
    line: Line,
) {
    let finished = Box::into_raw(Box::new(Finished {
        token,
        outcome: connecting.await,
    }));
    let guard = line.lock().unwrap_or_else(PoisonError::into_inner);
    let status = match &*guard {
        // SAFETY: the function is released only under this lock. Its queue is unbounded but holds at
        // most one entry for each pending connect, so the call never blocks.
        Some(function) => unsafe {
            sys::napi_call_threadsafe_function(
                function.0,
                finished.cast(),
                sys::ThreadsafeFunctionCallMode::nonblocking,
            )
        },
        None => sys::Status::napi_closing,
    };
    if status != sys::Status::napi_ok {
        // SAFETY: Node did not take it, so it is still ours; a connection in it is closed.
        drop(unsafe { Box::from_raw(finished) });
    }
}

fn make_function(environment: &Rc<Environment>) -> Result<sys::napi_threadsafe_function> {
    let raw = environment.raw();
    let (mut name, mut function) = (ptr::null_mut(), ptr::null_mut());
    let context = Rc::as_ptr(environment).cast_mut().cast::<c_void>();
    // SAFETY: on the environment's thread in a call from JavaScript. The context outlives the
    // function: `close` releases it before the environment drops its last count.
    unsafe {
        check_status!(sys::napi_create_string_utf8(
            raw,
            c"WEBSOCKET_RS_CONNECT".as_ptr(),
            -1,
            &raw mut name
        ))?;
        check_status!(sys::napi_create_threadsafe_function(
            raw,
            ptr::null_mut(),
            ptr::null_mut(),
            name,
            0,
            1,
            ptr::null_mut(),
            None,
            context,
            Some(settle),
            &raw mut function,
        ))?;
        check_status!(sys::napi_unref_threadsafe_function(raw, function))?;
    }
    Ok(function)
}

fn set_referenced(raw: sys::napi_env, line: &Line, referenced: bool) {
    let guard = line.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(function) = &*guard else { return };
    let change = if referenced {
        sys::napi_ref_threadsafe_function
    } else {
        sys::napi_unref_threadsafe_function
    };
    // SAFETY: on the environment's thread; the function is not released while the lock is held. It
    // fails only for a function that is closing, which then no longer matters.
    unsafe { change(raw, function.0) };
}

unsafe extern "C" fn settle(raw: sys::napi_env, _: sys::napi_value, context: *mut c_void, data: *mut c_void) {
    // SAFETY: boxed in `report`, given to Node once.
    let finished = unsafe { Box::from_raw(data.cast::<Finished>()) };
    if raw.is_null() {
        return; // The environment is ending; the connection closes with the box.
    }
    // SAFETY: `context` is the environment of `make_function`, alive while its function can call.
    let environment = unsafe {
        Rc::increment_strong_count(context.cast::<Environment>());
        Rc::from_raw(context.cast::<Environment>())
    };
    environment.enter(|environment| {
        if let Some(pending) = environment.connecting.forget(raw, finished.token) {
            let outcome = adopt(environment, finished.outcome, pending.high_water_mark);
            let key = outcome.as_ref().ok().map(|(key, _)| *key);
            // A failure here means that JavaScript no longer runs.
            let settled = call_settle(environment, &pending.settle, outcome);
            if let (Ok(()), Some(key)) = (settled, key) {
                // Messages may have come along with the handshake.
                event_loop::turn(environment, key);
            }
        }
    });
}

fn adopt(
    environment: &Rc<Environment>,
    outcome: std::result::Result<Connection, Error>,
    mark: usize,
) -> std::result::Result<(Key, Opened), Error> {
    let connection = outcome?;
    let opened = Opened::new(&connection);
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
    let mut result = ptr::null_mut();
    // SAFETY: as above; without an async context of its own, the one of the environment is current.
    check_status!(unsafe {
        sys::napi_make_callback(
            raw,
            ptr::null_mut(),
            global(raw)?,
            settle.get()?,
            count,
            arguments.as_ptr(),
            &raw mut result,
        )
    })
}

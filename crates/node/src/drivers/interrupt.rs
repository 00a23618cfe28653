//! What ends a blocked call from outside: a signal, and an environment that goes away.

use super::signals::Watch;
use crate::environment::Environment;
use napi::sys;
use std::ptr;
use websocket_rs_client::blocking::Interrupt;

/// Watches over one blocked call.
pub(crate) struct BlockedCall<'a> {
    environment: &'a Environment,
    watch: Watch,
}

impl<'a> BlockedCall<'a> {
    /// `signals` are those the program listens for, by their bits. What it does not listen for ends the process by
    /// itself, blocked or not.
    pub(crate) fn new(environment: &'a Environment, signals: u32) -> Self {
        Self {
            environment,
            watch: Watch::new(signals),
        }
    }

    /// Whether a signal ends the call.
    pub(crate) fn is_signalled(&self) -> bool {
        self.watch.take()
    }
}

impl Interrupt for BlockedCall<'_> {
    fn is_raised(&self) -> bool {
        self.is_signalled() || !can_run_javascript(self.environment)
    }
}

/// `worker.terminate()` cannot reach into a blocked call; it shows when JavaScript no longer runs.
fn can_run_javascript(environment: &Environment) -> bool {
    let raw = environment.raw();
    let mut scope = ptr::null_mut();
    // SAFETY: the environment is blocked in a call of ours on this thread. The scope is closed below; without it what is
    // made here would live as long as the call.
    if unsafe { sys::napi_open_handle_scope(raw, &raw mut scope) } != sys::Status::napi_ok {
        return false;
    }
    let (mut source, mut result) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: within the scope. An empty script runs nothing.
    let runs = unsafe {
        sys::napi_create_string_utf8(raw, c"".as_ptr(), 0, &raw mut source) == sys::Status::napi_ok
            && sys::napi_run_script(raw, source, &raw mut result) == sys::Status::napi_ok
    };
    // SAFETY: opened above.
    let closed = unsafe { sys::napi_close_handle_scope(raw, scope) };
    runs && closed == sys::Status::napi_ok
}

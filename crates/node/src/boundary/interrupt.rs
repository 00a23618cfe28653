//! What interrupts a blocked call: a signal, or a Worker's termination.
//!
//! No library offers the second: Node-API has no function that says whether JavaScript can run.

use crate::system::signals::SignalWatch;
use napi::sys;
use std::ptr;
use websocket_rs_client::blocking::Interrupt;

/// Watches for what interrupts one blocked call.
pub(crate) struct BlockedCall {
    raw: sys::napi_env,
    watch: SignalWatch,
}

impl BlockedCall {
    /// `signals` is the mask of signals that the program listens for. Any other signal keeps the system's default
    /// action, also during a blocked call.
    pub(crate) fn new(raw: sys::napi_env, signals: u32) -> Self {
        Self {
            raw,
            watch: SignalWatch::new(signals),
        }
    }

    /// Returns whether a signal interrupts the call.
    pub(crate) fn is_signalled(&self) -> bool {
        self.watch.take()
    }
}

impl Interrupt for BlockedCall {
    fn is_raised(&self) -> bool {
        self.is_signalled() || !can_run_javascript(self.raw)
    }
}

/// Returns `false` after `worker.terminate()`, which cannot end a native call: from then on no script runs.
fn can_run_javascript(raw: sys::napi_env) -> bool {
    let mut scope = ptr::null_mut();
    // SAFETY: the thread of the environment is in a native call of ours. The scope is closed below; without it the values
    // would stay alive until that call returns.
    if unsafe { sys::napi_open_handle_scope(raw, &raw mut scope) } != sys::Status::napi_ok {
        return false;
    }
    let (mut source, mut result) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: within the scope. An empty script runs no code.
    let runs = unsafe {
        sys::napi_create_string_utf8(raw, c"".as_ptr(), 0, &raw mut source) == sys::Status::napi_ok
            && sys::napi_run_script(raw, source, &raw mut result) == sys::Status::napi_ok
    };
    // SAFETY: opened above.
    let closed = unsafe { sys::napi_close_handle_scope(raw, scope) };
    runs && closed == sys::Status::napi_ok
}

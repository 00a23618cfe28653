//! The function by which connects on Tokio report to the JavaScript thread.

use crate::boundary::threadsafe::ThreadsafeFunction;
use crate::environment::state::{Environment, Report};
use std::io;
use std::rc::Rc;

/// Returns the function by which connects report, and makes it for the first.
pub(super) fn reports(environment: &Rc<Environment>) -> io::Result<ThreadsafeFunction<Report>> {
    let made = environment.pending.reports(|| {
        // SAFETY: on the environment's thread with a handle scope open. `PendingConnects::close` closes the function
        // before the environment is dropped: `Environment::close` calls it, and runs while the environment is counted.
        unsafe { ThreadsafeFunction::new(environment.raw(), c"WEBSOCKET_RS_CONNECT", environment) }
    });
    // Node refuses a threadsafe function only if a resource is exhausted.
    made.map_err(|error| {
        io::Error::new(
            io::ErrorKind::OutOfMemory,
            format!("cannot make a threadsafe function: {}", error.status),
        )
    })
}

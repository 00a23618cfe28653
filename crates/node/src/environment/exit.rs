//! The exit of the process: the environments of all copies of the package in a thread write what they hold.

use super::drivers::event_loop;
use super::state::Environment;
use crate::boundary::invoke::call_function;
use std::cell::RefCell;
use std::rc::{Rc, Weak};

thread_local! {
    /// The environments of this thread, also those of copies that have loaded the library again.
    static ENVIRONMENTS: RefCell<Vec<Weak<Environment>>> = const { RefCell::new(Vec::new()) };
}

impl Environment {
    /// Lists the environment for [`flush_at_exit`].
    pub(super) fn list(self: &Rc<Self>) {
        ENVIRONMENTS.with_borrow_mut(|environments| {
            environments.retain(|environment| environment.strong_count() > 0);
            environments.push(Rc::downgrade(self));
        });
    }
}

/// Writes what was sent in this tick and what other threads compress, and has JavaScript flush after each later send.
pub(crate) fn flush_at_exit() {
    // Listeners of the program may load another copy.
    let listed = |environments: &Vec<_>| environments.iter().filter_map(Weak::upgrade).collect();
    let environments: Vec<Rc<Environment>> = ENVIRONMENTS.with_borrow(listed);
    for environment in environments {
        if let Some(batch) = environment.delivery.batch.borrow_mut().as_mut() {
            batch.set_exiting();
        }
        environment.finish_jobs();
        event_loop::flush_tick(&environment);
        environment.run_relays(call_function);
    }
}

/// Returns a number that is the same for all copies of the package that have loaded this library.
#[allow(clippy::cast_precision_loss)] // Addresses have at most 52 bits.
pub(crate) fn library() -> f64 {
    static LIBRARY: u8 = 0;
    (&raw const LIBRARY).addr() as f64
}

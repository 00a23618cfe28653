//! The object through which one copy of the package's JavaScript reaches native code, and which of the two keeps the
//! other alive.
//!
//! A process may evaluate the package many times: a Jest worker does so for every test file. Therefore a copy can be
//! collected like any other object, and what native code keeps for it is freed with it.
//!
//! - JavaScript to native code: each native function keeps the object, which has all of the functions. Each function also
//!   counts the environment until its finalizer has run. The last finalizer retires the environment.
//! - Native code to JavaScript: references are weak, except for one to the object, which is strong while a connection is
//!   open or being opened. An idle environment keeps nothing of the copy alive.
//! - The rows are memory of Node's own realm that refers to nothing. Native code keeps them alive as long as it uses them.

use crate::boundary::reference::Reference;
use napi::{Error, Result, Status};
use std::cell::{Cell, RefCell};

/// The reference to the object.
#[derive(Debug, Default)]
pub(crate) struct Binding {
    /// `None` before the environment is bound and after it is closed.
    object: RefCell<Option<Reference>>,
    /// Whether the reference is strong.
    is_held: Cell<bool>,
    /// Native functions that have not been collected.
    functions: Cell<usize>,
}

impl Binding {
    pub(crate) fn bind(&self, object: Reference) {
        *self.object.borrow_mut() = Some(object);
    }

    pub(crate) fn is_bound(&self) -> bool {
        self.object.borrow().is_some()
    }

    pub(crate) fn is_held(&self) -> bool {
        self.is_held.get()
    }

    /// Makes the reference strong. Fails if the environment is closed.
    pub(crate) fn hold(&self) -> Result<()> {
        if self.is_held.get() {
            return Ok(());
        }
        match &*self.object.borrow() {
            Some(object) => object.strengthen()?,
            None => return Err(closed()),
        }
        self.is_held.set(true);
        Ok(())
    }

    /// Makes the reference weak. The object stays alive until the current handle scope ends, so that the end of the last
    /// connection can still be delivered in the same call or callback.
    pub(crate) fn release(&self) {
        if let Some(object) = &*self.object.borrow() {
            // A failure leaves the object held, so nothing is freed too early.
            let released = object.get().and_then(|_| object.weaken());
            self.is_held.set(released.is_err());
        }
    }

    pub(crate) fn close(&self) {
        *self.object.borrow_mut() = None;
    }

    /// Counts a native function.
    pub(crate) fn add_function(&self) {
        self.functions.set(self.functions.get() + 1);
    }

    /// Notes that a native function was collected. Returns whether it was the last.
    pub(crate) fn remove_function(&self) -> bool {
        let left = self.functions.get().saturating_sub(1);
        self.functions.set(left);
        left == 0
    }
}

fn closed() -> Error {
    Error::new(Status::Closing, "websocket-rs is closed on this thread")
}

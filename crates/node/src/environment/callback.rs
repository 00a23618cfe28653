//! Entry into an environment from a callback of libuv or Node.

use super::state::Environment;
use crate::boundary::invoke::{clear_exception, make_callback, report_exception};
use napi::{Error, Status, sys};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::rc::Rc;

impl Environment {
    /// Runs `run` within a handle scope, which such callbacks lack, and catches a panic.
    pub(super) fn enter(self: &Rc<Self>, run: impl FnOnce(&Rc<Self>)) {
        let mut scope = ptr::null_mut();
        // SAFETY: on the environment's thread. The scope is closed below in any case.
        if unsafe { sys::napi_open_handle_scope(self.raw, &raw mut scope) } != sys::Status::napi_ok {
            return;
        }
        let runs = AssertUnwindSafe(|| {
            run(self);
            self.run_relays(make_callback);
        });
        if catch_unwind(runs).is_err() {
            self.throw_internal_error();
        }
        // SAFETY: opened above.
        unsafe { sys::napi_close_handle_scope(self.raw, scope) };
    }

    fn throw_internal_error(&self) {
        let error = Error::<Status>::new(Status::GenericFailure, "internal error in websocket-rs");
        // SAFETY: on the environment's thread with a handle scope open.
        unsafe { napi::JsError::from(error).throw_into(self.raw) };
        report_exception(self.raw);
    }

    /// Discards a pending exception.
    pub(super) fn clear_exception(&self) {
        clear_exception(self.raw);
    }
}

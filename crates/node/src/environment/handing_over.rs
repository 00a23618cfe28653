//! A batch on its way into JavaScript: one call, and what becomes of what it throws.

use super::Environment;
use crate::boundary::reference::Reference;
use crate::delivery::global;
use crate::slots::Key;
use napi::{Result, check_status, sys};
use std::ptr;
use websocket_rs_client::limits::MAX_MESSAGE_LIMIT;
use websocket_rs_client::{ErrorKind, Phase};

/// A batch without its rows: how many there are, the values that are not in them, and a failure.
type Taken = (usize, sys::napi_value, sys::napi_value);

/// How JavaScript is called.
type CallWith = fn(&Environment, sys::napi_value, &[sys::napi_value]) -> Result<()>;

impl Environment {
    /// Hands the batch over in one call from the loop, with all that follows from it: ticks and
    /// microtasks. `false` when JavaScript no longer runs.
    pub(crate) fn deliver(&self, key: Key) -> bool {
        self.take_batch(key)
            .is_none_or(|taken| self.deliver_taken(key, taken, Self::call_back))
    }

    /// The same within a call of JavaScript's own. `true` where the rows are left for it to take when the
    /// call comes back, which is quicker than to be called in between.
    pub(crate) fn deliver_blocked(&self, key: Key) -> bool {
        match self.take_batch(key) {
            Some((_, own, failure)) if own.is_null() && failure.is_null() => true,
            Some(taken) => {
                self.deliver_taken(key, taken, Self::call);
                false
            }
            None => false,
        }
    }

    fn deliver_taken(&self, key: Key, (count, own, failure): Taken, call: CallWith) -> bool {
        let Some(function) = self.deliver.borrow().clone() else {
            return false;
        };
        let outer = self.delivering.replace(count);
        let delivered = self
            .hand_over(&function, key, count, [own, failure], call)
            .is_ok();
        self.delivering.set(outer);
        if let Some(batch) = self.batch.borrow_mut().as_mut() {
            batch.set_delivering(outer);
        }
        delivered || self.report_exception()
    }

    /// What is to be handed over; none where there is nothing. A payload JavaScript cannot hold fails
    /// its connection, and what is handed over then is just that.
    fn take_batch(&self, key: Key) -> Option<Taken> {
        let mut batch = self.batch.borrow_mut();
        let batch = batch.as_mut().filter(|batch| batch.count() > 0)?;
        let mut count = batch.count();
        let mut taken = batch.take();
        if taken.is_err() {
            self.remove(key);
            let kind = ErrorKind::TooBig {
                limit: MAX_MESSAGE_LIMIT,
            };
            batch.push_failure(websocket_rs_client::Error::new(Phase::Open, kind));
            count = batch.count();
            taken = batch.take();
        }
        batch.set_delivering(count);
        taken.ok().map(|(own, failure)| (count, own, failure))
    }

    #[allow(clippy::cast_precision_loss)]
    fn hand_over(
        &self,
        deliver: &Reference,
        key: Key,
        count: usize,
        rest: [sys::napi_value; 2],
        call: CallWith,
    ) -> Result<()> {
        let (mut id, mut rows) = (ptr::null_mut(), ptr::null_mut());
        let deliver = deliver.get()?;
        let [own, failure] = rest;
        // SAFETY: on the environment's thread with a handle scope open, as all values here are.
        check_status!(unsafe { sys::napi_create_double(self.raw, key.to_number(), &raw mut id) })?;
        // SAFETY: as above.
        check_status!(unsafe { sys::napi_create_double(self.raw, count as f64, &raw mut rows) })?;
        // Null stands for undefined only as a missing argument, so trailing nulls are left out.
        let arguments = [id, rows, own, failure];
        let count = if own.is_null() && failure.is_null() { 2 } else { 4 };
        let arguments = arguments.map(|value| {
            if value.is_null() {
                undefined(self.raw)
            } else {
                value
            }
        });
        call(self, deliver, arguments.get(..count).unwrap_or_default())
    }

    fn call_back(&self, function: sys::napi_value, arguments: &[sys::napi_value]) -> Result<()> {
        let (receiver, mut result) = (global(self.raw)?, ptr::null_mut());
        // SAFETY: on the environment's thread with a handle scope open, as all values here are.
        check_status!(unsafe {
            sys::napi_make_callback(
                self.raw,
                // No async context: promises carry their own, and Deno cannot end one in a cleanup hook.
                ptr::null_mut(),
                receiver,
                function,
                arguments.len(),
                arguments.as_ptr(),
                &raw mut result,
            )
        })
    }

    fn call(&self, function: sys::napi_value, arguments: &[sys::napi_value]) -> Result<()> {
        let (receiver, mut result) = (global(self.raw)?, ptr::null_mut());
        // SAFETY: as in `call_back`.
        check_status!(unsafe {
            sys::napi_call_function(
                self.raw,
                receiver,
                function,
                arguments.len(),
                arguments.as_ptr(),
                &raw mut result,
            )
        })
    }

    /// An exception out of a callback goes where any uncaught exception goes. `false` when it can't,
    /// because the environment is ending.
    pub(super) fn report_exception(&self) -> bool {
        let mut exception = ptr::null_mut();
        // SAFETY: on the environment's thread with a handle scope open; statuses are looked at.
        unsafe {
            sys::napi_get_and_clear_last_exception(self.raw, &raw mut exception) == sys::Status::napi_ok
                && !exception.is_null()
                && sys::napi_fatal_exception(self.raw, exception) == sys::Status::napi_ok
        }
    }
}

fn undefined(raw: sys::napi_env) -> sys::napi_value {
    let mut value = ptr::null_mut();
    // SAFETY: callers have a handle scope open. A null value is read as undefined as well.
    unsafe { sys::napi_get_undefined(raw, &raw mut value) };
    value
}

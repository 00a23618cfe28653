//! Messages in: a batch is collected from a connection and delivered to JavaScript in one call.

use super::state::{Collected, Environment};
use crate::boundary::invoke::{call_function, make_callback, report_exception, undefined};
use crate::boundary::reference::Reference;
use crate::delivery::Batch;
use crate::slots::Key;
use napi::{Result, check_status, sys};
use std::ptr;
use websocket_rs_client::limits::MAX_MESSAGE_LIMIT;
use websocket_rs_client::{Error, ErrorKind, Phase};

/// The number of rows, the values that are not in rows, and a failure. The last two are null handles if there are none.
type Taken = (usize, sys::napi_value, sys::napi_value);

/// How JavaScript is called.
type Invoke = fn(sys::napi_env, sys::napi_value, &[sys::napi_value]) -> Result<sys::napi_value>;

impl Environment {
    /// Moves what has arrived for a connection into the batch. Returns `None` if the connection has ended or JavaScript
    /// takes no more.
    pub(super) fn collect(&self, key: Key) -> Option<Collected> {
        let mut batch = self.delivery.batch.try_borrow_mut().ok()?;
        let batch = batch.as_mut()?;
        let mut records = self.connections.records.borrow_mut();
        let record = records.get_mut(key).filter(|record| record.is_ready())?;
        let mut scratch = self.buffers.scratch.borrow_mut();
        batch.begin();
        Some(record.collect(batch, &mut scratch))
    }

    /// Returns whether the batch has events.
    pub(super) fn has_rows(&self) -> bool {
        self.delivery
            .batch
            .borrow()
            .as_ref()
            .is_some_and(|batch| batch.count() > 0)
    }

    /// Adds to the batch that is delivered next.
    pub(super) fn push(&self, add: impl FnOnce(&mut Batch)) {
        if let Some(batch) = self.delivery.batch.borrow_mut().as_mut() {
            add(batch);
        }
    }

    /// Delivers the batch in one call from the loop, which also runs ticks and microtasks. Returns `false` if JavaScript
    /// no longer runs.
    pub(super) fn deliver(&self, key: Key) -> bool {
        self.take_batch(key)
            .is_none_or(|taken| self.deliver_taken(key, taken, make_callback))
    }

    /// Delivers the batch within a blocked call. Returns `true` if the rows are left for the caller, which takes them when
    /// the call returns: that is quicker than a call into JavaScript.
    pub(super) fn deliver_blocked(&self, key: Key) -> bool {
        match self.take_batch(key) {
            Some((_, own, failure)) if own.is_null() && failure.is_null() => true,
            Some(taken) => {
                self.deliver_taken(key, taken, call_function);
                false
            }
            None => false,
        }
    }

    /// Removes the events from the batch. Returns `None` if there are none. If a payload is too large for JavaScript, the
    /// connection fails, and the failure is all that is delivered.
    fn take_batch(&self, key: Key) -> Option<Taken> {
        let mut batch = self.delivery.batch.borrow_mut();
        let batch = batch.as_mut().filter(|batch| batch.count() > 0)?;
        let mut count = batch.count();
        let mut taken = batch.take();
        if taken.is_err() {
            self.remove(key);
            let kind = ErrorKind::TooBig {
                limit: MAX_MESSAGE_LIMIT,
            };
            batch.push_failure(Error::new(Phase::Open, kind));
            count = batch.count();
            taken = batch.take();
        }
        batch.set_delivering(count);
        taken.ok().map(|(own, failure)| (count, own, failure))
    }

    fn deliver_taken(&self, key: Key, (count, own, failure): Taken, invoke: Invoke) -> bool {
        let Some(function) = self.delivery.function.borrow().clone() else {
            return false;
        };
        let outer = self.delivery.count.replace(count);
        let delivered = self
            .call_deliver(&function, key, count, [own, failure], invoke)
            .is_ok();
        self.delivery.count.set(outer);
        if let Some(batch) = self.delivery.batch.borrow_mut().as_mut() {
            batch.set_delivering(outer);
        }
        delivered || report_exception(self.raw)
    }

    #[allow(clippy::cast_precision_loss)]
    fn call_deliver(
        &self,
        deliver: &Reference,
        key: Key,
        count: usize,
        [own, failure]: [sys::napi_value; 2],
        invoke: Invoke,
    ) -> Result<()> {
        let (mut id, mut rows) = (ptr::null_mut(), ptr::null_mut());
        let deliver = deliver.get()?;
        // SAFETY: on the environment's thread with a handle scope open.
        check_status!(unsafe { sys::napi_create_double(self.raw, key.to_number(), &raw mut id) })?;
        // SAFETY: as above.
        check_status!(unsafe { sys::napi_create_double(self.raw, count as f64, &raw mut rows) })?;
        let present = if own.is_null() && failure.is_null() { 2 } else { 4 };
        // A null handle is not a valid argument.
        let arguments = [id, rows, own, failure].map(|value| {
            if value.is_null() {
                undefined(self.raw)
            } else {
                value
            }
        });
        invoke(self.raw, deliver, arguments.get(..present).unwrap_or_default()).map(drop)
    }

    /// Ends a connection with a failure, which the next batch delivers: JavaScript cannot allocate memory for its messages.
    pub(super) fn fail_for_memory(&self, key: Key) {
        let reason = std::io::ErrorKind::OutOfMemory.into();
        let error = Error::new(Phase::Open, ErrorKind::Io(reason));
        self.with(key, |record| record.fail(&error));
        self.remove(key);
        self.push(|batch| batch.push_failure(error));
    }

    /// Ends a connection with a failure and delivers that.
    pub(super) fn fail(&self, key: Key, error: Error) {
        if self.with(key, |record| record.fail(&error)).is_none() {
            return;
        }
        self.remove(key);
        self.push(|batch| batch.push_failure(error));
        self.deliver(key);
    }
}

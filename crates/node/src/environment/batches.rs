//! Messages in: a batch is collected from a connection and delivered to JavaScript in one call.

use super::state::{Collected, Environment};
use crate::boundary::invoke::{call_function, make_callback, report_exception, undefined};
use crate::boundary::reference::Reference;
use crate::delivery::Batch;
use crate::slots::Key;
use crate::system::clock;
use napi::{Result, check_status, sys};
use std::ptr;
use websocket_rs_client::limits::MAX_MESSAGE_LIMIT;
use websocket_rs_client::{Error, ErrorKind, Phase};

/// What is delivered.
struct Taken {
    /// The number of rows.
    count: usize,
    /// Whether connections have several events each.
    is_grouped: bool,
    /// The values that are not in rows. A null handle if there are none.
    own: sys::napi_value,
    /// A null handle if there is none.
    failure: sys::napi_value,
}

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
        batch.begin(key);
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

    /// Adds an event of a connection to the batch that is delivered next.
    pub(super) fn push(&self, key: Key, add: impl FnOnce(&mut Batch)) {
        if let Some(batch) = self.delivery.batch.borrow_mut().as_mut() {
            batch.name(key);
            add(batch);
        }
    }

    /// Returns whether the batch may be completed by other connections before it is delivered.
    pub(super) fn can_wait(&self) -> bool {
        let batch = self.delivery.batch.borrow();
        batch.as_ref().is_some_and(Batch::can_wait)
    }

    /// Delivers the batch in one call from the loop, which also runs ticks and microtasks. Returns `false` if JavaScript
    /// no longer runs.
    pub(super) fn deliver(&self) -> bool {
        self.take_batch()
            .is_none_or(|taken| self.deliver_taken(&taken, make_callback))
    }

    /// Delivers the batch within a blocked call. Returns `true` if the rows are left for the caller, which takes them when
    /// the call returns: that is quicker than a call into JavaScript.
    pub(super) fn deliver_blocked(&self) -> bool {
        match self.take_batch() {
            Some(taken) if taken.own.is_null() && taken.failure.is_null() => true,
            Some(taken) => {
                self.deliver_taken(&taken, call_function);
                false
            }
            None => false,
        }
    }

    /// Removes the events from the batch. Returns `None` if there are none. If a payload is too large for JavaScript, its
    /// connection fails, and the failure is all that is delivered of it.
    fn take_batch(&self) -> Option<Taken> {
        let mut batch = self.delivery.batch.borrow_mut();
        let batch = batch.as_mut().filter(|batch| batch.count() > 0)?;
        let mut shape = (batch.count(), batch.is_grouped());
        let mut taken = batch.take();
        if taken.is_err() {
            if let Some(key) = batch.key() {
                self.remove(key);
            }
            let kind = ErrorKind::TooBig {
                limit: MAX_MESSAGE_LIMIT,
            };
            batch.push_failure(Error::new(Phase::Open, kind));
            shape = (batch.count(), batch.is_grouped());
            taken = batch.take();
        }
        let (count, is_grouped) = shape;
        batch.set_delivering(count);
        taken.ok().map(|(own, failure)| Taken {
            count,
            is_grouped,
            own,
            failure,
        })
    }

    fn deliver_taken(&self, taken: &Taken, invoke: Invoke) -> bool {
        let Some(function) = self.delivery.function.borrow().clone() else {
            return false;
        };
        let outer = self.delivery.count.replace(taken.count);
        let since = taken.is_grouped.then(clock::coarse);
        let outer_since = self.delivery.grouped_since.replace(since);
        let delivered = self.call_deliver(&function, taken, invoke).is_ok();
        self.delivery.count.set(outer);
        self.delivery.grouped_since.set(outer_since);
        if let Some(batch) = self.delivery.batch.borrow_mut().as_mut() {
            batch.set_delivering(outer);
        }
        delivered || report_exception(self.raw)
    }

    #[allow(clippy::cast_precision_loss)]
    fn call_deliver(&self, deliver: &Reference, taken: &Taken, invoke: Invoke) -> Result<()> {
        let mut rows = ptr::null_mut();
        let deliver = deliver.get()?;
        // SAFETY: on the environment's thread with a handle scope open.
        check_status!(unsafe { sys::napi_create_double(self.raw, taken.count as f64, &raw mut rows) })?;
        let present = if taken.own.is_null() && taken.failure.is_null() {
            1
        } else {
            3
        };
        // A null handle is not a valid argument.
        let arguments = [rows, taken.own, taken.failure].map(|value| {
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
        self.push(key, |batch| batch.push_failure(error));
    }

    /// Ends a connection with a failure and delivers that.
    pub(super) fn fail(&self, key: Key, error: Error) {
        if self.with(key, |record| record.fail(&error)).is_none() {
            return;
        }
        self.remove(key);
        self.push(key, |batch| batch.push_failure(error));
        self.deliver();
    }
}

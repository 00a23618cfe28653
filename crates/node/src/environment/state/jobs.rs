//! Jobs: work of connections on other threads, and how these report that it has ended.

use crate::boundary::threadsafe::ThreadsafeFunction;
use crate::slots::Key;
use napi::Result;
use std::cell::RefCell;

/// A job of this connection has ended.
#[derive(Debug)]
pub(crate) struct JobEnded(pub(crate) Key);

/// The jobs of one environment. The function by which they report is made for the first connection that may have one. It
/// never keeps the loop alive: the connection does, and the end of the environment finishes all jobs.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    reports: RefCell<Option<ThreadsafeFunction<JobEnded>>>,
    /// Connections that may have a job. Each is listed once.
    list: RefCell<Vec<Key>>,
}

impl Jobs {
    /// Returns the function by which jobs report, made by `make` if there is none.
    pub(crate) fn reports(
        &self,
        make: impl FnOnce() -> Result<ThreadsafeFunction<JobEnded>>,
    ) -> Result<ThreadsafeFunction<JobEnded>> {
        if let Some(reports) = &*self.reports.borrow() {
            return Ok(reports.clone());
        }
        let reports = make()?;
        *self.reports.borrow_mut() = Some(reports.clone());
        Ok(reports)
    }

    /// Lists a connection, unless its flag says that it is listed.
    pub(crate) fn add(&self, key: Key, is_listed: &mut bool) {
        if !std::mem::replace(is_listed, true) {
            self.list.borrow_mut().push(key);
        }
    }

    /// Removes a connection that has no job.
    pub(crate) fn remove(&self, key: Key) {
        self.list.borrow_mut().retain(|listed| *listed != key);
    }

    /// Removes all connections from the list and returns them.
    pub(crate) fn take(&self) -> Vec<Key> {
        self.list.take()
    }

    /// Drops what jobs report from now on.
    pub(crate) fn close(&self) {
        if let Some(reports) = self.reports.borrow_mut().take() {
            reports.close();
        }
    }
}

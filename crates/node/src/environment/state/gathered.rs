//! Connections that are read together when libuv has reported all that are ready, and the handle that has them read.

use crate::slots::Key;
use crate::uv::CheckHandle;
use std::cell::RefCell;

/// The most connections that wait to be read. If more are ready than libuv takes from one `epoll_pwait`, it reports those that
/// have not been read once more.
const MOST: usize = 256;

/// The gathered connections of one environment.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    /// Runs while the list is not empty. `None` without a connection on the loop, or if libuv has refused it.
    handle: RefCell<Option<CheckHandle>>,
    /// In the order in which libuv has reported them.
    list: RefCell<Vec<Key>>,
}

impl Gathered {
    /// Makes the handle, unless there is one.
    pub(crate) fn open(&self, make: impl FnOnce() -> Option<CheckHandle>) {
        let mut handle = self.handle.borrow_mut();
        if handle.is_none() {
            *handle = make();
        }
    }

    /// Returns whether the handle would have a list read.
    pub(crate) fn is_open(&self) -> bool {
        self.handle.borrow().is_some()
    }

    /// Lists a connection that is not listed. Returns whether the list is full.
    pub(crate) fn add(&self, key: Key) -> bool {
        let mut list = self.list.borrow_mut();
        list.push(key);
        if list.len() == 1
            && let Some(handle) = &*self.handle.borrow()
        {
            handle.start();
        }
        list.len() >= MOST
    }

    /// Removes all connections from the list and returns them, in a list for [`Gathered::reuse_list`].
    pub(crate) fn take(&self) -> Vec<Key> {
        if let Some(handle) = &*self.handle.borrow() {
            handle.stop();
        }
        self.list.take()
    }

    /// Uses the memory of a list again for the next iteration.
    pub(crate) fn reuse_list(&self, mut keys: Vec<Key>) {
        let mut list = self.list.borrow_mut();
        if list.capacity() == 0 {
            keys.clear();
            *list = keys;
        }
    }

    /// Closes the handle.
    pub(crate) fn close(&self) {
        self.handle.borrow_mut().take();
    }
}

//! Connections that expect a reply, and the handle that busy-polls for them before the loop waits.

use crate::slots::Key;
use crate::uv::PrepareHandle;
use std::cell::RefCell;
#[cfg(unix)]
use std::{cell::Cell, time::Duration};

/// The expected replies of one environment.
#[derive(Debug, Default)]
pub(crate) struct ExpectedReplies {
    /// Runs while the list is not empty. `None` without a connection on the loop, and on Windows.
    pub(crate) handle: RefCell<Option<PrepareHandle>>,
    /// How long the next busy-poll may last; zero for none.
    #[cfg(unix)]
    pub(crate) window: Cell<Duration>,
    pub(crate) list: RefCell<List>,
}

/// Connections that expect a reply. Each is listed once, however many replies it expects: every reply walks the list.
#[derive(Debug, Default)]
pub(crate) struct List(pub(crate) Vec<Key>);

impl List {
    /// Lists a connection, unless its flag says that it is listed. Returns whether it is the first on the list.
    fn add(&mut self, key: Key, is_listed: &mut bool) -> bool {
        if std::mem::replace(is_listed, true) {
            return false;
        }
        self.0.push(key);
        self.0.len() == 1
    }
}

impl ExpectedReplies {
    /// Makes the handle, unless there is one.
    pub(crate) fn open(&self, make: impl FnOnce() -> Option<PrepareHandle>) {
        let mut handle = self.handle.borrow_mut();
        if handle.is_none() {
            *handle = make();
        }
    }

    /// Lists a connection, unless its flag says that it is listed.
    pub(crate) fn add(&self, key: Key, is_listed: &mut bool) {
        if let Some(handle) = &*self.handle.borrow()
            && self.list.borrow_mut().add(key, is_listed)
        {
            handle.start();
        }
    }

    /// Closes the handle.
    pub(crate) fn close(&self) {
        self.handle.borrow_mut().take();
    }
}

#[cfg(test)]
mod tests {
    use super::List;
    use crate::slots::Slots;

    #[test]
    fn a_connection_that_expects_many_replies_is_listed_once() {
        let mut slots = Slots::default();
        let keys = [slots.insert(()).unwrap(), slots.insert(()).unwrap()];
        let (mut list, mut listed) = (List::default(), [false; 2]);
        assert!(list.add(keys[0], &mut listed[0]), "the first starts the handle");
        for _ in 0..100 {
            for (key, is_listed) in keys.iter().zip(&mut listed) {
                assert!(!list.add(*key, is_listed));
            }
        }
        assert_eq!(list.0, keys);
    }
}

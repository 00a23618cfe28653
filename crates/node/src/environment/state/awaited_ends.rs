//! Connections whose closing handshake is complete and which their peers are to end.

use crate::slots::Key;
use crate::uv::TimerHandle;
use std::cell::RefCell;
use std::time::Duration;

/// How long a peer has to end the connection before this side ends its own, at most. Peers that wait for this side are slower
/// by that time.
const GRACE: Duration = Duration::from_millis(50);

/// The connections of one environment that await their end. Those that have ended are removed when the timer calls back.
#[derive(Debug, Default)]
pub(crate) struct AwaitedEnds {
    keys: RefCell<Vec<Key>>,
    timer: RefCell<Option<TimerHandle>>,
}

impl AwaitedEnds {
    /// Adds a connection. The first one starts the timer, which `make` makes if there is none. Returns `false` if it cannot
    /// be made.
    pub(crate) fn add(&self, key: Key, make: impl FnOnce() -> Option<TimerHandle>) -> bool {
        let mut timer = self.timer.borrow_mut();
        if timer.is_none() {
            *timer = make();
        }
        let Some(timer) = &*timer else {
            return false;
        };
        let mut keys = self.keys.borrow_mut();
        if keys.is_empty() {
            timer.start(GRACE);
        }
        keys.push(key);
        true
    }

    /// Removes all connections.
    pub(crate) fn take(&self) -> Vec<Key> {
        self.keys.take()
    }

    /// Closes the timer.
    pub(crate) fn close(&self) {
        self.timer.take();
        self.keys.take();
    }
}

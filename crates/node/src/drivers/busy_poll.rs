//! Staying awake for replies, on the loop.
//!
//! Just before the loop waits, while a reply is expected, its own descriptor is looked at a few times
//! with the thread giving way in between. The first event of any handle ends that, and the loop then
//! delivers it as ever: nothing else is held up, and there is no second way for a reply to come.
//! How long, and whether at all, is for `websocket_rs_client::busy_poll` to say.

use super::uv::{Loop, PrepareHandle};
use crate::environment::Environment;
use crate::slots::Key;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// One environment's replies that are waited for awake.
#[derive(Debug, Default)]
pub(crate) struct Vigil {
    handle: RefCell<Option<PrepareHandle>>,
    /// How long the next wait may last; zero for no wait.
    window: Cell<Duration>,
    expecting: RefCell<Vec<Key>>,
}

impl Vigil {
    /// Stays awake for a reply to this connection, from when the loop is about to wait.
    pub(crate) fn begin(&self, uv: &Rc<Loop>, environment: &Rc<Environment>, key: Key, window: Duration) {
        let mut handle = self.handle.borrow_mut();
        if handle.is_none() {
            *handle = PrepareHandle::new(uv, environment);
        }
        let Some(handle) = &*handle else { return };
        let mut expecting = self.expecting.borrow_mut();
        if expecting.is_empty() {
            handle.start();
        }
        expecting.push(key);
        self.window.set(self.window.get().max(window));
    }

    /// Looks for events; gives the connections whose replies did not come in time.
    #[cfg(unix)]
    pub(crate) fn keep(&self, is_expecting: impl Fn(Key) -> bool) -> Vec<Key> {
        let handle = self.handle.borrow();
        let Some(handle) = &*handle else { return Vec::new() };
        let mut expecting = self.expecting.borrow_mut();
        expecting.retain(|key| is_expecting(*key));
        if !expecting.is_empty() {
            let Some(backend) = handle.backend() else {
                return Vec::new();
            };
            let start = Instant::now();
            if websocket_rs_client::blocking::poll_awake(backend, start + self.window.get()) {
                self.window.set(self.window.get().saturating_sub(start.elapsed()));
                return Vec::new();
            }
        }
        handle.stop();
        self.window.set(Duration::ZERO);
        std::mem::take(&mut *expecting)
    }

    /// Windows has no descriptor of the loop to look at.
    #[cfg(windows)]
    pub(crate) fn keep(&self, _is_expecting: impl Fn(Key) -> bool) -> Vec<Key> {
        Vec::new()
    }

    /// Closes the handle.
    pub(crate) fn end(&self) {
        self.handle.borrow_mut().take();
    }
}

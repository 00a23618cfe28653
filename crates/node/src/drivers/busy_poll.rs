//! Staying awake for replies, on the loop.
//!
//! Just before the loop would wait, while one reply is expected, its connection is read from: a reply
//! that is there already comes without the loop's own way to the socket, which takes two system calls.
//! Otherwise the loop's descriptor is looked at a few times with the thread giving way in between; the
//! first event of any handle ends that. After a few replies in a row the loop has its turn, so that nothing
//! else is held up. How long to stay awake, and whether at all, is for `websocket_rs_client::busy_poll` to
//! say.

use super::uv::{Loop, PrepareHandle};
use crate::environment::Environment;
use crate::record::Record;
use crate::slots::Key;
use std::cell::RefCell;
use std::rc::Rc;
#[cfg(unix)]
pub(crate) use unix::stay_awake;

/// One environment's replies that are waited for awake.
#[derive(Debug, Default)]
pub(crate) struct Vigil {
    handle: RefCell<Option<PrepareHandle>>,
    /// How long the next wait may last; zero for no wait.
    #[cfg(unix)]
    window: std::cell::Cell<std::time::Duration>,
    expecting: RefCell<Expecting>,
}

/// Connections that expect a reply. Each is listed once, however many replies it expects: every reply looks through the
/// list.
#[derive(Debug, Default)]
struct Expecting(Vec<Key>);

impl Expecting {
    /// Lists a connection, whose flag says whether it is listed. Returns whether it is the first on the list.
    fn add(&mut self, key: Key, is_listed: &mut bool) -> bool {
        if std::mem::replace(is_listed, true) {
            return false;
        }
        self.0.push(key);
        self.0.len() == 1
    }
}

impl Vigil {
    /// Looks for a reply to this connection when the loop is about to wait.
    pub(crate) fn begin(&self, uv: &Rc<Loop>, environment: &Rc<Environment>, key: Key) {
        let mut handle = self.handle.borrow_mut();
        if handle.is_none() {
            *handle = PrepareHandle::new(uv, environment);
        }
        let Some(handle) = &*handle else { return };
        let mut expecting = self.expecting.borrow_mut();
        let add = |record: &mut Record| expecting.add(key, &mut record.expecting);
        if environment.with(key, add) == Some(true) {
            handle.start();
        }
    }

    /// Closes the handle.
    pub(crate) fn end(&self) {
        self.handle.borrow_mut().take();
    }
}

/// Windows has no descriptor of the loop to look at, and no handle is made there.
#[cfg(not(unix))]
pub(crate) fn stay_awake(_environment: &Rc<Environment>) {}

#[cfg(unix)]
mod unix {
    use super::Vigil;
    use crate::drivers::event_loop;
    use crate::drivers::uv::READABLE;
    use crate::environment::Environment;
    use crate::slots::Key;
    use std::rc::Rc;
    use std::time::{Duration, Instant};
    use websocket_rs_client::busy_poll::poll_until_readable;

    /// Replies in a row that are delivered before the loop's other handles get their turn, and how long that
    /// may take.
    const REPLIES_A_TURN: usize = 16;
    const TIME_A_TURN: Duration = Duration::from_micros(100);

    /// How a wait awake ended.
    enum Watch {
        /// Something waits for the loop.
        Event,
        /// Nothing is expected any more, or it has not come in time.
        Over,
    }

    impl Vigil {
        /// The connection that is expecting a reply, where it is the only one and the loop is going to wait. None where
        /// much came in its last turn: another one as long would be had before any timer.
        fn single(&self, environment: &Environment) -> Option<Key> {
            self.handle.borrow().as_ref()?.backend()?;
            match self.expecting.borrow().0.as_slice() {
                [key] if environment.is_expecting_reply(*key) && !environment.is_bulk(*key) => Some(*key),
                _ => None,
            }
        }

        /// Looks for events of the loop as long as a reply is to be waited for awake.
        fn watch(&self, environment: &Environment) -> Watch {
            let handle = self.handle.borrow();
            let Some(handle) = &*handle else {
                return Watch::Over;
            };
            let expecting = &mut self.expecting.borrow_mut().0;
            let mut window = self.window.get();
            expecting.retain(|key| {
                let more = environment.with(*key, |record| {
                    let more = record.connection.begin_wait();
                    record.expecting = record.connection.is_expecting_reply();
                    (record.expecting, more)
                });
                let (is_expecting, more) = more.unwrap_or_default();
                window = window.max(more.unwrap_or_default());
                is_expecting
            });
            if !expecting.is_empty() {
                let Some(backend) = handle.backend() else {
                    self.window.set(window);
                    return Watch::Event;
                };
                let start = Instant::now();
                if poll_until_readable(backend, start + window) {
                    self.window.set(window.saturating_sub(start.elapsed()));
                    return Watch::Event;
                }
            }
            handle.stop();
            self.window.set(Duration::ZERO);
            for key in expecting.drain(..) {
                environment.with(key, |record| {
                    record.expecting = false;
                    record.connection.handle_busy_poll_miss();
                });
            }
            Watch::Over
        }
    }

    /// The loop is about to wait.
    pub(crate) fn stay_awake(environment: &Rc<Environment>) {
        let start = Instant::now();
        for replies in 0.. {
            let goes_on = replies == 0 || (replies < REPLIES_A_TURN && start.elapsed() < TIME_A_TURN);
            if goes_on && look(environment) {
                continue;
            }
            match environment.vigil.watch(environment) {
                Watch::Event if goes_on && look(environment) => {}
                Watch::Event | Watch::Over => return,
            }
        }
    }

    /// Reads for the reply that is expected; whether anything came.
    fn look(environment: &Rc<Environment>) -> bool {
        let Some(key) = environment.vigil.single(environment) else {
            return false;
        };
        let reads = || environment.stats(key).map(|stats| stats.reads);
        let before = reads();
        loop {
            event_loop::handle_ready(environment, key, 0, READABLE);
            if before != reads() {
                return true;
            }
            if environment.with(key, |record| record.connection.retry_read()) != Some(true) {
                return false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Expecting;
    use crate::slots::Slots;

    #[test]
    fn a_connection_that_expects_many_replies_is_listed_once() {
        let mut slots = Slots::default();
        let keys = [slots.insert(()).unwrap(), slots.insert(()).unwrap()];
        let (mut expecting, mut listed) = (Expecting::default(), [false; 2]);
        assert!(
            expecting.add(keys[0], &mut listed[0]),
            "the handle is to be started"
        );
        for _ in 0..100 {
            for (key, is_listed) in keys.iter().zip(&mut listed) {
                assert!(!expecting.add(*key, is_listed));
            }
        }
        assert_eq!(expecting.0, keys);
    }
}

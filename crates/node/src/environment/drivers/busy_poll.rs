//! Busy-polling for replies, just before the loop would wait.
//!
//! If one reply is expected, its connection is read at once: if the reply has arrived, that saves the two system calls of
//! the loop. Otherwise the loop's descriptor is polled a few times, and the thread yields in between; the first event of
//! any handle ends that. After some replies in a row the loop continues, so that its other handles are not delayed.
//! `websocket_rs_client::busy_poll` decides whether to busy-poll and for how long.

#[cfg(unix)]
pub(crate) use unix::run;

/// Does nothing: Windows has no descriptor of the loop, and no handle is made there.
#[cfg(not(unix))]
pub(crate) fn run(_environment: &std::rc::Rc<crate::environment::state::Environment>) {}

#[cfg(unix)]
mod unix {
    use crate::environment::drivers::event_loop;
    use crate::environment::state::{Environment, ExpectedReplies};
    use crate::slots::Key;
    use crate::uv::READABLE;
    use std::rc::Rc;
    use std::time::{Duration, Instant};
    use websocket_rs_client::busy_poll::poll_until_readable;

    /// Replies in a row that are delivered before the loop's other handles run, and how long that may take.
    const REPLIES_PER_RUN: usize = 16;
    const TIME_PER_RUN: Duration = Duration::from_micros(100);

    /// Why a busy-poll has ended.
    enum PollEnd {
        /// The loop has an event.
        Event,
        /// No reply is expected any more, or none has arrived in time.
        Over,
    }

    /// Called each time before the loop waits.
    pub(crate) fn run(environment: &Rc<Environment>) {
        let start = Instant::now();
        for replies in 0.. {
            let continues = replies == 0 || (replies < REPLIES_PER_RUN && start.elapsed() < TIME_PER_RUN);
            if continues && read_reply(environment) {
                continue;
            }
            match poll(environment, &environment.expected) {
                PollEnd::Event if continues && read_reply(environment) => {}
                PollEnd::Event | PollEnd::Over => return,
            }
        }
    }

    /// Reads the connection that expects a reply. Returns whether anything has arrived.
    fn read_reply(environment: &Rc<Environment>) -> bool {
        let Some(key) = single(environment, &environment.expected) else {
            return false;
        };
        let reads = || environment.stats(key).map(|stats| stats.counters.reads);
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

    /// Returns the connection that expects a reply, if it is the only one and the loop is going to wait. Returns `None` if
    /// its last turn was bulk: another as long would delay timers.
    fn single(environment: &Environment, expected: &ExpectedReplies) -> Option<Key> {
        expected.handle.borrow().as_ref()?.backend()?;
        match expected.list.borrow().0.as_slice() {
            [key] => environment
                .with(*key, |record| {
                    record.connection.is_expecting_reply() && !record.is_bulk
                })?
                .then_some(*key),
            _ => None,
        }
    }

    /// Busy-polls the loop's descriptor as long as a reply is worth it.
    fn poll(environment: &Environment, expected: &ExpectedReplies) -> PollEnd {
        let handle = expected.handle.borrow();
        let Some(handle) = &*handle else {
            return PollEnd::Over;
        };
        let list = &mut expected.list.borrow_mut().0;
        let mut window = expected.window.get();
        list.retain(|key| {
            let more = environment.with(*key, |record| {
                let more = record.connection.begin_wait();
                record.is_listed = record.connection.is_expecting_reply();
                (record.is_listed, more)
            });
            let (is_expecting, more) = more.unwrap_or_default();
            window = window.max(more.unwrap_or_default());
            is_expecting
        });
        if !list.is_empty() {
            let Some(backend) = handle.backend() else {
                expected.window.set(window);
                return PollEnd::Event;
            };
            let start = Instant::now();
            if poll_until_readable(&backend, start + window) {
                expected.window.set(window.saturating_sub(start.elapsed()));
                return PollEnd::Event;
            }
        }
        handle.stop();
        expected.window.set(Duration::ZERO);
        for key in list.drain(..) {
            environment.with(key, |record| {
                record.is_listed = false;
                record.connection.handle_busy_poll_miss();
            });
        }
        PollEnd::Over
    }
}

//! Busy-polling a socket, with a yield to other threads between polls.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::AsFd;
use std::cell::Cell;
use std::thread;
use std::time::Instant;
use websocket_rs_protocol::busy_poll::{CONTENDED, Contention};

pub use websocket_rs_protocol::busy_poll::Mode;

thread_local! {
    /// Whether other threads compete for this thread's core.
    static CONTENTION: Cell<Contention> = const { Cell::new(Contention::new()) };
}

fn with_contention<T>(run: impl FnOnce(&mut Contention) -> T) -> T {
    let mut contention = CONTENTION.get();
    let result = run(&mut contention);
    CONTENTION.set(contention);
    result
}

/// Whether other threads compete for the core of this thread, so that it should not yield for the next reply. Must be
/// called once for each reply or part of a message.
pub(crate) fn is_contended() -> bool {
    with_contention(|contention| contention.forbids_yield(Instant::now))
}

/// Yields to other threads once. Returns whether they kept the core for longer than [`CONTENDED`].
pub(crate) fn yield_to_others() -> bool {
    yield_by(thread::yield_now)
}

fn yield_by(yield_now: impl FnOnce()) -> bool {
    let (contended, _) = time_yield(Instant::now(), yield_now);
    if !contended {
        with_contention(Contention::handle_quick_yield);
    }
    contended
}

/// Yields once. Returns whether that took too long, and the time after it.
fn time_yield(before: Instant, yield_now: impl FnOnce()) -> (bool, Instant) {
    yield_now();
    let now = Instant::now();
    let contended = now.saturating_duration_since(before) > CONTENDED;
    if contended {
        with_contention(|contention| contention.handle_slow_yield(now));
    }
    (contended, now)
}

/// Busy-polls a socket until an instant. Returns whether it is readable.
///
/// Yields between polls, so that a peer on the same core can run. A yield that takes too long, because another thread
/// had the core, ends the wait.
pub fn poll_until_readable(source: &impl AsFd, until: Instant) -> bool {
    poll_until_readable_by(source, until, thread::yield_now)
}

fn poll_until_readable_by(source: &impl AsFd, until: Instant, yield_now: impl Fn()) -> bool {
    let mut fds = [PollFd::new(source, PollFlags::IN)];
    let at_once = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let (mut contended, mut yielded, mut now) = (false, false, Instant::now());
    loop {
        let found = poll(&mut fds, Some(&at_once)).is_ok_and(|ready| ready > 0);
        if found || contended || now >= until {
            if yielded && !contended {
                with_contention(Contention::handle_quick_yield);
            }
            return found;
        }
        (contended, now) = time_yield(now, &yield_now);
        yielded = true;
    }
}

#[cfg(test)]
mod tests;

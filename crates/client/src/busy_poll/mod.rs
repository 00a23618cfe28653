//! Waiting without sleeping, by giving way to other threads.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::AsFd;
use std::cell::Cell;
use std::thread;
use std::time::Instant;
use websocket_rs_protocol::busy_poll::{CONTENDED, Contention};

pub use websocket_rs_protocol::busy_poll::Mode;

thread_local! {
    /// What is known of this thread's core.
    static CONTENTION: Cell<Contention> = const { Cell::new(Contention::new()) };
}

fn with_contention<T>(run: impl FnOnce(&mut Contention) -> T) -> T {
    let mut contention = CONTENTION.get();
    let result = run(&mut contention);
    CONTENTION.set(contention);
    result
}

/// Whether others are known to want the core of this thread, so that it is not to give way for the next reply. For each
/// reply, or part of a message, it is asked once.
pub(crate) fn is_contended() -> bool {
    with_contention(|contention| contention.forbids_yield(Instant::now))
}

/// Gives way to other threads once. Whether one of them had the core for longer than a reply is worth.
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

/// Whether giving way took too long, and what time it is then.
fn time_yield(before: Instant, yield_now: impl FnOnce()) -> (bool, Instant) {
    yield_now();
    let now = Instant::now();
    let contended = now.saturating_duration_since(before) > CONTENDED;
    if contended {
        with_contention(|contention| contention.handle_slow_yield(now));
    }
    (contended, now)
}

/// Looks for bytes until an instant, giving way in between; whether there are any.
///
/// Giving way is what makes this harmless where the peer runs on the same core. Where it is somebody else who
/// gets the core, that ends the wait.
pub fn poll_until_readable(source: impl AsFd, until: Instant) -> bool {
    poll_until_readable_by(source, until, thread::yield_now)
}

fn poll_until_readable_by(source: impl AsFd, until: Instant, yield_now: impl Fn()) -> bool {
    let mut fds = [PollFd::new(&source, PollFlags::IN)];
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

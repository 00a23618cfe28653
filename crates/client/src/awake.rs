//! Waiting without sleeping, by giving way to other threads.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::AsFd;
use std::thread;
use std::time::Instant;
use websocket_rs_protocol::busy_poll::CONTENDED;

/// What came of a wait awake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watch {
    /// There are bytes.
    pub found: bool,
    /// Others had the processor for longer than the wait was worth: from when to when.
    pub contended: Option<(Instant, Instant)>,
}

/// Gives way to other threads once. From when to when, where that took longer than it may.
pub(crate) fn give_way() -> Option<(Instant, Instant)> {
    give_way_from(Instant::now()).1
}

/// The same, where it is known what time it is; and what time it is then.
fn give_way_from(before: Instant) -> (Instant, Option<(Instant, Instant)>) {
    thread::yield_now();
    let now = Instant::now();
    let too_long = now.saturating_duration_since(before) > CONTENDED;
    (now, too_long.then_some((before, now)))
}

/// Looks for bytes until an instant, giving way in between.
///
/// Giving way is what makes this harmless where the peer runs on the same core. Where it is somebody else who
/// gets the processor, that ends the wait.
pub fn poll_awake(source: impl AsFd, until: Instant) -> Watch {
    let mut fds = [PollFd::new(&source, PollFlags::IN)];
    let at_once = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let (mut now, mut contended) = (Instant::now(), None);
    loop {
        let found = poll(&mut fds, Some(&at_once)).is_ok_and(|ready| ready > 0);
        if found || contended.is_some() || now >= until {
            return Watch { found, contended };
        }
        (now, contended) = give_way_from(now);
    }
}

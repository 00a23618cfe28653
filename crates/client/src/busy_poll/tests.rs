//! Busy-polling a socket beside threads that compete for the core.

#![allow(clippy::unwrap_used)] // A test may panic.

use super::{is_contended, poll_until_readable_by, yield_by};
use std::cell::Cell;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::thread::sleep;
use std::time::{Duration, Instant};
use websocket_rs_protocol::busy_poll::CONTENDED;

/// Stands for a yield after which another thread keeps the core for a scheduler slice.
fn slice() {
    sleep(CONTENDED * 2);
}

#[test]
fn a_slow_yield_marks_the_core_of_this_thread_only() {
    assert!(!is_contended());
    assert!(yield_by(slice));
    assert!(is_contended());
    std::thread::spawn(|| assert!(!is_contended())).join().unwrap();
}

#[test]
fn a_slow_yield_ends_busy_polling() {
    let (silent, _peer) = UnixStream::pair().unwrap();
    let slices = Cell::new(0);
    let found = poll_until_readable_by(&silent, Instant::now() + Duration::from_secs(60), || {
        slices.set(slices.get() + 1);
        slice();
    });
    assert_eq!((found, slices.get()), (false, 1));
    assert!(is_contended());
}

#[test]
fn finds_bytes_that_arrived_during_a_slow_yield() {
    let (stream, peer) = UnixStream::pair().unwrap();
    let found = poll_until_readable_by(&stream, Instant::now() + Duration::from_secs(60), || {
        (&peer).write_all(b"x").unwrap();
        slice();
    });
    assert!(found);
    assert!(is_contended());
}

#[test]
fn ends_in_time_without_bytes() {
    let (silent, _peer) = UnixStream::pair().unwrap();
    let lasts = |_| {
        let until = Instant::now() + Duration::from_micros(500);
        assert!(!poll_until_readable_by(&silent, until, || {}));
        Instant::now() >= until
    };
    // The system may run another thread in the middle of a wait, which ends it early.
    assert!((0..1000).any(lasts));
}

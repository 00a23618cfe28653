//! Busy-polling against peers that are simulated by how soon they reply.

#![allow(clippy::unwrap_used)] // A test may panic.

use super::rest::REST_ATTEMPTS;
use super::*;

fn micros(count: u64) -> Duration {
    Duration::from_micros(count)
}

/// A peer, by how long its replies take.
struct Peer {
    /// Speculative reads that find nothing before the reply arrives. With more than two, no such read finds it.
    empty_reads: u32,
    /// Time until the reply if the driver busy-polls.
    busy_polling: Duration,
    /// Time until the reply if the driver sleeps.
    sleeping: Duration,
}

impl Peer {
    /// Plays `replies` replies. Returns how many were read for speculatively, and how many were busy-polled for.
    fn answer(&self, busy_poll: &mut BusyPoll, replies: u32) -> (u32, u32) {
        let now = Instant::now();
        let (mut reads, mut busy_polled) = (0, 0);
        for _ in 0..replies {
            if busy_poll.expect(|| false, || now) {
                reads += 1;
                let mut empty = 0;
                while empty < self.empty_reads && busy_poll.handle_empty_read() {
                    empty += 1;
                }
                if empty == self.empty_reads {
                    busy_poll.handle_reply(|| unreachable!("a speculative read is not timed"));
                    continue;
                }
            }
            let window = busy_poll.begin_wait(|| now);
            busy_polled += u32::from(window.is_some());
            let gap = match window {
                Some(window) if self.busy_polling <= window => self.busy_polling,
                Some(window) => {
                    busy_poll.handle_miss();
                    window + self.sleeping
                }
                None => self.sleeping,
            };
            busy_poll.handle_reply(|| now + gap);
        }
        (reads, busy_polled)
    }
}

const ON_ANOTHER_CORE: Peer = Peer {
    empty_reads: 3,
    busy_polling: Duration::from_micros(20),
    sleeping: Duration::from_micros(70),
};
const ON_THE_SAME_CORE: Peer = Peer {
    empty_reads: 3,
    busy_polling: Duration::from_micros(12),
    sleeping: Duration::from_micros(8),
};
/// Is scheduled as soon as it is written to.
const SCHEDULED_AT_ONCE: Peer = Peer {
    empty_reads: 0,
    ..ON_THE_SAME_CORE
};
/// Is scheduled as soon as another thread yields.
const SCHEDULED_AFTER_YIELD: Peer = Peer {
    empty_reads: 1,
    ..ON_THE_SAME_CORE
};
const FAR_AWAY: Peer = Peer {
    empty_reads: 3,
    busy_polling: Duration::from_millis(5),
    sleeping: Duration::from_millis(5),
};

#[test]
fn busy_polls_for_a_peer_on_another_core() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    let (_, busy_polled) = ON_ANOTHER_CORE.answer(&mut busy_poll, 10_000);
    assert!(busy_polled > 9_900, "{busy_polled}");
}

#[test]
fn sleeps_for_a_peer_on_the_same_core() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    let (reads, busy_polled) = ON_THE_SAME_CORE.answer(&mut busy_poll, 10_000);
    assert!(busy_polled < 50, "{busy_polled}");
    assert!(reads < 100, "{reads}");
}

#[test]
fn follows_a_peer_that_changes_cores() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    for (peer, least, most) in [
        (&ON_ANOTHER_CORE, 7_000, 10_000),
        (&ON_THE_SAME_CORE, 0, 6_000),
        (&ON_ANOTHER_CORE, 4_000, 10_000),
    ] {
        let (_, busy_polled) = peer.answer(&mut busy_poll, 10_000);
        assert!(busy_polled >= least && busy_polled <= most, "{busy_polled}");
    }
}

#[test]
fn backs_off_for_a_slow_peer() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    // The first reply is slept for. After each miss, busy-polling is skipped for 1, 2, 4 ... replies.
    busy_poll.sleep_gap.add(micros(100));
    assert_eq!(FAR_AWAY.answer(&mut busy_poll, 10).1, 3);
    assert_eq!(FAR_AWAY.answer(&mut busy_poll, 8200).1, 11);
    assert_eq!(FAR_AWAY.answer(&mut busy_poll, 4 * (MAX_BACKOFF + 1)).1, 4);
}

#[test]
fn never_busy_polls_for_a_peer_that_was_never_quick() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    let (reads, busy_polled) = FAR_AWAY.answer(&mut busy_poll, 1000);
    assert_eq!(busy_polled, 0);
    assert!(reads <= 11, "{reads}");
}

#[test]
fn a_quick_reply_resets_the_backoff() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    busy_poll.sleep_gap.add(micros(100));
    FAR_AWAY.answer(&mut busy_poll, 1000);
    ON_ANOTHER_CORE.answer(&mut busy_poll, 1000);
    assert!(ON_ANOTHER_CORE.answer(&mut busy_poll, 100).1 >= 99);
}

#[test]
fn the_window_follows_the_average_gap() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    busy_poll.sleep_gap.add(micros(100));
    assert_eq!(busy_poll.window(), MAX_WINDOW);
    for (gap, least, most) in [(9, 17, 20), (1, 10, 10), (45, 50, 50)] {
        let peer = Peer {
            empty_reads: 3,
            busy_polling: micros(gap),
            sleeping: micros(100),
        };
        peer.answer(&mut busy_poll, 1000);
        let window = busy_poll.window();
        assert!(window >= micros(least) && window <= micros(most), "{window:?}");
    }
}

#[test]
fn a_speculative_read_finds_a_reply_without_timing_it() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    assert_eq!(SCHEDULED_AT_ONCE.answer(&mut busy_poll, 1000), (1000, 0));
    assert_eq!(busy_poll.counts(), (1000, 0));
    // Once replies take longer, reads stop soon, and begin again when they find replies.
    let (reads, _) = ON_THE_SAME_CORE.answer(&mut busy_poll, 1000);
    assert!(reads <= 20, "{reads}");
    SCHEDULED_AT_ONCE.answer(&mut busy_poll, 2 * MAX_READ_BACKOFF);
    assert_eq!(SCHEDULED_AT_ONCE.answer(&mut busy_poll, 100).0, 100);
}

#[test]
fn yields_once_to_a_peer_that_waits_for_the_core() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    assert_eq!(SCHEDULED_AFTER_YIELD.answer(&mut busy_poll, 1000), (1000, 0));
    assert_eq!(busy_poll.counts(), (1000, 0));
}

#[test]
fn reads_once_and_sleeps_on_a_contended_core() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    ON_ANOTHER_CORE.answer(&mut busy_poll, 1000);
    let mut reads = 0;
    for _ in 0..1000 {
        if busy_poll.expect(|| true, Instant::now) {
            reads += 1;
            assert!(!busy_poll.handle_empty_read());
        }
        assert_eq!(busy_poll.begin_wait(Instant::now), None);
        busy_poll.handle_reply(|| unreachable!("an untimed sleep reads no clock"));
    }
    assert!((1..=11).contains(&reads), "{reads}");
    assert!(ON_ANOTHER_CORE.answer(&mut busy_poll, 1000).1 > 990);
}

#[test]
fn a_fixed_time_ignores_contention() {
    let mut busy_poll = BusyPoll::new(Mode::Fixed(micros(50)));
    for _ in 0..100 {
        assert!(busy_poll.expect(|| unreachable!("a fixed time ignores contention"), Instant::now));
        assert_eq!(busy_poll.begin_wait(Instant::now), Some(micros(50)));
        busy_poll.handle_reply(Instant::now);
    }
}

#[test]
fn a_skipped_read_does_not_back_off() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    for _ in 0..100 {
        assert!(busy_poll.expect(|| false, Instant::now));
        busy_poll.begin_wait(Instant::now);
        busy_poll.handle_reply(Instant::now);
    }
}

#[test]
fn a_reply_is_expected_once() {
    let mut busy_poll = BusyPoll::new(Mode::Fixed(micros(200)));
    assert_eq!(busy_poll.begin_wait(Instant::now), None, "nothing is expected");
    assert!(busy_poll.expect(|| false, Instant::now));
    assert!(!busy_poll.expect(|| false, Instant::now));
    assert!(busy_poll.is_expecting());
    assert_eq!(busy_poll.begin_wait(Instant::now), Some(micros(200)));
    assert_eq!(busy_poll.begin_wait(Instant::now), None);
    busy_poll.handle_miss();
    busy_poll.handle_miss();
    assert_eq!(busy_poll.counts(), (0, 1));
    assert!(
        !busy_poll.expect(|| false, Instant::now),
        "the same reply is still expected"
    );
    busy_poll.handle_reply(Instant::now);
    assert!(busy_poll.expect(|| false, Instant::now));
}

#[test]
fn a_late_reply_is_not_measured() {
    let mut busy_poll = BusyPoll::new(Mode::Fixed(micros(200)));
    let now = Instant::now();
    busy_poll.expect(|| false, || now);
    busy_poll.begin_wait(|| now);
    busy_poll.handle_reply(|| now + micros(1001));
    assert_eq!(busy_poll.counts(), (0, 0));
    assert!(!busy_poll.is_expecting());
}

/// Plays messages of two parts, of which the second arrives after `attempts_until_rest` reads. Returns the reads that
/// were made.
fn attempts_for_rest(
    busy_poll: &mut BusyPoll,
    reads: &mut u64,
    messages: u64,
    attempts_until_rest: u32,
) -> u32 {
    let mut attempts = 0;
    for _ in 0..messages {
        *reads += 1;
        let mut left = attempts_until_rest;
        while left > 0 && busy_poll.expect_rest(*reads, || false) {
            left -= 1;
            attempts += 1;
        }
        *reads += 1;
    }
    attempts
}

#[test]
fn reads_for_the_rest_of_a_message_while_that_finds_it() {
    let (mut busy_poll, mut reads) = (BusyPoll::new(Mode::Auto), 0);
    assert_eq!(attempts_for_rest(&mut busy_poll, &mut reads, 1000, 5), 5000);
    let empty = attempts_for_rest(&mut busy_poll, &mut reads, 4000, 1000);
    assert!(empty <= 13 * REST_ATTEMPTS, "{empty}");
    attempts_for_rest(&mut busy_poll, &mut reads, 2 * u64::from(MAX_BACKOFF), 5);
    assert_eq!(attempts_for_rest(&mut busy_poll, &mut reads, 1000, 5), 5000);
}

#[test]
fn does_not_read_for_the_rest_on_a_contended_core() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    assert!(!busy_poll.expect_rest(1, || true));
    assert!(!busy_poll.expect_rest(1, || unreachable!("contention is read once for each part")));
    assert!(busy_poll.expect_rest(2, || false));
    busy_poll.stop_expecting_rest();
    assert!(!busy_poll.expect_rest(2, || false));
    assert!(busy_poll.expect_rest(3, || false));
}

#[test]
fn off_never_busy_polls() {
    let mut busy_poll = BusyPoll::new(Mode::Off);
    assert!(!busy_poll.expect(|| false, || unreachable!("the clock is not read")));
    assert_eq!(
        busy_poll.begin_wait(|| unreachable!("the clock is not read")),
        None
    );
    assert!(!busy_poll.expect_rest(1, || false));
    busy_poll.handle_reply(|| unreachable!("the clock is not read"));
    assert_eq!(busy_poll.counts(), (0, 0));
}

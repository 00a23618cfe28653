#![allow(clippy::unwrap_used)] // A test may.
use super::*;

fn micros(count: u64) -> Duration {
    Duration::from_micros(count)
}

/// A peer whose replies take so long, by how they are waited for.
struct Peer {
    awake: Duration,
    asleep: Duration,
}

impl Peer {
    /// Replies of it that were waited for awake.
    fn answer(&self, busy_poll: &mut BusyPoll, replies: u32) -> u32 {
        let now = Instant::now();
        let mut awake = 0;
        for _ in 0..replies {
            let window = busy_poll.expect(|| now);
            awake += u32::from(window.is_some());
            let gap = match window {
                Some(window) if self.awake <= window => self.awake,
                Some(window) => {
                    busy_poll.handle_miss();
                    window + self.asleep
                }
                None => self.asleep,
            };
            busy_poll.handle_reply(|| now + gap);
        }
        awake
    }
}

const ON_ANOTHER_CORE: Peer = Peer {
    awake: Duration::from_micros(20),
    asleep: Duration::from_micros(70),
};
const ON_THE_SAME_CORE: Peer = Peer {
    awake: Duration::from_micros(12),
    asleep: Duration::from_micros(8),
};
const FAR_AWAY: Peer = Peer {
    awake: Duration::from_millis(5),
    asleep: Duration::from_millis(5),
};

#[test]
fn a_peer_on_another_core_is_waited_for_awake() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    let awake = ON_ANOTHER_CORE.answer(&mut busy_poll, 10_000);
    assert!(awake > 9_900, "{awake}");
}

#[test]
fn a_peer_on_the_same_core_is_waited_for_asleep() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    let awake = ON_THE_SAME_CORE.answer(&mut busy_poll, 10_000);
    assert!(awake < 50, "{awake}");
}

#[test]
fn a_peer_that_moves_is_followed() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    for (peer, least, most) in [
        (&ON_ANOTHER_CORE, 7_000, 10_000),
        (&ON_THE_SAME_CORE, 0, 6_000),
        (&ON_ANOTHER_CORE, 4_000, 10_000),
    ] {
        let awake = peer.answer(&mut busy_poll, 10_000);
        assert!(awake >= least && awake <= most, "{awake}");
    }
}

#[test]
fn a_slow_peer_is_waited_for_awake_ever_less_often() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    // The first reply is slept for, then waits in vain are followed by 1, 2, 4 ... replies asleep.
    busy_poll.asleep.add(micros(100));
    assert_eq!(FAR_AWAY.answer(&mut busy_poll, 10), 3);
    assert_eq!(FAR_AWAY.answer(&mut busy_poll, 8200), 11);
    assert_eq!(FAR_AWAY.answer(&mut busy_poll, 4 * (MAX_PAUSE + 1)), 4);
}

#[test]
fn a_peer_that_was_never_quick_is_not_waited_for_awake_at_all() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    assert_eq!(FAR_AWAY.answer(&mut busy_poll, 1000), 0);
}

#[test]
fn a_quick_reply_makes_up_for_all_waits_in_vain() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    busy_poll.asleep.add(micros(100));
    FAR_AWAY.answer(&mut busy_poll, 1000);
    ON_ANOTHER_CORE.answer(&mut busy_poll, 1000);
    assert!(ON_ANOTHER_CORE.answer(&mut busy_poll, 100) >= 99);
}

#[test]
fn the_window_follows_the_replies() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    busy_poll.asleep.add(micros(100));
    assert_eq!(busy_poll.window(), MAX_WINDOW);
    for (gap, least, most) in [(9, 17, 20), (1, 10, 10), (45, 50, 50)] {
        let peer = Peer {
            awake: micros(gap),
            asleep: micros(100),
        };
        peer.answer(&mut busy_poll, 1000);
        let window = busy_poll.window();
        assert!(window >= micros(least) && window <= micros(most), "{window:?}");
    }
}

#[test]
fn a_reply_is_waited_for_awake_once() {
    let mut busy_poll = BusyPoll::new(Mode::Fixed(micros(200)));
    assert_eq!(busy_poll.expect(Instant::now), Some(micros(200)));
    assert_eq!(busy_poll.expect(Instant::now), None);
    busy_poll.handle_miss();
    busy_poll.handle_miss();
    assert_eq!(busy_poll.counts(), (0, 1));
    assert_eq!(busy_poll.expect(Instant::now), None, "it is still the same reply");
    busy_poll.handle_reply(Instant::now);
    assert_eq!(busy_poll.expect(Instant::now), Some(micros(200)));
}

#[test]
fn a_late_reply_says_nothing() {
    let mut busy_poll = BusyPoll::new(Mode::Fixed(micros(200)));
    let now = Instant::now();
    busy_poll.expect(|| now);
    busy_poll.handle_reply(|| now + micros(1001));
    assert_eq!(busy_poll.counts(), (0, 0));
    assert!(!busy_poll.is_expecting());
}

#[test]
fn off_is_off() {
    let mut busy_poll = BusyPoll::new(Mode::Off);
    assert_eq!(busy_poll.expect(|| unreachable!("the clock is not asked")), None);
    busy_poll.handle_reply(|| unreachable!("the clock is not asked"));
    assert_eq!(busy_poll.counts(), (0, 0));
}

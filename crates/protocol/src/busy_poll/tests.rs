#![allow(clippy::unwrap_used)] // A test may.
use super::*;

fn micros(count: u64) -> Duration {
    Duration::from_micros(count)
}

/// A peer whose replies take so long, by how they are waited for.
struct Peer {
    /// Looks that are in vain before a reply is there; more than two where it is not there as soon.
    vain_looks: u32,
    awake: Duration,
    asleep: Duration,
}

impl Peer {
    /// Replies of it that were looked for, and those that were waited for awake.
    fn answer(&self, busy_poll: &mut BusyPoll, replies: u32) -> (u32, u32) {
        let now = Instant::now();
        let (mut looks, mut awake) = (0, 0);
        for _ in 0..replies {
            if busy_poll.expect(|| false, || now) {
                looks += 1;
                let mut vain = 0;
                while vain < self.vain_looks && busy_poll.handle_vain_look() {
                    vain += 1;
                }
                if vain == self.vain_looks {
                    busy_poll.handle_reply(|| unreachable!("a look is not timed"));
                    continue;
                }
            }
            let window = busy_poll.go_on(|| now);
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
        (looks, awake)
    }
}

const ON_ANOTHER_CORE: Peer = Peer {
    vain_looks: 3,
    awake: Duration::from_micros(20),
    asleep: Duration::from_micros(70),
};
const ON_THE_SAME_CORE: Peer = Peer {
    vain_looks: 3,
    awake: Duration::from_micros(12),
    asleep: Duration::from_micros(8),
};
/// Runs as soon as it is written to.
const HANDING_OVER: Peer = Peer {
    vain_looks: 0,
    ..ON_THE_SAME_CORE
};
/// Runs as soon as others give way.
const WAITING_FOR_ITS_TURN: Peer = Peer {
    vain_looks: 1,
    ..ON_THE_SAME_CORE
};
const FAR_AWAY: Peer = Peer {
    vain_looks: 3,
    awake: Duration::from_millis(5),
    asleep: Duration::from_millis(5),
};

#[test]
fn a_peer_on_another_core_is_waited_for_awake() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    let (_, awake) = ON_ANOTHER_CORE.answer(&mut busy_poll, 10_000);
    assert!(awake > 9_900, "{awake}");
}

#[test]
fn a_peer_on_the_same_core_is_waited_for_asleep() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    let (looks, awake) = ON_THE_SAME_CORE.answer(&mut busy_poll, 10_000);
    assert!(awake < 50, "{awake}");
    assert!(looks < 100, "{looks}");
}

#[test]
fn a_peer_that_moves_is_followed() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    for (peer, least, most) in [
        (&ON_ANOTHER_CORE, 7_000, 10_000),
        (&ON_THE_SAME_CORE, 0, 6_000),
        (&ON_ANOTHER_CORE, 4_000, 10_000),
    ] {
        let (_, awake) = peer.answer(&mut busy_poll, 10_000);
        assert!(awake >= least && awake <= most, "{awake}");
    }
}

#[test]
fn a_slow_peer_is_waited_for_awake_ever_less_often() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    // The first reply is slept for, then waits in vain are followed by 1, 2, 4 ... replies asleep.
    busy_poll.asleep.add(micros(100));
    assert_eq!(FAR_AWAY.answer(&mut busy_poll, 10).1, 3);
    assert_eq!(FAR_AWAY.answer(&mut busy_poll, 8200).1, 11);
    assert_eq!(FAR_AWAY.answer(&mut busy_poll, 4 * (MAX_PAUSE + 1)).1, 4);
}

#[test]
fn a_peer_that_was_never_quick_is_not_waited_for_awake_at_all() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    let (looks, awake) = FAR_AWAY.answer(&mut busy_poll, 1000);
    assert_eq!(awake, 0);
    assert!(looks <= 11, "{looks}");
}

#[test]
fn a_quick_reply_makes_up_for_all_waits_in_vain() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    busy_poll.asleep.add(micros(100));
    FAR_AWAY.answer(&mut busy_poll, 1000);
    ON_ANOTHER_CORE.answer(&mut busy_poll, 1000);
    assert!(ON_ANOTHER_CORE.answer(&mut busy_poll, 100).1 >= 99);
}

#[test]
fn the_window_follows_the_replies() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    busy_poll.asleep.add(micros(100));
    assert_eq!(busy_poll.window(), MAX_WINDOW);
    for (gap, least, most) in [(9, 17, 20), (1, 10, 10), (45, 50, 50)] {
        let peer = Peer {
            vain_looks: 3,
            awake: micros(gap),
            asleep: micros(100),
        };
        peer.answer(&mut busy_poll, 1000);
        let window = busy_poll.window();
        assert!(window >= micros(least) && window <= micros(most), "{window:?}");
    }
}

#[test]
fn a_reply_that_is_there_already_is_looked_for_and_not_timed() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    assert_eq!(HANDING_OVER.answer(&mut busy_poll, 1000), (1000, 0));
    assert_eq!(busy_poll.counts(), (1000, 0));
    // Once it takes longer, looks are soon given up, and taken up again when they pay.
    let (looks, _) = ON_THE_SAME_CORE.answer(&mut busy_poll, 1000);
    assert!(looks <= 20, "{looks}");
    HANDING_OVER.answer(&mut busy_poll, 2 * MAX_LOOK_PAUSE);
    assert_eq!(HANDING_OVER.answer(&mut busy_poll, 100).0, 100);
}

#[test]
fn a_peer_that_waits_for_its_turn_is_given_it() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    assert_eq!(WAITING_FOR_ITS_TURN.answer(&mut busy_poll, 1000), (1000, 0));
    assert_eq!(busy_poll.counts(), (1000, 0));
}

#[test]
fn who_shares_the_core_with_others_looks_once_and_sleeps() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    ON_ANOTHER_CORE.answer(&mut busy_poll, 1000);
    let mut looks = 0;
    for _ in 0..1000 {
        if busy_poll.expect(|| true, Instant::now) {
            looks += 1;
            assert!(!busy_poll.handle_vain_look());
        }
        assert_eq!(busy_poll.go_on(Instant::now), None);
        busy_poll.handle_reply(|| unreachable!("it says nothing of how soon replies come"));
    }
    assert!((1..=11).contains(&looks), "{looks}");
    assert!(ON_ANOTHER_CORE.answer(&mut busy_poll, 1000).1 > 990);
}

#[test]
fn a_number_is_a_number_whoever_wants_the_core() {
    let mut busy_poll = BusyPoll::new(Mode::Fixed(micros(50)));
    for _ in 0..100 {
        assert!(busy_poll.expect(|| unreachable!("it makes no difference"), Instant::now));
        assert_eq!(busy_poll.go_on(Instant::now), Some(micros(50)));
        busy_poll.handle_reply(Instant::now);
    }
}

#[test]
fn without_a_look_nothing_is_held_against_looking() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    for _ in 0..100 {
        assert!(busy_poll.expect(|| false, Instant::now));
        busy_poll.go_on(Instant::now);
        busy_poll.handle_reply(Instant::now);
    }
}

#[test]
fn a_reply_is_expected_once() {
    let mut busy_poll = BusyPoll::new(Mode::Fixed(micros(200)));
    assert_eq!(busy_poll.go_on(Instant::now), None, "nothing is expected");
    assert!(busy_poll.expect(|| false, Instant::now));
    assert!(!busy_poll.expect(|| false, Instant::now));
    assert!(busy_poll.is_expecting());
    assert_eq!(busy_poll.go_on(Instant::now), Some(micros(200)));
    assert_eq!(busy_poll.go_on(Instant::now), None);
    busy_poll.handle_miss();
    busy_poll.handle_miss();
    assert_eq!(busy_poll.counts(), (0, 1));
    assert!(
        !busy_poll.expect(|| false, Instant::now),
        "it is still the same reply"
    );
    busy_poll.handle_reply(Instant::now);
    assert!(busy_poll.expect(|| false, Instant::now));
}

#[test]
fn a_late_reply_says_nothing() {
    let mut busy_poll = BusyPoll::new(Mode::Fixed(micros(200)));
    let now = Instant::now();
    busy_poll.expect(|| false, || now);
    busy_poll.go_on(|| now);
    busy_poll.handle_reply(|| now + micros(1001));
    assert_eq!(busy_poll.counts(), (0, 0));
    assert!(!busy_poll.is_expecting());
}

/// Looks for the rest of messages, each of two parts with so many looks in between.
fn looks_for_rest(busy_poll: &mut BusyPoll, reads: &mut u64, messages: u64, looks_until_rest: u32) -> u32 {
    let mut looks = 0;
    for _ in 0..messages {
        *reads += 1;
        let mut left = looks_until_rest;
        while left > 0 && busy_poll.expect_rest(*reads, || false) {
            left -= 1;
            looks += 1;
        }
        *reads += 1;
    }
    looks
}

#[test]
fn the_rest_of_a_message_is_looked_for_as_long_as_that_pays() {
    let (mut busy_poll, mut reads) = (BusyPoll::new(Mode::Auto), 0);
    assert_eq!(looks_for_rest(&mut busy_poll, &mut reads, 1000, 5), 5000);
    let in_vain = looks_for_rest(&mut busy_poll, &mut reads, 4000, 1000);
    assert!(in_vain <= 13 * LOOKS_FOR_REST, "{in_vain}");
    looks_for_rest(&mut busy_poll, &mut reads, 2 * u64::from(MAX_PAUSE), 5);
    assert_eq!(looks_for_rest(&mut busy_poll, &mut reads, 1000, 5), 5000);
}

#[test]
fn the_rest_of_a_message_is_not_looked_for_where_others_want_the_core() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    assert!(!busy_poll.expect_rest(1, || true));
    assert!(!busy_poll.expect_rest(1, || unreachable!("asked once for each part")));
    assert!(busy_poll.expect_rest(2, || false));
    busy_poll.end_rest();
    assert!(!busy_poll.expect_rest(2, || false));
    assert!(busy_poll.expect_rest(3, || false));
}

#[test]
fn off_is_off() {
    let mut busy_poll = BusyPoll::new(Mode::Off);
    assert!(!busy_poll.expect(|| false, || unreachable!("the clock is not asked")));
    assert_eq!(busy_poll.go_on(|| unreachable!("the clock is not asked")), None);
    assert!(!busy_poll.expect_rest(1, || false));
    busy_poll.handle_reply(|| unreachable!("the clock is not asked"));
    assert_eq!(busy_poll.counts(), (0, 0));
}
